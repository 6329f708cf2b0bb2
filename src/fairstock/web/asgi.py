"""What uvicorn loads: ``uvicorn --factory fairstock.web.asgi:make``."""

from fastapi import FastAPI

from fairstock.bootstrap import get_app
from fairstock.web.app import create_app


def make() -> FastAPI:
    """The pages over the marketplace that the environment describes."""
    return create_app(get_app())
