"""What diversity planning asked for in the pictures that were made."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class PlannedShare:
    """How often a value was drawn for one kind of person."""

    person: str
    """As in the planning table: "nurse"."""
    attribute: str
    value: str
    pictures: int
    of: int
    """Pictures of this kind of person that have the attribute."""


def planned_shares(conn: Connection) -> list[PlannedShare]:
    """Over all pictures that were made from a plan, by person, attribute and how often."""
    return [PlannedShare(*row) for row in conn.execute(_SHARES)]


_SHARES = text("""
    SELECT person, attribute, value, count(*) AS pictures,
           CAST(sum(count(*)) OVER (PARTITION BY person, attribute) AS bigint) AS of
    FROM (SELECT r.plan ->> 'person' AS person, a.key AS attribute, a.value AS value
          FROM generation_request r JOIN generated_image i ON i.request_id = r.id,
               LATERAL jsonb_each_text(r.plan -> 'pictures' -> i.index -> 'attributes') a
          WHERE r.plan IS NOT NULL) drawn
    GROUP BY person, attribute, value
    ORDER BY person, attribute, pictures DESC, value
""")
