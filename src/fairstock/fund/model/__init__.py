"""Values of the fund context: ``income`` (policies, accruals, deals) and ``division`` (works, pools,
periods). A *period* is a calendar month in UTC, ``YYYY-MM``.
"""

from fairstock.fund.model.division import (
    WHOLE_PPB,
    Allocation,
    CloseReport,
    ClusterLine,
    Part,
    Period,
    PeriodState,
    Pool,
    PoolRange,
    ReserveReason,
    ShareOfWork,
    Work,
)
from fairstock.fund.model.income import (
    WHOLE_PPM,
    Accrual,
    ClusterVote,
    Deal,
    DealTerms,
    FundPolicy,
    SourceKind,
)

__all__ = [
    "WHOLE_PPB",
    "WHOLE_PPM",
    "Accrual",
    "Allocation",
    "CloseReport",
    "ClusterLine",
    "ClusterVote",
    "Deal",
    "DealTerms",
    "FundPolicy",
    "Part",
    "Period",
    "PeriodState",
    "Pool",
    "PoolRange",
    "ReserveReason",
    "ShareOfWork",
    "SourceKind",
    "Work",
]
