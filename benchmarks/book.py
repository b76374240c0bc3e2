"""All benchmarks, each file in a process of its own, and one page of what they found: ``make bench``.

Rows of a file are kept in ``benchmarks/results`` with the day and the machine; ``--only`` runs some files,
``--missing`` those without rows, ``--page`` none. The page, ``docs/benchmarks.md``, sets them beside ``budgets.toml``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PAGE = HERE.parent / "docs" / "benchmarks.md"
# An hour and a half: what takes longer is hung.
LONGEST = 5400
# Columns of the budgets, and under what names files have those in the middle.
BUDGETS = ["work", "asked", "measured", "kept", "ours, s", "peer, s", "ratio", "memory, MB", "what bounds it"]
SHOWN = (("ours, s", "s", "open, s"), ("peer, s",), ("ratio",), ("peak, MB", "memory, MB"))
INTRODUCTION = """# Benchmarks
This page is written by `make bench`, which runs every file of `benchmarks/` in a process of its own, beside the package
a user would take, on seeded data of stated sizes, and stops where results are not equal (or not within what is stated).
Times are medians of three rounds after a warm one; a peer that takes more than half a minute is asked once. *Ratio* is
the peer's time over ours; *its ratio* is that of processor time of all threads, which other work on the machine
lengthens less. *Peak* is memory above what the inputs take; *load* that of the machine over one and five minutes.
What to read in the figures, and what bounds them, is said in {doc}`speed`.
"""


def main() -> None:
    """Run what is asked for, then write the page."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--only", nargs="*", default=[], help="names of files, such as bench_access")
    words.add_argument("--missing", action="store_true", help="only files that have no rows yet")
    words.add_argument("--page", action="store_true", help="run nothing")
    asked = words.parse_args()
    files = sorted(HERE.glob("bench_*.py"))
    unknown = sorted(set(asked.only) - {f.stem for f in files})
    if unknown:
        sys.exit(
            f"no such file of benchmarks: {', '.join(unknown)}; there are {', '.join(f.stem for f in files)}"
        )
    chosen = [f for f in files if not asked.only or f.stem in asked.only]
    if asked.missing:
        chosen = [f for f in chosen if not (RESULTS / f"{f.stem}.json").exists()]
    failed = [] if asked.page else [f.stem for k, f in enumerate(chosen) if not ran(f, k + 1, len(chosen))]
    if not (asked.page or asked.only or (asked.missing and (RESULTS / "time_qgis.json").exists())):
        failed += [] if through_qgis() else ["time_qgis"]
    found = results()
    PAGE.write_text(page(found), encoding="utf-8")
    judgements = judged_all(found)
    print("\n".join(table(BUDGETS, judgements)))
    missed = [line[0] for line in judgements if line[BUDGETS.index("kept")] != "yes"]
    kept = f"{len(judgements) - len(missed)} of {len(judgements)}"
    print(f"{PAGE.relative_to(HERE.parent)} is written; budgets kept: {kept}")
    print("".join(f"not kept: {work}\n" for work in missed), end="")
    if failed:
        sys.exit(f"failed, or unequal to the peer: {', '.join(failed)}")


def ran(file: Path, number: int, of: int) -> bool:
    """Whether a file of benchmarks went well; its rows are kept then."""
    print(f"[{number}/{of}] {file.stem}", flush=True)
    words = [
        sys.executable,
        "-m",
        "pytest",
        str(file),
        "--benchmark-only",
        "--benchmark-disable-gc",
        "-q",
        "-s",
    ]
    words += ["-p", "no:cacheprovider", "--results", str(RESULTS)]
    try:
        return subprocess.run(words, check=False, timeout=LONGEST).returncode == 0
    except subprocess.TimeoutExpired:
        print(f"{file.stem}: not done within {LONGEST} s")
        return False


def through_qgis() -> bool:
    """Whether the times through QGIS were measured, or there is no QGIS here, which is said."""
    qgis = "/usr/bin/qgis"
    if not Path(qgis).exists():
        print(f"time_qgis is left out: there is no {qgis}")
        return True
    environment = {**os.environ, "RESULTS": str(RESULTS / "time_qgis.json")}
    words = [str(HERE.parent / "scripts" / "time-qgis"), sys.executable]
    return subprocess.run(words, check=False, env=environment).returncode == 0


def results() -> dict[str, dict[str, Any]]:
    """What is kept, by file."""
    return {f.stem: json.loads(f.read_text(encoding="utf-8")) for f in sorted(RESULTS.glob("*.json"))}


def page(found: dict[str, dict[str, Any]]) -> str:
    """The page of all results."""
    lines = [INTRODUCTION, "## Budgets", *table(BUDGETS, judged_all(found))]
    lines += [""]
    for name, kept in found.items():
        columns = list(kept["rows"][0])
        rows = [[row[c] for c in columns] for row in kept["rows"]]
        lines += [f"## {name.removeprefix('bench_').replace('_', ' ').capitalize()}"]
        with_ = ", ".join(f"{library} {version}" for library, version in kept["libraries"].items())
        lines += [
            f"`benchmarks/{name}.py`, {kept['day']}, {kept['machine']}; {with_}.",
            "",
            *table(columns, rows),
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def table(columns: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a table."""
    return [
        f"| {' | '.join(columns)} |",
        "|" + "---|" * len(columns),
        *(f"| {' | '.join(r)} |" for r in rows),
    ]


def judged_all(found: dict[str, dict[str, Any]]) -> list[list[str]]:
    """Lines of all budgets."""
    budgets = tomllib.loads((HERE / "budgets.toml").read_text(encoding="utf-8"))["budget"]
    return [judged(b, found) for b in budgets]


def judged(budget: dict[str, Any], found: dict[str, dict[str, Any]]) -> list[str]:
    """One line of the budgets: what is asked, what was measured, and whether that keeps it."""
    column, least, most = budget["column"], budget.get("least"), budget.get("most")
    asked = f"{column} {'≥' if most is None else '≤'} {least if most is None else most}"
    begin = [budget["rows"]] if isinstance(budget["rows"], str) else budget["rows"]
    rows = [r for r in found.get(budget["file"], {"rows": []})["rows"] if r["work"].startswith(tuple(begin))]
    values = [(value, row) for row in rows for value in measured(row, column)]
    if not values:
        return [budget["work"], asked, "not measured yet", "-", "-", "-", "-", "-", budget["bound"]]
    worst, row = (min if most is None else max)(values, key=lambda pair: pair[0])
    kept = worst >= least if most is None else worst <= most
    beside = [next((row[c] for c in names if c in row), "-") for names in SHOWN]
    return [budget["work"], asked, f"{worst:g}", "yes" if kept else "**no**", *beside, budget["bound"]]


def measured(row: dict[str, str], column: str) -> list[float]:
    """Figures of a column; of a ratio on a busy machine that of processor time, if it is known."""
    text = row.get("its ratio", "-") if column == "ratio" else "-"
    text = row[column] if text == "-" else text
    return [] if text == "-" else [float(text)]


if __name__ == "__main__":
    main()
