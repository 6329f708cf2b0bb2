"""Which part of a long list a page shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paging:
    """One page of a list; pages count from 1."""

    asked: int
    """The page that was asked for; one before the first or beyond the last shows the nearest there is."""
    total: int
    """Entries in all."""
    per_page: int = 20

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.per_page))

    @property
    def page(self) -> int:
        """The page that is shown."""
        return min(max(1, self.asked), self.pages)

    @property
    def offset(self) -> int:
        """Entries before it."""
        return (self.page - 1) * self.per_page
