"""What the process does about its memory."""

from __future__ import annotations

import subprocess
import sys

FREED = """
import fairstock
from fairstock.process import give_back
import numpy as np

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

tensors = [np.ones(2**17) for _ in range(100)]
before, top = resident(), np.ones(2**17)
del tensors
kept = resident()
give_back()
print(before - kept, kept - resident())
"""


def test_freed_memory_is_kept_for_the_next_tensor_and_given_back_now_and_then() -> None:
    ended = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True)
    at_once, later = map(int, ended.stdout.split())
    assert at_once < 20 * 2**20
    assert later > 50 * 2**20
