"""Values of the payout context: ``accounts``, ``tax``, ``orders``, ``figures``, and ``cases`` for people."""

from fairstock.payout.model.accounts import Account, Hold, PayoutPolicy, SanctionHit, Verdict
from fairstock.payout.model.cases import (
    Adjustment,
    AdjustmentKind,
    Against,
    Dispute,
    DisputeEvent,
    DisputeOutcome,
    EventKind,
    SubjectKind,
)
from fairstock.payout.model.figures import Movement, MovementKind, PayoutLine
from fairstock.payout.model.orders import Booked, Order, Outcome, PaymentResult, PaymentState, Prepared
from fairstock.payout.model.tax import (
    Conversion,
    Rate,
    TaxForm,
    Withholding,
    WithholdingRule,
    WithholdingRules,
)

__all__ = [
    "Account",
    "Adjustment",
    "AdjustmentKind",
    "Against",
    "Booked",
    "Conversion",
    "Dispute",
    "DisputeEvent",
    "DisputeOutcome",
    "EventKind",
    "Hold",
    "Movement",
    "MovementKind",
    "Order",
    "Outcome",
    "PaymentResult",
    "PaymentState",
    "PayoutLine",
    "PayoutPolicy",
    "Prepared",
    "Rate",
    "SanctionHit",
    "SubjectKind",
    "TaxForm",
    "Verdict",
    "Withholding",
    "WithholdingRule",
    "WithholdingRules",
]
