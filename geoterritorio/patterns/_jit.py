"""Compiled kernels where numba is installed; the same in numpy where it is not."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
COMPILED = importlib.util.find_spec("numba") is not None


def compiled(function: Function) -> Function:
    """Machine code of a function, kept for the next run; the function itself without numba."""
    if not COMPILED:
        return function
    import numba  # noqa: PLC0415 - takes a second, and only kernels need it

    made: Any = numba.njit(cache=True, nogil=True)(function)
    return made  # type: ignore[no-any-return]  # numba returns its own callable of the same arguments
