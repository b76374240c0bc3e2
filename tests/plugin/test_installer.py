"""The computing environment: made whole or not at all, and every failure with its cause and cure."""

from __future__ import annotations

import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from geoterritorio_qgis import environments, installer, pip_words, worker

FAKE = """#!{python}
import os, pathlib, sys, time
words, what = sys.argv[1:], os.environ.get("SCENARIO", "")
flags = words
words = words[next(i for i, word in enumerate(words) if word in ("-c", "-m")):]
def leave(text, code=1):
    print(text, flush=True)
    sys.exit(code)
flags = flags[: -len(words)]
if words[0] == "-c":
    leave("3.9" if what == "old" else "3.12", 0)
if words[:2] == ["-m", "venv"] or words[:2] == ["-m", "virtualenv"]:
    place = pathlib.Path(words[-1])
    (place / "bin").mkdir(parents=True, exist_ok=True)
    if words[1] == "venv" and what.startswith("no venv"):
        leave("The virtual environment was not created successfully because ensurepip is not available.")
    if words[1] == "virtualenv" and what != "no venv, virtualenv":
        leave("No module named virtualenv")
    program = place / "bin" / "python"
    program.write_text(pathlib.Path(__file__).read_text())
    program.chmod(0o755)
    leave("made", 0)
if words[:2] == ["-m", "compileall"]:
    leave("compiled", 1 if what == "read-only plugin" else 0)
print("flags:", flags, "here:", os.getcwd())
print("proxy in the environment:", os.environ.get("PIP_PROXY"), "user:", os.environ.get("PIP_USER"))
print("words:", words)
if what == "slow":
    print("Collecting geopandas", flush=True)
    time.sleep(60)
extras = words[-1].endswith("extras.txt")
if what == "no extras" and not extras or what in ("", "read-only plugin", "no venv, virtualenv"):
    for i in range(30):
        print("Collecting package%d" % i)
    leave("Installing collected packages: geopandas\\nSuccessfully installed geopandas", 0)
leave(os.environ["PIP_SAYS"])
"""

PLAIN = installer.Wishes()


class Feedback:
    """What an algorithm's feedback takes."""

    def __init__(self, *, cancel_at: str | None = None) -> None:
        self.cancel_at, self.cancelled, self.bar, self.said = cancel_at, False, [], []

    def isCanceled(self) -> bool:
        return self.cancelled

    def setProgress(self, value: float) -> None:
        self.bar.append(value)

    def _say(self, text: str) -> None:
        self.said.append(text)
        self.cancelled = self.cancelled or bool(self.cancel_at and self.cancel_at in text)

    pushInfo = pushConsoleInfo = pushCommandInfo = pushWarning = setProgressText = _say


@pytest.fixture
def base(tmp_path):
    program = tmp_path / "base" / "python3"
    program.parent.mkdir()
    program.write_text(FAKE.format(python=sys.executable))
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def go(tmp_path, base, monkeypatch):
    monkeypatch.setattr(installer.shutil, "which", lambda _name: None)

    def run(scenario="", wishes=PLAIN, *, feedback=None, says="", examine=lambda _path: "", bases=None):
        maker = installer.Maker(
            folder=tmp_path / "profile ñ" / "python",
            requirements=tmp_path / "requirements.txt",
            extras=tmp_path / "extras.txt",
            core=tmp_path,
            bases=[base] if bases is None else bases,
            examine=examine,
            environment=lambda _path: {
                **os.environ,
                "SCENARIO": scenario,
                "PIP_SAYS": says,
                "PIP_TARGET": "x",
            },
            feedback=feedback or Feedback(),
            say=str,
        )
        return installer.make(wishes, maker)

    return run


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "profile ñ" / "python"


def places(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def test_an_environment_is_made(go, folder):
    feedback = Feedback()
    program = go(feedback=feedback)
    assert environments.current(folder) == Path(program)
    assert places(folder) == [Path(program).parents[1].name]
    assert not list(folder.rglob(".being_made"))
    assert feedback.bar == sorted(feedback.bar)
    assert feedback.bar[-1] == 100
    assert len({round(x) for x in feedback.bar}) > 10
    assert any("user: 0" in line for line in feedback.said)


def test_packages_come_apart_from_where_qgis_stands(go, folder):
    """No module of the folder QGIS stands in, or of the person's own packages, takes part."""
    feedback = Feedback()
    go(feedback=feedback)
    told = f"flags: ['-I', '-X', 'utf8', '-u'] here: {folder}"
    assert [line for line in feedback.said if line.startswith("flags:")] == [told, told]
    assert [line for line in feedback.said if " -m " in line and " -I " not in line] == []


def test_a_complete_one_is_left_alone_unless_asked(go, folder):
    first = go()
    assert go() == first
    second = go(wishes=installer.Wishes(replace=True))
    assert second != first
    assert environments.current(folder) == Path(second)
    assert len(places(folder)) == 1


def test_an_incomplete_one_is_made_anew(go):
    first = go()
    assert go(examine=lambda path: "pandas is missing" if path == first else "") != first


def test_a_failure_leaves_the_former_one(go, folder):
    first = go()
    with pytest.raises(installer.InstallError, match="does not pass its examination: pandas"):
        go(wishes=installer.Wishes(replace=True), examine=lambda _path: "pandas")
    assert environments.current(folder) == Path(first)
    assert len(places(folder)) == 1


def test_cancel_leaves_nothing(go, folder):
    began = time.monotonic()
    with pytest.raises(worker.CancelledError):
        go("slow", feedback=Feedback(cancel_at="Collecting geopandas"))
    assert time.monotonic() - began < 20
    assert places(folder) == []
    assert environments.current(folder) is None


def test_one_that_was_cut_off_does_not_count_and_goes(go, folder):
    left = folder / "20200101-000000-1"
    (left / "bin").mkdir(parents=True)
    (left / ".being_made").touch()
    os.utime(left / ".being_made", (0, 0))
    (left / "bin" / "python").touch()
    young = folder / "20200101-000000-2"
    young.mkdir()
    (young / ".being_made").touch()
    assert environments.current(folder) is None
    program = go()
    assert places(folder) == sorted([young.name, Path(program).parents[1].name])


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (
            "Retrying after NewConnectionError: Network is unreachable\nERROR: No matching distribution found for x",
            "network",
        ),
        (
            "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy'))",
            r"\(407\)",
        ),
        ("ProxyError('Cannot connect to proxy.', NewConnectionError('refused'))", "proxy cannot be reached"),
        ("SSLCertVerificationError CERTIFICATE_VERIFY_FAILED", "certificate"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "disk is full",
        ),
        ("ERROR: No matching distribution found for pyogrio>=0.9", "no pyogrio for Python 3.12"),
        ("ERROR: [Errno 13] Permission denied: 'x'", "cannot be read or written"),
        ("something else", "could not be installed.\n(.|\n)*something else"),
    ],
)
def test_failures_are_readable(go, folder, says, told):
    with pytest.raises(installer.InstallError, match=told):
        go("fails", says=says)
    assert places(folder) == []


def test_a_folder_that_lacks_a_package_is_named(go, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("wheels ñ").mkdir()
    Path("wheels ñ", "other-1.0-py3-none-any.whl").touch()
    feedback = Feedback()
    says = "ERROR: Could not find a version that satisfies the requirement numba>=1\nERROR: No matching"
    with pytest.raises(
        installer.InstallError, match=r"folder wheels ñ has no file of numba that suits Python 3\.12"
    ):
        go("fails", installer.Wishes(wheels="wheels ñ"), says=says, feedback=feedback)
    assert any("--no-index" in line and "--find-links=wheels ñ" in line for line in feedback.said)


def test_a_folder_of_packages_that_is_none_is_told_at_once(go, folder, tmp_path):
    feedback = Feedback()
    with pytest.raises(installer.InstallError, match=r"nowhere is not there"):
        go(wishes=installer.Wishes(wheels=str(tmp_path / "nowhere")), feedback=feedback)
    (tmp_path / "empty").mkdir()
    with pytest.raises(installer.InstallError, match=r"holds no \.whl files.*extras\.txt"):
        go(wishes=installer.Wishes(wheels=str(tmp_path / "empty")), feedback=feedback)
    assert feedback.said == []
    assert not folder.exists()


def test_a_proxy_with_its_password_is_not_logged(go):
    feedback = Feedback()
    go(wishes=installer.Wishes(proxy="http://ana:secret@proxy:80"), feedback=feedback)
    assert [line for line in feedback.said if "secret" in line and "environment:" not in line] == []
    assert any("proxy in the environment: http://ana:secret@proxy:80" in line for line in feedback.said)


def test_without_a_module_for_environments(go, folder):
    with pytest.raises(installer.InstallError, match="sudo apt install python3-venv"):
        go("no venv")
    assert places(folder) == []
    assert environments.current(folder) is None
    assert Path(go("no venv, virtualenv")).exists()


def test_old_and_absent_interpreters(go, base):
    with pytest.raises(installer.InstallError, match=r"looked at: .*python3 \(3.9\)"):
        go("old")
    with pytest.raises(installer.InstallError, match=r"looked at: –"):
        go(bases=[])
    with pytest.raises(installer.InstallError, match=r"python3 \(3.9\) will not do"):
        go("old", installer.Wishes(base=base))
    with pytest.raises(installer.InstallError, match=r"/nowhere \(–\) will not do"):
        go(wishes=installer.Wishes(base="/nowhere"))


def test_welcome_packages_may_be_missing(go):
    feedback = Feedback()
    assert Path(go("no extras", feedback=feedback, says="no numba")).exists()
    assert any("some slower" in line for line in feedback.said)


def test_a_plugin_that_cannot_be_written_is_no_failure(go):
    assert Path(go("read-only plugin")).exists()


def test_too_small_a_disk_is_told_at_once(go, folder, monkeypatch):
    usage = shutil.disk_usage(folder.anchor)
    monkeypatch.setattr(installer.shutil, "disk_usage", lambda _path: usage._replace(free=10**6))
    with pytest.raises(installer.InstallError, match="has 1 MB left; 2000 MB are needed"):
        go()
    assert places(folder) == []


def test_a_folder_that_cannot_be_made(go, folder):
    folder.parent.mkdir()
    folder.write_text("a file")
    with pytest.raises(installer.InstallError, match="cannot be written"):
        go()


class _Refusing(http.server.BaseHTTPRequestHandler):
    def do_CONNECT(self):
        self.send_error(407, "Proxy Authentication Required")

    do_GET = do_CONNECT

    def log_message(self, *words):
        pass


def pip_says(*words: str) -> str:
    """What the real pip says; no settings of the machine reach it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
    command = [sys.executable, "-m", "pip", "download", "--retries=1", "--timeout=5", "--no-deps", *words]
    done = subprocess.run(
        [*command, "six"],
        env={**environment, "PIP_CONFIG_FILE": os.devnull, "NO_PROXY": "", "no_proxy": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    return done.stdout + done.stderr


def test_the_words_of_pip_are_understood(tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    proxy = f"--proxy=http://127.0.0.1:{server.server_port}"
    index = "--index-url=https://packages.invalid/simple"
    try:
        assert pip_words.cause(pip_says(proxy, index)) == "refused"
    finally:
        server.shutdown()
        server.server_close()
    assert pip_words.cause(pip_says("--proxy=http://127.0.0.1:9", index)) == "proxy"
    assert pip_words.cause(pip_says("--index-url=https://127.0.0.1:9/simple")) == "network"
    assert pip_words.cause(pip_says("--no-index", f"--find-links={tmp_path}")) == "absent"
