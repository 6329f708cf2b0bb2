"""Routes, one file for each thing that people do."""

from fairstock.web.routes import (
    accounts,
    disputes,
    findings,
    keys,
    licenses,
    pictures,
    requests,
    review,
    sanctions,
    session,
    staff,
    statements,
    stock,
    uploads,
    verify,
)

ROUTERS = (
    session.router,
    stock.router,
    pictures.router,
    licenses.router,
    requests.router,
    keys.router,
    statements.router,
    disputes.router,
    uploads.router,
    staff.router,
    review.router,
    findings.router,
    accounts.router,
    sanctions.router,
    verify.router,
)
