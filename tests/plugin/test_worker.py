"""Whatever a worker does, the run ends, says what happened, and leaves nothing behind."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from geoterritorio_qgis import worker

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and /proc")
TORTURE = Path(__file__).with_name("torture.py")
CHILD = f"7411.{os.getpid()}"  # nobody else's sleep is called so


class Feedback:
    """What the worker module asks of a feedback, touched by one thread only."""

    def __init__(self, after=None):
        self.said, self.bar, self.threads = [], [], set()
        self.until = None if after is None else time.monotonic() + after

    def isCanceled(self):
        return self.until is not None and time.monotonic() > self.until

    def _hear(self, kind, text):
        self.threads.add(threading.get_ident())
        self.said.append((kind, text))

    def setProgress(self, value):
        self.bar.append(value)

    def setProgressText(self, text):
        self._hear("progress", text)

    def pushWarning(self, text):
        self._hear("warning", text)

    def pushConsoleInfo(self, text):
        self._hear("console", text)


def torture(way, feedback=None, **options):
    # -S: without the virtual environment's packages the interpreter starts in a few milliseconds.
    command = [sys.executable, "-S", str(TORTURE), way]
    return worker.run(command, {**os.environ, "TORTURE_CHILD": CHILD}, feedback or Feedback(), str, **options)


def alive(word):
    """Processes whose command holds a word."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in line and "pytest" not in line:
            found.append(line)
    return found


@pytest.fixture(autouse=True)
def nothing_left():
    threads = threading.active_count()
    yield
    until = time.monotonic() + 5
    while time.monotonic() < until and (
        alive(str(TORTURE)) or alive(CHILD) or threading.active_count() > threads
    ):
        time.sleep(0.02)
    assert alive(str(TORTURE)) == []
    assert alive(f"sleep {CHILD}") == []
    assert threading.active_count() <= threads


def test_progress_and_result():
    feedback = Feedback()
    assert torture("fine", feedback)["values"] == {"answer": 42}
    assert feedback.bar == [25.0, 100.0]
    assert ("progress", "counting") in feedback.said


@pytest.mark.parametrize("way", ["sleeping", "deaf", "spinning", "mute", "parent", "endless"])
def test_cancelled_within_half_a_second(way):
    feedback = Feedback(after=0.6)
    with pytest.raises(worker.CancelledError):
        torture(way, feedback)
    assert time.monotonic() - feedback.until < 0.5


def test_a_window_is_kept_alive_but_not_for_every_line():
    beats = []
    torture("noisy", idle=lambda: beats.append(time.monotonic()))
    gaps = [b - a for a, b in itertools.pairwise(beats)]
    assert min(gaps) >= 0.05
    assert max(gaps) < 0.3


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("abort", r"signal 6 \(SIGABRT\)"),
        ("segv", r"signal 11 \(SIGSEGV\)"),
        ("realtime", r"signal 40"),
        ("silent", "ended without a result"),
        ("internal", "KeyError: 'sector'"),
        ("traceback", "exit code 1.*KeyError: 'sector'"),
        ("half", "exit code 3"),
    ],
)
def test_failures_are_explained(way, words):
    feedback = Feedback()
    with pytest.raises(worker.FailedError, match=words) as caught:
        torture(way, feedback)
    assert "QGIS and your layers are untouched." in str(caught.value)
    assert not [text for _, text in feedback.said if text.startswith("Extension modules")]


def test_refusals_are_told_word_for_word():
    feedback = Feedback()
    with pytest.raises(worker.RefusedError) as caught:
        torture("refusing", feedback)
    assert str(caught.value) == "The layer is in degrees."
    assert ("warning", "careful") in feedback.said


def test_noise_hurts_nobody():
    feedback = Feedback()
    assert torture("noisy", feedback)["values"] == {"answer": 42}
    assert ("warning", "ñandú — „Wärme“ 漢字 😀") in feedback.said
    assert feedback.threads == {threading.get_ident()}


@pytest.mark.parametrize("way", ["orphans", "strangers"])
def test_children_left_behind_hold_up_nobody(way):
    start = time.monotonic()
    assert torture(way)["values"] == {"answer": 42}
    assert time.monotonic() - start < 2.5


def test_a_missing_program_is_named():
    with pytest.raises(worker.FailedError, match="/no/such/python cannot be started: No such file"):
        worker.run(["/no/such/python"], {}, Feedback(), str)


def test_lines_of_plain_programs():
    feedback = Feedback()
    code = "print('uno'); print('dos')"
    command = [sys.executable, "-c", code]
    assert worker.say_lines(command, dict(os.environ), feedback, str) == ["uno", "dos"]
    assert feedback.said == [("console", "uno"), ("console", "dos")]
    failing = [sys.executable, "-c", "raise SystemExit('no network')"]
    with pytest.raises(worker.FailedError, match="no network"):
        worker.say_lines(failing, dict(os.environ), Feedback(), str)


def test_a_worker_ends_with_its_parent():
    """A parent killed outright: the worker sees its end of the line close."""
    code = (
        "from geoterritorio.interface import parent; import time; parent.heed(); "
        "print('up', flush=True); time.sleep(3600)"
    )
    environment = {**os.environ, "GEOTERRITORIO_PARENT": "1"}
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
    assert child.stdout.readline().strip() == b"up"
    child.stdin.close()
    assert child.wait(2) in {-signal.SIGINT, 130}
    child.stdout.close()


def asked(way, feedback=None, patience=20.0):
    command = [sys.executable, "-S", str(TORTURE), way]
    return worker.ask(command, {**os.environ, "TORTURE_CHILD": CHILD}, feedback or Feedback(), patience)


def test_an_answer_is_said_to_nobody_else():
    feedback = Feedback()
    answer, errors = asked("fine", feedback)
    assert '"answer": 42' in answer
    assert errors == ""
    assert (feedback.said, feedback.bar) == ([], [])


@pytest.mark.parametrize("way", ["sleeping", "deaf", "parent"])
def test_a_question_is_given_up_in_time_or_on_the_cancel_button(way):
    with pytest.raises(worker.LateError):
        asked(way, patience=0.6)
    with pytest.raises(worker.CancelledError):
        asked(way, Feedback(after=0.6))
