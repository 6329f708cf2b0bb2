"""fairstock: a stock-image marketplace in which nothing has to be taken on trust."""

from fairstock import process

process.prepare()
