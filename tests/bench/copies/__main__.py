"""`python -m tests.bench.copies 10000000`: the index at growing sizes up to so many hashes."""

import sys

from tests.bench.copies import index


def main(arguments: list[str]) -> None:
    """Print each line as soon as it is known."""
    for line in index.run(int(arguments[0].replace("_", ""))):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
