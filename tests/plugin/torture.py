"""A worker that misbehaves in every way a worker can: ``python torture.py WAY``."""

import json
import os
import signal
import subprocess
import sys
import time

CHILD = os.environ.get("TORTURE_CHILD", "7411.5")  # seconds its children sleep: a test knows its own by it


def tell(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def done():
    tell(type="result", outputs={}, values={"answer": 42})


def sleeping():
    while True:
        tell(type="progress", fraction=0.5, text="sleeping")
        time.sleep(0.1)


def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sleeping()


def spinning():
    """One call into C that never gives the interpreter back."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    tell(type="progress", fraction=0.5, text="spinning")
    import re

    re.match(r"(a+)+b", "a" * 60)


def mute():
    """Streams closed, still at work."""
    tell(type="progress", fraction=0.5, text="mute")
    os.close(1)
    os.close(2)
    time.sleep(3600)


def parent():
    subprocess.Popen(["sleep", CHILD])
    sleeping()


def orphans():
    """Ends well and leaves a child that holds its streams."""
    subprocess.Popen(["sleep", CHILD])
    done()


def strangers():
    """Leaves a child in a session of its own that holds its streams for a while."""
    subprocess.Popen(["sleep", "3.25"], start_new_session=True)
    done()


def abort():
    os.abort()


def segv():
    os.kill(os.getpid(), signal.SIGSEGV)


def realtime():
    os.kill(os.getpid(), 40)


def flood():
    """18 MB of errors, bytes of no encoding, prints on the channel, things that look like messages."""
    for i in range(200_000):
        sys.stderr.write(f"{i:06d} " + "x" * 83 + "\n")
    sys.stderr.flush()
    os.write(2, b"se\xf1al \xff\xfe\n")
    os.write(1, b'se\xf1al\n[1, 2]\n7\n{"type": "progress"}\n{"type": "progress", "fraction": "half"}\n')
    tell(type="warning", text="ñandú — „Wärme“ 漢字 😀")


def noisy():
    flood()
    done()


def endless():
    while True:
        sys.stderr.write("x" * 90 + "\n")


def silent():
    return


def internal():
    tell(type="error", kind="InternalError", text="KeyError: 'sector'")
    sys.stderr.write("Extension modules: numpy (total: 1)\n")
    sys.exit(70)


def refusing():
    tell(type="warning", text="careful")
    tell(type="error", kind="InputError", text="The layer is in degrees.")
    sys.exit(1)


def traceback():
    """Exit code of a refusal without the words of one."""
    {}["sector"]


def half():
    """A result, and then a failure."""
    done()
    sys.exit(3)


def fine():
    tell(type="progress", fraction=0.25, text="counting")
    tell(type="progress", fraction=1)
    done()


if __name__ == "__main__":
    globals()[sys.argv[1]]()
