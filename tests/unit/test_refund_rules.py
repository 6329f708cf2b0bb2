"""What a refund takes from the fund: exact in sum, whatever the parts."""

from itertools import pairwise

from factories.core import usd
from hypothesis import given
from hypothesis import strategies as st

from fairstock.fund.model import WHOLE_PPM
from fairstock.fund.rules import fund_part, refund_part


@st.composite
def refunds(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    """A price, the fund's share of it in millionths, and the parts in which all of it is given back."""
    price = draw(st.integers(1, 10**15))
    cuts = draw(st.lists(st.integers(1, price), max_size=8))
    edges = sorted({0, price, *cuts})
    parts = [after - before for before, after in pairwise(edges)]
    return price, draw(st.integers(0, WHOLE_PPM)), parts


@given(refunds())
def test_part_refunds_sum_to_the_full_refund(case: tuple[int, int, list[int]]) -> None:
    price, share, parts = case
    fund, house = fund_part(usd(price), share)
    given_back = from_fund = from_house = 0
    for part in parts:
        taken = refund_part(usd(part), usd(given_back), usd(price), fund).micros
        assert 0 <= taken <= part
        assert abs(taken * price - part * fund.micros) <= price  # off by a micro-unit at most
        given_back, from_fund, from_house = given_back + part, from_fund + taken, from_house + part - taken
    assert (from_fund, from_house) == (fund.micros, house.micros)


def test_half_a_micro_unit_is_borne_by_the_fund_that_got_it() -> None:
    fund, _ = fund_part(usd(1), WHOLE_PPM // 2)
    assert fund == usd(1)
    assert refund_part(usd(1), usd(0), usd(1), fund) == usd(1)
