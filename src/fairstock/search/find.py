"""Search the stock in words."""

from sqlalchemy import Connection
from sqlalchemy.sql.elements import ColumnElement

from fairstock.search import rules, store
from fairstock.search.model import PER_PAGE, Match, SearchPage


def find(
    conn: Connection, words: str, *, kind: str | None = None, page: int = 1, per_page: int = PER_PAGE
) -> SearchPage:
    """Live works that fit the words, best first; the newest works when no word is searchable.

    ``kind`` is ``human``, ``generated`` or ``None`` for both. When not every word matches, the search
    widens step by step and the result says how (:class:`Match`): beginnings of words, corrected
    spelling, any of the words.
    """
    query, match, fixed = _choose(conn, rules.clean(words), kind)
    total = 0 if match is Match.NOTHING else store.count(conn, query, kind)
    page = rules.bounded_page(page, total, per_page)
    found: tuple[str, ...] = ()
    if total:
        found = store.page(conn, query, kind, limit=per_page, offset=(page - 1) * per_page)
    return SearchPage(found, total, page, per_page, match, fixed)


def _choose(
    conn: Connection, words: str, kind: str | None
) -> tuple[ColumnElement[object] | None, Match, str | None]:
    """The first query, from narrow to wide, that matches anything."""
    exact = store.web_query(words)
    if not rules.tokens(words) or store.is_empty(conn, exact):
        return None, Match.NEWEST, None
    if store.count(conn, exact, kind):
        return exact, Match.WORDS, None
    beginnings = store.raw_query(rules.prefixes(words))
    if store.count(conn, beginnings, kind):
        return beginnings, Match.PREFIX, None
    fixed = rules.corrected(words, store.vocabulary(conn))
    if fixed and store.count(conn, store.web_query(fixed), kind):
        return store.web_query(fixed), Match.CORRECTED, fixed
    loose = store.web_query(rules.any_of(fixed or words))
    if store.count(conn, loose, kind):
        return loose, Match.ANY, fixed
    return None, Match.NOTHING, None
