"""The algorithms that are no tools: check of the installation, its environment, a whole study."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingOutputFile,
    QgsProcessingOutputHtml,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
    QgsProcessingUtils,
)
from qgis.PyQt.QtGui import QIcon

from . import calls, diagnosis, installation, installer, interpreter, parameters, texts, worker
from .algorithm import run_folder
from .texts import say

GROUP = "installation"
_FILE, _FOLDER = QgsProcessingParameterFile.Behavior.File, QgsProcessingParameterFile.Behavior.Folder
_PAGES = "HTML (*.html)"
_ANY = "Python (*)"  # QGIS's own filter for any file wants a dot, and python3 has none


class _Handmade(QgsProcessingAlgorithm):
    """What the algorithms written by hand share."""

    NAME, SIGN = "", ""

    def createInstance(self) -> _Handmade:
        """Fresh algorithm for a run."""
        return type(self)()

    def name(self) -> str:
        """Stable name."""
        return self.NAME

    def groupId(self) -> str:
        """Stable name of the group."""
        return GROUP

    def group(self) -> str:
        """Group in words."""
        return say("Installation and studies")

    def icon(self) -> QIcon:
        """Sign of what it does."""
        return QIcon(str(texts.HERE / "icons" / f"{self.SIGN}.svg"))

    def displayName(self) -> str:
        """Title in the reader's language."""
        return self._title(say)

    def shortDescription(self) -> str:
        """One line for lists."""
        return self.displayName()

    def tags(self) -> list[str]:
        """Words under which the algorithm is found, in both languages."""
        said = " ".join(self._title(texts.translator(lang)) for lang in ("en", "es"))
        return sorted({word.lower() for word in f"{self.NAME.replace('_', ' ')} {said}".split()})

    def shortHelpString(self) -> str:
        """Help with every parameter."""
        parts = {p.name(): p.help() for p in self.parameterDefinitions()}
        return str(QgsProcessingUtils.formatHelpMapAsHtml({**parts, "ALG_DESC": self._about()}, self))

    def _add(self, parameter: Any, text: str, *, advanced: bool = False) -> None:
        parameter.setHelp(text)
        if advanced:
            parameter.setFlags(parameter.flags() | parameters.ADVANCED)
        self.addParameter(parameter)

    def _title(self, say: Callable[[str], str]) -> str:
        raise NotImplementedError

    def _about(self) -> str:
        raise NotImplementedError


class CheckInstallation(_Handmade):
    """Report on every interpreter that could compute."""

    NAME, SIGN = "check_installation", "check"

    def _title(self, say: Callable[[str], str]) -> str:
        return say("Check installation")

    def _about(self) -> str:
        return say(
            "Looks at every Python that could compute: the one named in the settings, the plugin's own environment, "
            "the one of QGIS. Says what each has, what is missing, and the cure. It changes nothing and works whatever "
            "is missing; the text can be copied into a message."
        )

    def initAlgorithm(self, configuration: Any = None) -> None:  # noqa: ARG002 - QGIS calls it with these
        """Parameters and outputs."""
        page = QgsProcessingParameterFileDestination("HTML", say("Report"), _PAGES, None, True, True)
        self._add(page, say("Page with the report."))
        self.addOutput(QgsProcessingOutputString("TEXT", say("Report as text")))
        self.addOutput(QgsProcessingOutputNumber("READY", say("Whether the tools can compute (1 yes, 0 no)")))

    def processAlgorithm(self, values: Any, context: Any, feedback: Any) -> dict[str, Any]:
        """The check."""
        try:
            found = installation.diagnosed(None, feedback, calls.idle())
        except worker.CancelledError:
            return {}
        told = diagnosis.text(found, say)
        feedback.pushInfo(told)
        results: dict[str, Any] = {"TEXT": told, "READY": int(found.ready)}
        if values.get("HTML") is not None:
            place = self.parameterAsFileOutput(values, "HTML", context)
            try:
                Path(place).write_text(diagnosis.page(found, say, texts.language()), encoding="utf-8")
                results["HTML"] = place
            except OSError as error:
                text = say("{path} cannot be written: {reason}.")
                feedback.pushWarning(text.format(path=place, reason=error.strerror or error))
        return results


class InstallEnvironment(_Handmade):
    """The plugin's own environment."""

    NAME, SIGN = "install_environment", "installation"

    def _title(self, say: Callable[[str], str]) -> str:
        return say("Install the computing environment")

    def _about(self) -> str:
        return say(
            "Makes a Python environment in your user profile, with the packages the tools need (about 1.2 GB). "
            "The Python of QGIS is not touched and no administrator's rights are needed. Packages come from the "
            "network (PyPI), or from a folder of files where there is none. Cancelling or failing leaves nothing "
            "behind; a former environment serves until the new one is complete."
        )

    def initAlgorithm(self, configuration: Any = None) -> None:  # noqa: ARG002 - QGIS calls it with these
        """Parameters and outputs."""
        wheels = QgsProcessingParameterFile("WHEELS", say("Folder of packages"), _FOLDER, "", None, True)
        self._add(
            wheels,
            say(
                "Folder with the packages as .whl files, for machines without a network; they are collected elsewhere "
                "with “pip download -r requirements.txt -r extras.txt”, files that lie in the plugin's folder. Empty: "
                "they are fetched from the network."
            ),
        )
        proxy = QgsProcessingParameterString("PROXY", say("Proxy"), None, False, True)
        text = say(
            "Address of a proxy, http://name:password@server:port. Empty: that of QGIS's network settings."
        )
        self._add(proxy, text)
        base = QgsProcessingParameterFile("BASE", say("Base interpreter"), _FILE, "", None, True, _ANY)
        text = say(
            "Python 3.11 or newer that makes the environment. Empty: that of QGIS, else the newest found."
        )
        self._add(base, text, advanced=True)
        replace = QgsProcessingParameterBoolean("REPLACE", say("Replace a complete environment"), False, True)
        self._add(replace, say("Whether an environment that is complete is made anew."), advanced=True)
        self.addOutput(QgsProcessingOutputString("PYTHON", say("Interpreter of the environment")))

    def processAlgorithm(self, values: Any, context: Any, feedback: Any) -> dict[str, Any]:
        """The making."""

        def word(name: str) -> str:
            return self.parameterAsString(values, name, context) if values.get(name) else ""

        replace = self.parameterAsBool(values, "REPLACE", context)
        wishes = installer.Wishes(word("BASE"), word("WHEELS"), word("PROXY"), replace)
        try:
            program = installation.install(wishes, feedback, calls.idle())
        except worker.CancelledError:
            return {}
        except installer.InstallError as error:
            raise QgsProcessingException(str(error)) from None
        if interpreter.setting():
            text = say(
                "The settings name another interpreter, {program}; empty them to compute with this one."
            )
            feedback.pushWarning(text.format(program=interpreter.setting()))
        return {"PYTHON": program}


class RunStudy(_Handmade):
    """A study file to map, report and layers."""

    NAME, SIGN = "run_study", "study"

    def _title(self, say: Callable[[str], str]) -> str:
        return say("Run a study")

    def _about(self) -> str:
        return say(
            "Computes a whole study from one file (.toml): its layers, tables, map, report and provenance, in one "
            "folder. After an interruption or a change of the file only what is missing is computed again."
        )

    def initAlgorithm(self, configuration: Any = None) -> None:  # noqa: ARG002 - QGIS calls it with these
        """Parameters and outputs."""
        study = QgsProcessingParameterFile("STUDY", say("Study"), _FILE, "toml")
        self._add(study, say("Study file; the paths in it are relative to its folder."))
        again = QgsProcessingParameterBoolean("OVERWRITE", say("Go on with an earlier run"), True, True)
        text = say("Whether the folder of an earlier run is brought up to date; your own files in it stay.")
        self._add(again, text, advanced=True)
        folder = QgsProcessingParameterFolderDestination("OUTPUT", say("Folder of results"))
        self._add(folder, say("Folder for the results; it appears whole or not at all."))
        self.addOutput(QgsProcessingOutputHtml("MAP", say("Map")))
        self.addOutput(QgsProcessingOutputHtml("REPORT", say("Report")))
        self.addOutput(QgsProcessingOutputFile("LAYERS", say("Layers")))
        self.addOutput(QgsProcessingOutputFile("PROJECT", say("QGIS project")))

    def processAlgorithm(self, values: Any, context: Any, feedback: Any) -> dict[str, Any]:
        """The run."""
        study = Path(self.parameterAsFile(values, "STUDY", context)).absolute()
        folder = Path(self.parameterAsFileOutput(values, "OUTPUT", context)).absolute()
        words = ["study", "run", str(study), "--output", str(folder)]
        if self.parameterAsBool(values, "OVERWRITE", context):
            words.append("--overwrite")
        python = calls.python(feedback)
        with run_folder() as place:
            answer = None if python is None else calls.answer(python, words, feedback, place)
        if answer is None:
            return {}
        made = {name.upper(): str(Path(path).absolute()) for name, path in answer["outputs"].items()}
        return {
            "OUTPUT": str(folder),
            **{n: made[n] for n in ("MAP", "REPORT", "LAYERS", "PROJECT") if n in made},
        }


ALGORITHMS = (CheckInstallation, InstallEnvironment, RunStudy)
