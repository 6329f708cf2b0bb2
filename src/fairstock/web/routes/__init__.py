"""Routes, one file for each thing that people do."""

from fairstock.web.routes import (
    licenses,
    pictures,
    requests,
    review,
    session,
    staff,
    statements,
    stock,
    uploads,
)

ROUTERS = (
    session.router,
    stock.router,
    pictures.router,
    licenses.router,
    requests.router,
    statements.router,
    uploads.router,
    staff.router,
    review.router,
)
