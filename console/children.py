"""Child processes that end in order: when they are told to, and when whoever started them is gone.

A child's standard input is a pipe that the parent holds open and never writes to. Its end is the
one signal that works on every system, and comes even if the parent is killed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

END_S = 20.0
_PROGRAM = Path(__file__).resolve().parents[1]
WITH_PARENT = "--with-parent"
"""The option that makes a child watch its standard input."""


def start(module: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a Python module as a child that ends with this process; its output is a pipe."""
    # -P and the last place on the path: nothing in the user's current folder is taken for a module of ours.
    code = (
        f"import runpy, sys; sys.path.append({str(_PROGRAM)!r}); "
        f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
    )
    # A session of its own: Ctrl-C in the terminal reaches the parent only, which ends the others in order.
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code, *arguments, WITH_PARENT],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=os.name == "posix",
    )  # fmt: skip


def end(process: subprocess.Popen[str], pattern: str) -> tuple[int, ...]:
    """Tell a child to end and return the numbers of the last line that matches; empty where none did."""
    try:
        said, _ = process.communicate(timeout=END_S)  # closes its standard input first
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    matches = list(re.finditer(pattern, said))
    return tuple(int(number) for number in matches[-1].groups()) if matches else ()


def stop_with_parent(stop: threading.Event) -> None:
    """Set ``stop`` when the parent closes this process's standard input or dies."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        stop.set()

    threading.Thread(target=watch, name="okaeri-parent", daemon=True).start()
