"""A program that started this one: when it is gone, or asks by closing its end of the line, this one ends too."""

from __future__ import annotations

import _thread
import faulthandler
import os
import sys
import threading
import time

from geoterritorio.interface.attempt import CANCELLED

PARENT = "GEOTERRITORIO_PARENT"
_GRACE = 0.3  # seconds in which unfinished files can be removed


def heed() -> None:
    """Attention to the parent, where the environment says that there is one."""
    if os.environ.get(PARENT) and sys.stdin is not None:
        faulthandler.enable()
        threading.Thread(target=_watch, args=(sys.stdin.fileno(),), daemon=True).start()


def _watch(line: int) -> None:
    # Read without Python's buffer, whose lock would be held while the interpreter ends.
    while os.read(line, 1):
        pass
    _thread.interrupt_main()
    time.sleep(_GRACE)
    os._exit(CANCELLED)
