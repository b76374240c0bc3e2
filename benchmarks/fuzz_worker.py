"""Process of ``fuzz.py``: reads jobs, a JSON object a line, and answers each with what became of it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

from geoterritorio.errors import GeoterritorioError, GeoterritorioWarning
from geoterritorio.interface.attempt import DONE, INTERNAL, REFUSED, USAGE
from geoterritorio.interface.cli import main
from geoterritorio.layers.partitions import open_parts
from geoterritorio.layers.readers import read_layer
from geoterritorio.layers.schema import KINDS
from geoterritorio.study.config import read_plan

KIB = 1024


class DefectError(Exception):
    """A command that ended otherwise than done or refused."""


def layer(job: dict[str, Any]) -> str:
    """A file as a layer."""
    read_layer(
        job["path"], KINDS[job["kind"]], crs=job.get("crs"), places=job.get("places"), on=job.get("on")
    )
    return "read"


def parts(job: dict[str, Any]) -> str:
    """A folder as a register in parts, all of it."""
    found = open_parts(job["folder"], KINDS[job["kind"]], crs=job.get("crs"))
    for part in range(len(found)):
        for _ in found.reading.batches(part):
            pass
    return "read"


def study(job: dict[str, Any]) -> str:
    """A study file."""
    read_plan(Path(job["path"]))
    return "read"


def command(job: dict[str, Any]) -> str:
    """A command line."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(job["words"])
    if code == INTERNAL:
        raise DefectError(said.getvalue()[-2000:])
    if code not in (DONE, REFUSED, USAGE):
        raise DefectError(str(code))
    return "read" if code == DONE else "refused"


def attempt(job: dict[str, Any]) -> dict[str, str]:
    """End of one job."""
    work = {
        "layer": layer,
        "parts": parts,
        "study": study,
        "command": command,
        "nothing": lambda _job: "read",
    }
    with warnings.catch_warnings():
        if job["reader"] != "command":
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", GeoterritorioWarning)
        try:
            return {"end": work[job["reader"]](job)}
        except GeoterritorioError as error:
            if error.problems and all(str(p).strip() for p in error.problems):
                return {"end": "refused"}
            return {"end": "fault", "what": "a refusal without words"}
        except BaseException as error:  # noqa: BLE001 - whatever comes is what this is to find
            last = traceback.extract_tb(error.__traceback__)[-4:]
            where = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(last))
            return {"end": "fault", "what": f"{type(error).__name__}: {str(error)[-1500:]} [{where}]"}


def serve() -> None:
    """Jobs one after the other until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    limit = int(sys.argv[1]) * KIB**3
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    os.environ["GEOTERRITORIO_DEBUG"] = "1"
    for line in sys.stdin:
        begin = time.perf_counter()
        found: dict[str, Any] = attempt(json.loads(line))
        found["seconds"] = round(time.perf_counter() - begin, 3)
        found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB
        answers.write(json.dumps(found) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
