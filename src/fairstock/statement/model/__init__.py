"""Values of the statement context: everything that a contributor needs to follow a cent and to recompute it.

``pools`` (what was divided), ``balance`` (what is owed) and ``trace`` (one sale).
"""

from fairstock.statement.model.balance import (
    FORMAT,
    Adjustment,
    CurrencyStatement,
    Disputed,
    Exchange,
    Payout,
    Statement,
    Total,
    Withheld,
)
from fairstock.statement.model.pools import (
    Deal,
    Line,
    Member,
    Original,
    Picture,
    ProofPath,
    Rules,
    SourceLine,
    StatementPool,
)
from fairstock.statement.model.trace import Step, Trace

__all__ = [
    "FORMAT",
    "Adjustment",
    "CurrencyStatement",
    "Deal",
    "Disputed",
    "Exchange",
    "Line",
    "Member",
    "Original",
    "Payout",
    "Picture",
    "ProofPath",
    "Rules",
    "SourceLine",
    "Statement",
    "StatementPool",
    "Step",
    "Total",
    "Trace",
    "Withheld",
]
