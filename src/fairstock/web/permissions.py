"""Which role may start which flow. Pure."""

from collections.abc import Iterable, Sequence

from fairstock.kit.flowruns import Deployment
from fairstock.party.model import Role

MONEY_TAG = "money"
"""Deployments with this tag (``deploy/prefect.yaml``) book or move money; only finance starts them."""


def may_start(roles: Iterable[Role], deployment: Deployment) -> bool:
    """Finance starts flows that book or move money, operators all others."""
    needed = Role.finance if MONEY_TAG in deployment.tags else Role.operator
    return needed in set(roles)


def startable(roles: Iterable[Role], deployments: Sequence[Deployment]) -> list[Deployment]:
    """The deployments that somebody with these roles may start."""
    held = frozenset(roles)
    return [one for one in deployments if may_start(held, one)]
