"""Pages of a list: every entry is on exactly one, and nonsense shows the nearest page."""

from hypothesis import given
from hypothesis import strategies as st

from fairstock.kit.paging import Paging


@given(total=st.integers(0, 500), per_page=st.integers(1, 50))
def test_pages_cover_the_list_once(total: int, per_page: int) -> None:
    last = Paging(1, total, per_page).pages
    pages = [Paging(number, total, per_page) for number in range(1, last + 1)]
    assert [page.offset for page in pages] == list(range(0, max(total, 1), per_page))
    assert all(page.page == number for number, page in enumerate(pages, 1))


@given(asked=st.integers(-(10**9), 10**9), total=st.integers(0, 500))
def test_nonsense_shows_the_nearest_page(asked: int, total: int) -> None:
    page = Paging(asked, total)
    assert 1 <= page.page <= page.pages
    assert page.page == min(max(asked, 1), page.pages)
