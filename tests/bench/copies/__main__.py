"""`python -m tests.bench.copies 10000000`: the index at growing sizes up to so many hashes.
`python -m tests.bench.copies words 1000000`: works by shared words, at growing sizes up to so many.
`python -m tests.bench.copies found FOLDER… [--keep FILE] [--disguised N] [--strangers N] [--each N] [--below
FOLDER]`: what is found.
"""

import argparse
import sys
from pathlib import Path

from tests.bench.copies import found, index, sharing


def main(arguments: list[str]) -> None:
    """Print each line as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.copies", description=__doc__)
    parser.add_argument("what", help="a number of hashes, “words”, or “found”")
    parser.add_argument(
        "folders", nargs="*", type=Path, help="Open Clip Art, or folders of pictures; a number of works"
    )
    parser.add_argument(
        "--keep", type=Path, help="file (.npz) for what was seen, so that a next run is quick"
    )
    parser.add_argument("--disguised", type=int, default=100, help="works that are changed in every way")
    parser.add_argument("--strangers", type=int, default=1000, help="works that are compared with others'")
    parser.add_argument("--each", type=int, default=found.EACH, help="most works of one author among those")
    parser.add_argument("--below", default="", help="only works in this folder are changed and compared")
    asked = parser.parse_args(arguments)
    if asked.what == "found":
        counts = asked.disguised, asked.strangers
        lines = found.run(asked.folders, asked.keep, *counts, each=asked.each, below=asked.below)
    elif asked.what == "words":
        lines = sharing.run(int(str(asked.folders[0]).replace("_", "")))
    else:
        lines = index.run(int(asked.what.replace("_", "")))
    for line in lines:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
