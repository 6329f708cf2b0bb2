"""All SQL of the search."""

from typing import Any

from sqlalchemy import Connection, Select, func, select, text
from sqlalchemy.sql.elements import ColumnElement

from fairstock.search.tables import search_document as document

_ENGLISH = text("'english'::regconfig")
#: Words of the newest 20,000 works, which bounds the cost; only a query without a match pays it.
#: ``ts_stat`` takes its query as text without bind parameters, hence one constant statement.
_VOCABULARY = text(
    "SELECT word, ndoc FROM ts_stat($$SELECT to_tsvector('simple', title || ' ' || keywords) "
    "FROM search_document ORDER BY listed_at DESC LIMIT 20000$$)"
)


def web_query(words: str) -> ColumnElement[object]:
    """Words as people type them: all must match; quotes, ``or`` and ``-`` work; never a syntax error."""
    return func.websearch_to_tsquery(_ENGLISH, words)


def raw_query(words: str) -> ColumnElement[object]:
    """A query in PostgreSQL's own language; only for texts that the rules made."""
    return func.to_tsquery(_ENGLISH, words)


def is_empty(conn: Connection, query: ColumnElement[object]) -> bool:
    """Whether nothing searchable is left of a query (only stop words or punctuation)."""
    return bool(conn.execute(select(func.numnode(query) == 0)).scalar_one())


def count(conn: Connection, query: ColumnElement[object] | None, kind: str | None) -> int:
    """How many live works match; ``query`` ``None`` means all."""
    wanted = _filtered(select(func.count()).select_from(document), query, kind)
    return int(conn.execute(wanted).scalar_one())


def page(
    conn: Connection, query: ColumnElement[object] | None, kind: str | None, *, limit: int, offset: int
) -> tuple[str, ...]:
    """Ids of matching works: best first, then newest, then by id, so that pages never overlap."""
    order: list[ColumnElement[object]] = [document.c.listed_at.desc(), document.c.asset_id]
    if query is not None:
        # Normalisation 1 divides by 1 + log(length): a work with forty keywords does not win by their number.
        order.insert(0, func.ts_rank(document.c.document, query, 1).desc())
    wanted = _filtered(select(document.c.asset_id), query, kind)
    return tuple(conn.execute(wanted.order_by(*order).limit(limit).offset(offset)).scalars())


def vocabulary(conn: Connection) -> dict[str, int]:
    """Words of the newest live works, unstemmed, with the number of works that have each."""
    return {word: int(works) for word, works in conn.execute(_VOCABULARY)}


def _filtered(wanted: Select[Any], query: ColumnElement[object] | None, kind: str | None) -> Select[Any]:
    if query is not None:
        wanted = wanted.where(document.c.document.op("@@")(query))
    return wanted.where(document.c.kind == kind) if kind else wanted
