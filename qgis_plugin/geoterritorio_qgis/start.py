"""Beginning of the worker: ``python start.py FOLDER WORDS…`` runs the package of a folder, and nothing beside it.

The folder comes first on the path; this file's own, and the one the worker stands in, are not on it at all.
"""

from __future__ import annotations

import os
import runpy
import sys

PACKAGE = "geoterritorio"


def way(folder: str, known: list[str]) -> list[str]:
    """Folders of modules: the package's, and those of the interpreter that are no accident of where it stands."""
    left = {os.path.realpath(place) for place in (os.path.dirname(__file__), os.curdir)}  # noqa: PTH120 - no library yet
    kept = [place for place in known if place and os.path.realpath(place) not in left]
    return [folder, *kept]


if __name__ == "__main__":
    sys.path[:] = way(sys.argv[1], sys.path)
    sys.argv[:] = [PACKAGE, *sys.argv[2:]]
    runpy.run_module(PACKAGE, run_name="__main__", alter_sys=True)
