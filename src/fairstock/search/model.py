"""Values that a search takes and gives."""

from dataclasses import dataclass
from enum import StrEnum

#: Results on one page.
PER_PAGE = 24
#: The deepest page; beyond it nobody looks, and PostgreSQL would sort for nothing.
LAST_PAGE = 200
#: Longest query that is read; the rest is cut off.
MAX_QUERY_CHARACTERS = 200


class Match(StrEnum):
    """How the results came to be, so that a page can say it."""

    NEWEST = "newest"  #: no usable word was asked for: the newest works
    WORDS = "words"  #: every word matches, in any inflection
    PREFIX = "prefix"  #: every word begins a word of the work
    CORRECTED = "corrected"  #: every word matches after spelling was corrected
    ANY = "any"  #: at least one of the words matches
    NOTHING = "nothing"  #: no work matches any of the words


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results.

    ``asset_ids`` are best first; ``total`` counts all matches; ``corrected`` is the query as it was
    searched when the spelling was changed; ``page`` counts from 1.
    """

    asset_ids: tuple[str, ...]
    total: int
    page: int
    per_page: int
    match: Match
    corrected: str | None = None

    @property
    def pages(self) -> int:
        """How many pages there are to look at, at least one."""
        return max(1, min(LAST_PAGE, -(-self.total // self.per_page)))
