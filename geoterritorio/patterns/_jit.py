"""Compiled kernels where numba is installed; the same in numpy where it is not."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Any

from geoterritorio.i18n import mark
from geoterritorio.registry import Progress

Function = Callable[..., Any]
_COMPILED = importlib.util.find_spec("numba") is not None


def kernel(loop: Function, blocks: Function) -> Function:
    """
    The faster of two functions that do the same.

    Parameters
    ----------
    loop
        Loops over numbers, to be compiled; the machine code is kept for the next run.
    blocks
        The same in numpy, for machines without numba.

    Returns
    -------
    kernel
        Numba itself is imported, and the loop compiled, when it is first called.
    """
    return _Lazy(loop) if _COMPILED else blocks


def say_first(progress: Progress, *kernels: Function) -> None:
    """
    Word that kernels are made ready, where one of them has not been called since the program began.

    Parameters
    ----------
    progress
        Called once; may raise to cancel.
    kernels
        Those that are called next.
    """
    if any(isinstance(function, _Lazy) and not function.ready for function in kernels):
        progress(0.0, mark("Preparing the calculation: some seconds at the first use on a computer"))


class _Lazy:
    """Function that is compiled when it is first called."""

    def __init__(self, loop: Function) -> None:
        self.loop, self.ready = loop, False

    def __call__(self, *args: Any) -> Any:
        self.ready = True
        return _machine_code(self.loop)(*args)


@cache
def _machine_code(loop: Function) -> Function:
    import numba  # noqa: PLC0415 - takes a second, and only kernels need it

    made: Function = numba.njit(cache=True, nogil=True)(loop)
    return made
