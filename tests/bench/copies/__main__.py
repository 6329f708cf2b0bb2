"""`python -m tests.bench.copies 10000000`: the index at growing sizes up to so many hashes.
`python -m tests.bench.copies words 1000000`: works by shared words, at growing sizes up to so many.
`python -m tests.bench.copies found FOLDER… [--keep FILE] [--disguised N] [--strangers N] [--each N]
[--below FOLDER…] [--everybody]`: what is found.
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
        "--keep",
        type=Path,
        help="file (.npz) for what was seen, disguises beside it, so that a next run is quick",
    )
    parser.add_argument("--disguised", type=int, default=100, help="works that are changed in every way")
    parser.add_argument("--strangers", type=int, default=1000, help="works that are compared with others'")
    parser.add_argument("--each", type=int, default=found.EACH, help="most works of one author among those")
    parser.add_argument(
        "--below",
        nargs="*",
        type=Path,
        default=[],
        help="only works in these folders are changed and compared",
    )
    parser.add_argument(
        "--everybody",
        action="store_true",
        help="works of every author or folder: of a source that no setting was chosen on",
    )
    asked = parser.parse_args(arguments)
    if asked.what == "found":
        counts = asked.disguised, asked.strangers
        which = {"each": asked.each, "below": asked.below, "everybody": asked.everybody}
        lines = found.run(asked.folders, asked.keep, *counts, **which)
    elif asked.what == "words":
        lines = sharing.run(int(str(asked.folders[0]).replace("_", "")))
    else:
        lines = index.run(int(asked.what.replace("_", "")))
    for line in lines:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
