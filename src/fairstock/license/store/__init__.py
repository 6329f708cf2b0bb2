"""All SQL of the license context: ``sales`` (price books, sales), ``agreements`` and ``refunds``."""

from fairstock.license.store.agreements import (
    add_agreement,
    agreement_in_force,
    agreements_of,
    find_agreement,
    latest_version,
)
from fairstock.license.store.refunds import add_refund, find_refund, refunded, refunds_of
from fairstock.license.store.sales import (
    PriceBookChanged,
    SaleMissing,
    add,
    find_by_key,
    get,
    licensed_in_month,
    record_price_book,
    sales_of,
)

__all__ = [
    "PriceBookChanged",
    "SaleMissing",
    "add",
    "add_agreement",
    "add_refund",
    "agreement_in_force",
    "agreements_of",
    "find_agreement",
    "find_by_key",
    "find_refund",
    "get",
    "latest_version",
    "licensed_in_month",
    "record_price_book",
    "refunded",
    "refunds_of",
    "sales_of",
]
