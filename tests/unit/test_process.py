"""What the process does about its memory, and about its children."""

from __future__ import annotations

import os
import subprocess
import sys

from fairstock.process import let_give_way

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


def test_children_of_a_name_give_way_and_others_do_not() -> None:
    sleep = "import time; time.sleep(60)"
    names = ("some.server:app", "another")
    children = [subprocess.Popen([sys.executable, "-c", sleep, name]) for name in names]
    try:
        let_give_way("some.server")
        let_give_way("some.server")  # the second time changes nothing
        patient, other = (os.getpriority(os.PRIO_PROCESS, child.pid) for child in children)
        assert patient == max(10, os.getpriority(os.PRIO_PROCESS, 0))
        assert other == os.getpriority(os.PRIO_PROCESS, 0)
    finally:
        for child in children:
            child.kill()
            child.wait()
