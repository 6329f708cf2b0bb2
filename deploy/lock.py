"""Print the lock: exact versions of fairstock's dependencies, with all of theirs, as installed here.

`torch==2.13.0` stays without its local build tag, since the CPU build is a file on some machines and on an
index on others. Packages that only happen to be installed are left out.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import distribution

from packaging.requirements import Requirement

INSTEAD = {"opencv-python": "opencv-python-headless"}
"""The same code without windows, which needs no libGL of the system: a bare machine has none."""


def _needs(name: str, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """What an installed package asks for on this machine, as (name, extras)."""
    for line in distribution(name).requires or ():
        need = Requirement(line)
        wanted = need.marker is None or any(
            need.marker.evaluate({"extra": extra}) for extra in (extras or {""})
        )
        if wanted:
            asked = re.sub(r"[-_.]+", "-", need.name).lower()
            yield INSTEAD.get(asked, asked), frozenset(need.extras)


def closure(root: str, extras: frozenset[str]) -> dict[str, str]:
    """Name → version of everything that ``root`` needs, itself left out."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting, pins = [(root, extras | {""})], {}
    while waiting:
        each = waiting.pop()
        if each in seen:
            continue
        seen.add(each)
        pins[each[0]] = distribution(each[0]).version.split("+")[0]
        waiting += [(name, wanted | {""}) for name, wanted in _needs(*each)]
    del pins[root]
    return pins


lines = [f"{name}=={version}" for name, version in sorted(closure("fairstock", frozenset({"dev"})).items())]
sys.stdout.write("# Made by `make lock` from what is installed; `make install` installs exactly this.\n")
sys.stdout.write("\n".join(lines) + "\n")
