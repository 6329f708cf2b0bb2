"""One PNG with every picture that the house made, under its prompt."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetKind
from fairstock.bootstrap import App

_SIDE, _GAP, _TEXT, _COLUMNS = 224, 16, 28, 6


def contact_sheet(app: App, path: Path) -> Path:
    """Write the sheet of all generated pictures, in the order of their making; returns ``path``."""
    with app.transaction() as conn:
        made = assets.of_kind(conn, AssetKind.generated)
    rows = max(1, -(-len(made) // _COLUMNS))
    size = (_COLUMNS * (_SIDE + _GAP) + _GAP, rows * (_SIDE + _TEXT + _GAP) + _GAP)
    sheet = Image.new("RGB", size, "#f4f4f1")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for number, asset in enumerate(made):
        column, row = number % _COLUMNS, number // _COLUMNS
        corner = (_GAP + column * (_SIDE + _GAP), _GAP + row * (_SIDE + _TEXT + _GAP))
        sheet.paste(_thumbnail(app, asset), corner)
        pen.text((corner[0], corner[1] + _SIDE + 4), asset.title[:32], fill="#333333", font=font)
    sheet.save(path, optimize=True)
    return path


def _thumbnail(app: App, asset: Asset) -> Image.Image:
    with Image.open(BytesIO(app.objects.get(asset.sha256))) as picture:
        return picture.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
