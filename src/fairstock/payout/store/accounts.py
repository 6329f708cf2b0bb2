"""SQL on policies and on the accounts that contributors named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.errors import BadInput
from fairstock.payout import tables
from fairstock.payout.model import Account, PayoutPolicy, TaxForm


class PayoutPolicyChanged(BadInput):
    """A policy that was used already was edited."""

    def __init__(self, version: str) -> None:
        self.version = version
        super().__init__(
            f"The payout policy {version} differs from the one that was used under this version.",
            remedy="give the new thresholds a new version in policy.toml",
        )


def record_policy(conn: Connection, policy: PayoutPolicy, at: datetime) -> None:
    """Keep the policy's text at its first use; raises ``PayoutPolicyChanged`` where the kept text differs."""
    kept = conn.scalar(select(tables.policy.c.body).where(tables.policy.c.version == policy.version))
    if kept is None:
        row = {"version": policy.version, "body": policy.body, "recorded_at": at}
        conn.execute(insert(tables.policy).values(row).on_conflict_do_nothing())
    elif kept != policy.body:
        raise PayoutPolicyChanged(policy.version)


def put_account(conn: Connection, account: Account, at: datetime) -> None:
    """Set where a contributor wants the money; replaces what was there."""
    put_accounts(conn, [account], at)


def put_accounts(conn: Connection, accounts: Sequence[Account], at: datetime) -> None:
    """The same for many."""
    if not accounts:
        return
    rows = [{**asdict(account), "updated_at": at} for account in accounts]
    new = insert(tables.account)
    changed = {column: new.excluded[column] for column in rows[0] if column != "contributor_id"}
    conn.execute(new.on_conflict_do_update(index_elements=["contributor_id"], set_=changed), rows)


def accounts(conn: Connection) -> dict[str, Account]:
    """Contributor → account, for everybody who has one."""
    columns = [column for column in tables.account.c if column.name != "updated_at"]
    found = {}
    for row in conn.execute(select(*columns)).mappings():
        form = TaxForm(row["tax_form"]) if row["tax_form"] else None
        found[row["contributor_id"]] = Account(**{**row, "tax_form": form})
    return found
