"""The command line: `fairstock …`. Exit code 0 done, 1 failed, 2 misused."""

from fairstock.cli.main import main

__all__ = ["main"]
