"""Routes, one file for each thing that people do."""

from fairstock.web.routes import (
    accounts,
    disputes,
    findings,
    keys,
    licenses,
    pictures,
    prompts,
    requests,
    review,
    sanctions,
    sending,
    session,
    staff,
    statements,
    stock,
    training,
    uploads,
    verify,
)

ROUTERS = (
    session.router,
    stock.router,
    pictures.router,
    licenses.router,
    requests.router,
    prompts.router,
    keys.router,
    statements.router,
    disputes.router,
    sending.router,  # before the page of one upload, whose address would take in “new”
    uploads.router,
    training.router,
    staff.router,
    review.router,
    findings.router,
    accounts.router,
    sanctions.router,
    verify.router,
)
