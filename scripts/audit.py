"""Known weaknesses of the packages in this environment, as PyPI tells them through pip-audit.

``python scripts/audit.py`` ends with 1 where a weakness is known, and with 0 where none is, or where PyPI could not be
asked: then it says that nothing was checked. A package that PyPI does not know is told as unchecked, never as safe.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

_PATIENCE = 600  # seconds for all packages
_SECONDS = "20"  # for one answer
_SHOWN = 400  # letters of what the program said
KNOWN, FINE = 1, 0


def verdict(report: dict[str, Any]) -> tuple[str, int]:
    """
    What a report of pip-audit says, and the exit code.

    Parameters
    ----------
    report
        Its JSON.

    Returns
    -------
    text, code
        Lines for a person; 1 where a weakness is known.
    """
    packages = report.get("dependencies", [])
    left = [p for p in packages if "skip_reason" in p]
    asked = [p for p in packages if "skip_reason" not in p]
    if not asked:
        return f"NOT CHECKED: PyPI told nothing of any of {len(left)} packages.", FINE
    lines = [
        f"{p['name']} {p['version']}: {v['id']} (mended in {', '.join(v.get('fix_versions', [])) or 'no version yet'})"
        for p in asked
        for v in p.get("vulns", [])
    ]
    code = KNOWN if lines else FINE
    lines.append(
        f"{len(asked)} packages checked, {sum(1 for p in asked if p.get('vulns'))} with known weaknesses."
    )
    if left:
        lines.append(f"NOT CHECKED, unknown to PyPI: {', '.join(sorted(p['name'] for p in left))}.")
    return "\n".join(lines), code


def main() -> int:
    """Exit code of the audit."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--skip-editable",
        "--vulnerability-service=pypi",
        "--format=json",
    ]
    command += ["--progress-spinner=off", f"--timeout={_SECONDS}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE)  # noqa: S603 - fixed words
        text, code = verdict(json.loads(done.stdout))
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        said = done.stderr.strip()[-_SHOWN:] if isinstance(error, ValueError) else str(error)
        text, code = f"NOT CHECKED: PyPI could not be asked for known weaknesses.\n{said}", FINE
    sys.stdout.write(
        text + "\nNOT CHECKED by this command: advisories of Leaflet (npm), which is carried along.\n"
    )
    return code


if __name__ == "__main__":
    sys.exit(main())
