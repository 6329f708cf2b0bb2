"""`python -m fairstock` is the command line, for a process that knows its Python and not its scripts."""

from fairstock.cli.main import main

main()
