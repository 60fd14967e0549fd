"""Supervised threads: looking at what one executes does not hang the process."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc, sys, threading, time
from langchain_telnyx.client.http import supervision

stopped = threading.Event()

def short_threads():
    while not stopped.is_set():
        thread = threading.Thread(target=time.sleep, args=(0.0001,))
        thread.start()
        thread.join()

others = [threading.Thread(target=short_threads, daemon=True) for _ in range(4)]
for other in others:
    other.start()
# Python code at each collection, as profilers and hypothesis have it: it lets other threads run.
gc.callbacks.append(lambda *_: time.sleep(0.0002))
gc.set_threshold(1)
for number in range(400):
    frame = supervision._frame_of(others[number % 4])
    assert frame is None or frame.f_code
assert gc.isenabled()
gc.set_threshold(700)
gc.disable()
supervision._frame_of(others[0])
assert not gc.isenabled()
stopped.set()
print("done")
"""


def test_a_garbage_collection_while_a_thread_is_inspected_does_not_hang() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=100, check=False
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
