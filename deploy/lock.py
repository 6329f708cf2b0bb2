"""Print the lock: every installed package with its exact version, without local build tags.

`torch==2.13.0` must stay bare, since the CPU build is found as a file or on an index under that version.
"""

import sys
from importlib.metadata import distributions

LEFT_OUT = {"fairstock", "pip", "setuptools", "uv", "wheel"}


def lines() -> list[str]:
    """One ``name==version`` a package, sorted by name."""
    pins = {
        (name := dist.metadata["Name"].lower().replace("_", "-")): f"{name}=={dist.version.split('+')[0]}"
        for dist in distributions()
    }
    return [pin for name, pin in sorted(pins.items()) if name not in LEFT_OUT]


sys.stdout.write("# Made by `make lock`. Installed by `make install` in this order of nothing but names.\n")
sys.stdout.write("\n".join(lines()) + "\n")
