"""A small marketplace for page tests: people of every role, works with bytes, an upload in review, money."""

import hashlib
from dataclasses import dataclass
from io import BytesIO

from factories.core import picture
from factories.money import AFTER, IN_PERIOD, add_account, add_generated, add_release, attribute, sell_one
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, NewAsset, NewFingerprint
from fairstock.asset.rules import fingerprint
from fairstock.bootstrap import App
from fairstock.fund.close import close
from fairstock.kit.flowruns import Deployment
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.screening import store as screening
from fairstock.screening.model import Observation, ObservationKind, Outcome, Reason, ReasonCode, Verdict
from fairstock.upload import store as uploads
from fairstock.upload.model import Refusal, RefusalCode, Traits, Upload, UploadState

PASSWORD = "correct horse battery"
PEOPLE = {
    "studio": (PartyKind.buyer, [Role.buyer]),
    "rival": (PartyKind.buyer, [Role.buyer]),
    "ann": (PartyKind.contributor, [Role.contributor]),
    "ben": (PartyKind.contributor, [Role.contributor]),
    "rev": (PartyKind.staff, [Role.reviewer]),
    "fin": (PartyKind.staff, [Role.finance]),
    "ops": (PartyKind.staff, [Role.operator]),
}
GENERATE = Deployment(
    "generate_images",
    "Make licensed pictures from words.",
    ("generation",),
    {"properties": {"requests": {"type": "array", "position": 0}}, "required": ["requests"]},
)
CLOSE = Deployment(
    "close_period",
    "Close a month.",
    ("money",),
    {
        "properties": {
            "period": {"type": "string", "position": 0, "description": "A month, YYYY-MM."},
            "force": {"type": "boolean", "position": 1, "default": False},
        },
        "required": ["period"],
    },
)
CHECK = Deployment("check_books", "Run every invariant.", ("ledger",), {"properties": {}})


@dataclass(frozen=True)
class World:
    """Ids that tests name."""

    people: dict[str, str]
    human: str
    """Ann's work, live."""
    generated: str
    """1024 px, nobody has licensed it through the pages."""
    sold: str
    """Licensed by studio."""
    waiting: str
    """Ben's upload in the review queue; it resembles Ann's work."""
    refused: str
    """Ben's upload that the gate did not open."""


def png(seed: int, edge: int = 300) -> bytes:
    """A real picture."""
    out = BytesIO()
    picture(seed, (edge, edge)).save(out, "PNG")
    return out.getvalue()


def build_world(app: App) -> World:
    """Everything, in one transaction."""
    with app.transaction() as conn:
        people = {
            handle: parties.add_party(
                conn, handle=handle, name=handle.title(), kind=kind, roles=roles, country="IE"
            )
            for handle, (kind, roles) in PEOPLE.items()
        }
        for identity in people.values():
            parties.set_password(conn, identity, PASSWORD)
        human = add_human(app, conn, people["ann"], seed=1, title="Red apple", keywords=("fruit", "apple"))
        catalogue = {"w1": assets.get(conn, human)}
        add_release(conn, {"w1": (people["ann"], 0), "w2": (people["ben"], 1)}, catalogue=catalogue)
        generated = add_generated(conn, people["studio"], 5, objects=app.objects)
        sold = add_generated(conn, people["studio"], 6, objects=app.objects)
        sell_one(conn, sold, people["studio"], "world-1")
        attribute(conn, sold, {"w2": 10**9}, {"w2": people["ben"]})
        add_account(conn, people["ann"])
        waiting = _in_review(app, conn, people["ben"], human)
        refused = _refused(conn, people["ben"])
    with app.transaction() as conn:
        close(conn, "2026-10", AFTER)
    return World(people, human, generated, sold, waiting, refused)


def add_human(
    app: App, conn: Connection, owner: str, *, seed: int, title: str, keywords: tuple[str, ...]
) -> str:
    """A work with bytes, hashes and a feature vector."""
    data = png(seed)
    new = NewAsset(
        contributor_id=owner,
        kind=AssetKind.human,
        sha256=app.objects.put(data),
        mime="image/png",
        width=300,
        height=300,
        bytes=len(data),
        title=title,
        keywords=keywords,
        license="CC0-1.0",
        source="test",
        training_consent=True,
    )
    identity = assets.add(conn, new)
    vector = [1.0 if number == seed else 0.1 / 1280 for number in range(1280)]
    assets.add_fingerprint(conn, NewFingerprint(identity, fingerprint(picture(seed)), vector, "test-1"))
    return identity


def _upload(owner: str, name: str, sha256: str, state: UploadState, refusal: Refusal | None = None) -> Upload:
    return Upload(
        id=uploads.id_of(owner, "batch", name, sha256),
        contributor_id=owner,
        batch="batch",
        filename=name,
        sha256=sha256,
        size=1000,
        title=name.split(".", maxsplit=1)[0],
        keywords=("apple",),
        claim={"statement": "I drew this."},
        received_at=IN_PERIOD.at,
        state=state,
        asset_id=None,
        refusal=refusal,
    )


def _in_review(app: App, conn: Connection, owner: str, resembles: str) -> str:
    upload = _upload(owner, "my-apple.png", app.objects.put(png(2)), UploadState.REVIEW)
    uploads.add(conn, [(0, upload)])
    hashes = fingerprint(picture(2))
    vector = [1.0] + [0.0] * 1279
    sketch = bytes(64 * 64 * 3)
    traits = Traits(
        upload.id, "image/png", 300, 300, hashes.phash, hashes.phash_mirror, vector, "test-1", sketch
    )
    uploads.add_traits(conn, [traits])
    seen = Observation(ObservationKind.COPY, resembles, {"cosine": 0.93, "phash_distance": 6}, "copies", "1")
    screening.add_observations(conn, upload.id, [seen])
    reason = Reason(
        ReasonCode.SIMILAR_WORK,
        Outcome.REVIEW,
        "close to another work",
        "It is close to “Red apple” by somebody else.",
        "A person will compare them.",
    )
    screening.add_verdict(conn, upload.id, owner, Verdict(Outcome.REVIEW, [reason], "test"), IN_PERIOD.at)
    return upload.id


def _refused(conn: Connection, owner: str) -> str:
    refusal = Refusal(RefusalCode.NOT_AN_IMAGE, "The file is text, not a picture.", "Send a picture.")
    digest = hashlib.sha256(b"text").hexdigest()
    upload = _upload(owner, "notes.png", digest, UploadState.REFUSED, refusal)
    uploads.add(conn, [(1, upload)])
    return upload.id
