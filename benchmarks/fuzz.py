"""Does anything given to a reader, a study or a command end otherwise than read or refused? Fuzzing, at length.

Run with ``python benchmarks/fuzz.py --minutes 15 --seed 1 [--table FILE] [--only READER]``. Valid samples of every
format are damaged at random (cut, flipped, pieces repeated or taken out, numbers and words replaced, another format's
beginning) and read as a kind of layer that they may be; study files and command lines are changed key by key. Every
attempt runs in a worker with a limit of time and memory. A fault is another exception than a refusal, a warning that is
not ours, exit code 70, a worker that dies, or one that does not answer. Each is kept with its input in ``--faults``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzz_samples import HOSTILE, command_lines, made_samples, study_texts

HERE = Path(__file__).resolve().parent
SECONDS = 120.0  # an attempt may take; commands compute
START = 300.0  # a worker may take until it is there
MEMORY = 6  # GiB of address space that a worker may have
BATCH = 400  # attempts after which a worker is replaced, so that its peak of memory tells of few
WORDS = (
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 400,
    b"\x00",
    b'"',
    b"[" * 5000,
    b"{" * 5000,
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"=1+1",
    b"EPSG:4326",
    b"EPSG:999999",
    b"null",
    b"-1",
    b"2147483648",
    b"../../x",
    b"{{7*7}}",
    b"\r",
    b"\n\n",
    b",,,,",
    b";",
    b"''",
    b"1998-13-45",
    b"0001-01-01",
    b"99999-01-01",
    b"Infinity",
    b"1.7976931348623157e308",
)
MAGICS = (
    b"PK\x03\x04",
    b"SQLite format 3\x00",
    b"PAR1",
    b"II*\x00",
    b"II+\x00",
    b"\x89PNG\r\n\x1a\n",
    b"%PDF",
    b"\x1f\x8b",
    b"<?xml ?>",
)


def cut(rng: random.Random, data: bytes) -> bytes:
    """The first part of a file."""
    return data[: rng.randrange(len(data) + 1)]


def flipped(rng: random.Random, data: bytes) -> bytes:
    """A file with bits of it turned."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 2, 8, 64))):
        found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def overwritten(rng: random.Random, data: bytes) -> bytes:
    """A file with some bytes replaced by numbers that stand at the ends of what a number can be."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 4))):
        size = rng.choice((1, 2, 4, 8))
        value = rng.choice((0, 1, (1 << (8 * size - 1)) - 1, 1 << (8 * size - 1), (1 << 8 * size) - 1))
        place = rng.randrange(len(found))
        found[place : place + size] = value.to_bytes(size, rng.choice(("little", "big")))
    return bytes(found)


def repeated(rng: random.Random, data: bytes) -> bytes:
    """A file with a piece of it several times."""
    begin = rng.randrange(len(data))
    end = min(len(data), begin + rng.randrange(1, 400))
    return data[:end] + data[begin:end] * rng.choice((1, 3, 100)) + data[end:]


def without(rng: random.Random, data: bytes) -> bytes:
    """A file without a piece of it."""
    begin = rng.randrange(len(data))
    return data[:begin] + data[begin + rng.randrange(1, 400) :]


def with_words(rng: random.Random, data: bytes) -> bytes:
    """A file with hostile words in it, put in or in the place of others."""
    place = rng.randrange(len(data))
    return data[:place] + rng.choice(WORDS) + data[place + rng.choice((0, 1, 5, 20)) :]


def masked(rng: random.Random, data: bytes) -> bytes:
    """A file that begins as one of another format."""
    magic = rng.choice(MAGICS)
    return magic + data[rng.choice((0, len(magic))) :]


DAMAGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    cut, flipped, flipped, overwritten, overwritten, repeated, without, with_words, with_words, masked,
)  # fmt: skip


def damaged(rng: random.Random, data: bytes) -> bytes:
    """A file after one to three damages."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = rng.choice(DAMAGES)(rng, data) if data else data
    return data


@dataclass
class Tally:
    """What became of the inputs of one reader."""

    ends: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    peak: float = 0.0

    @property
    def tried(self) -> int:
        """Number of inputs."""
        return sum(self.ends.values())


class Worker:
    """A process that tries what it is told, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.said = (folder / "worker.log").open("w")
        self.process = subprocess.Popen(  # noqa: S603 - our own program beside this one
            [sys.executable, str(HERE / "fuzz_worker.py"), str(MEMORY)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said, cwd=folder,
        )  # fmt: skip
        self.done = 0
        self.ask({"reader": "nothing"}, START)

    def ask(self, job: dict[str, Any], seconds: float = SECONDS) -> dict[str, Any]:
        """What became of a job."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.done += 1
        try:
            self.process.stdin.write(json.dumps(job).encode() + b"\n")
            self.process.stdin.flush()
            ready, _, _ = select.select([self.process.stdout], [], [], seconds)
            line = self.process.stdout.readline() if ready else b"hung"
        except BrokenPipeError:
            line = b""
        if line == b"hung":
            return {"end": "fault", "what": f"no answer within {seconds} s", "seconds": seconds, "peak": 0.0}
        if not line:
            return {"end": "fault", "what": f"died ({self.process.wait()})", "seconds": 0.0, "peak": 0.0}
        found: dict[str, Any] = json.loads(line)
        return found

    def end(self) -> None:
        """End of this process alone."""
        self.process.kill()
        self.process.wait()
        self.said.close()


def jobs(rng: random.Random, folder: Path, only: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Inputs without end: the reader, and what its worker is to do."""
    samples = made_samples(folder / "samples")
    texts, lines = (
        study_texts(rng, folder / "samples"),
        command_lines(rng, folder / "samples", folder / "out"),
    )
    readers = [
        name
        for name in [*sorted(samples), "study file", "study keys", "command line"]
        if not only or only in name
    ]
    place = folder / "inputs"
    place.mkdir(exist_ok=True)
    while True:
        reader = rng.choice(readers)
        if reader == "command line":
            yield reader, {"reader": "command", "words": next(lines)}
        elif reader.startswith("study"):
            text = (
                next(texts)
                if reader == "study keys"
                else damaged(rng, (folder / "samples" / "study.toml").read_bytes())
            )
            (folder / "samples" / "tried.toml").write_bytes(text)
            yield reader, {"reader": "study", "path": str(folder / "samples" / "tried.toml")}
        else:
            sample = rng.choice(samples[reader])
            yield reader, {**sample.job(rng, place, damaged), "reader": sample.reader}


def campaign(minutes: float, seed: int, only: str, faults: Path) -> dict[str, Tally]:
    """Attempts for some minutes; faults are kept with their inputs."""
    rng = random.Random(seed)  # noqa: S311 - chance of a test, no secret
    tallies: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "out").mkdir()
        worker = Worker(folder)
        end = time.monotonic() + 60 * minutes
        for number, (reader, job) in enumerate(jobs(rng, folder, only)):
            if time.monotonic() > end:
                break
            found = worker.ask(job)
            tally = tallies.setdefault(reader, Tally())
            tally.ends[found["end"]] += 1
            tally.slowest = max(tally.slowest, found["seconds"])
            tally.peak = max(tally.peak, found["peak"])
            if found["end"] == "fault":
                kept(faults, f"{seed}-{number}", reader, job, found)
            if worker.done > BATCH or (
                found["end"] == "fault" and found["what"].startswith(("no answer", "died"))
            ):
                worker.end()
                worker = Worker(folder)
        worker.end()
    return tallies


def kept(faults: Path, number: str, reader: str, job: dict[str, Any], found: dict[str, Any]) -> None:
    """Fault with its input, for whoever mends it."""
    faults.mkdir(parents=True, exist_ok=True)
    path = Path(job.get("path", ""))
    if path.is_file():
        with contextlib.suppress(OSError):
            (faults / f"{number}{path.suffix}").write_bytes(path.read_bytes())
    (faults / f"{number}.json").write_text(json.dumps({"reader": reader, **job, **found}, indent=1))
    sys.stderr.write(f"{number} {reader}: {found['what'].strip()[-300:]!r}\n")
    sys.stderr.flush()


def table(tallies: dict[str, Tally]) -> str:
    """Rows as the handbook shows them."""
    rows = [
        "| reader | inputs | read | refused | faults | slowest (s) | peak memory (MB) |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, t in sorted(tallies.items()):
        cells = (
            name,
            t.tried,
            t.ends["read"],
            t.ends["refused"],
            t.ends["fault"],
            f"{t.slowest:.1f}",
            f"{t.peak:.0f}",
        )
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    ends = sum((t.ends for t in tallies.values()), Counter())
    slowest, peak = (
        max((getattr(t, what) for t in tallies.values()), default=0.0) for what in ("slowest", "peak")
    )
    total = (
        "all",
        sum(ends.values()),
        ends["read"],
        ends["refused"],
        ends["fault"],
        f"{slowest:.1f}",
        f"{peak:.0f}",
    )
    return "\n".join([*rows, "| " + " | ".join(map(str, total)) + " |"])


def main() -> int:
    """Whole campaign from the command line; 1 if there were faults."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=15)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", default="", help="part of the names of the readers that are tried")
    words.add_argument("--faults", type=Path, default=Path("fuzz-faults"))
    words.add_argument("--table", type=Path)
    given = words.parse_args()
    tallies = campaign(given.minutes, given.seed, given.only, given.faults)
    text = table(tallies)
    sys.stdout.write(text + "\n")
    if given.table:
        given.table.write_text(text + "\n")
    return int(any(t.ends["fault"] for t in tallies.values()))


__all__ = ["HOSTILE"]

if __name__ == "__main__":
    sys.exit(main())
