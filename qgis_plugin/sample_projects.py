"""The sample study in both languages, for the projects that the plugin's panel opens.

``python qgis_plugin/sample_projects.py FOLDER`` writes ``FOLDER/en`` and ``FOLDER/es``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLE = Path(__file__).parents[1] / "sample_data" / "comarca"
LANGUAGES = ("en", "es")
_LANGUAGE = 'lang = "en"'


def main(folder: Path) -> None:
    """Results of the study, once as it is and once with Spanish as its language."""
    text = (SAMPLE / "study.toml").read_text(encoding="utf-8")
    if text.count(_LANGUAGE) != 1:
        sys.exit(f"{SAMPLE}/study.toml does not say {_LANGUAGE}")
    for lang in LANGUAGES:
        with tempfile.TemporaryDirectory() as place:
            study = Path(shutil.copytree(SAMPLE, Path(place) / "comarca")) / "study.toml"
            study.write_text(text.replace(_LANGUAGE, f'lang = "{lang}"'), encoding="utf-8")
            command = [sys.executable, "-m", "geoterritorio", "study", str(study), "--lang", lang]
            command += ["--output", str(folder / lang), "--overwrite", "--progress", "none"]
            subprocess.run(command, check=True)  # noqa: S603 - this project's own command


if __name__ == "__main__":
    main(Path(sys.argv[1]))
