"""What a file that somebody hands in proves: read behind the decode guard, then sought in the catalogue."""

from dataclasses import dataclass

from fairstock.bootstrap import App
from fairstock.provenance.model import VerifyReport
from fairstock.provenance.recover import Recovered, recover
from fairstock.provenance.verify import verify


@dataclass(frozen=True, slots=True)
class Looked:
    """The report on a file, and the record that it belongs to."""

    report: VerifyReport
    record: Recovered | None


def look(app: App, data: bytes) -> Looked:
    """The report on any bytes; never raises for their content. Pixels are decoded in a confined process."""
    (inspection,) = app.decode_guard.inspect([data])
    picture = inspection.picture if inspection.refusal is None else None
    found = None
    if picture is not None:
        found = app.watermark.read(picture, was=(inspection.width, inspection.height))
    with app.transaction() as conn:
        record = recover(conn, sha256=inspection.sha256, picture=picture, found=found)
    refusal = inspection.refusal.sentence if inspection.refusal else None
    said = record.sentence if record else refusal
    return Looked(verify(data, app.c2pa_reader, record=said), record)
