"""What of QGIS's environment reaches a child process, and how its Python is started; there is no QGIS here.

Only what is listed passes: a variable that nobody thought of cannot load a library, name a driver or open a server.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

# Every child: where the person's folders are, where temporary files go, language and clock, where programs are.
PERSON = (
    "HOME",
    "USER",
    "LOGNAME",
    "USERPROFILE",
    "USERNAME",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "LOCALAPPDATA",
)
FOLDERS = (
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "TMPDIR",
    "TEMP",
    "TMP",
    "PATH",
)
SPEECH = ("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LC_NUMERIC", "LC_TIME", "TZ")
# Without these no program of Windows starts, or none finds a browser for the PDF.
WINDOWS = (
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "PROGRAMW6432",
    "PROCESSOR_ARCHITECTURE",
)
# How much of the machine a calculation may take.
SHARE = (
    "NUMBER_OF_PROCESSORS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMBA_CACHE_DIR",
)
# The package's own, and those of PostgreSQL's client: addresses of databases hold no passwords.
FAMILIES = ("GEOTERRITORIO_", "PG")
# Only a child that fetches packages: the way out, and what a person or a company tells pip.
FETCHING = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
FETCHING_FAMILY = "PIP_"
# Only QGIS's own interpreter, which finds its libraries by what QGIS's launchers set.
OF_QGIS = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONEXECUTABLE",
    "PYTHONPLATLIBDIR",
    "__PYVENV_LAUNCHER__",
    "GDAL_DATA",
    "GDAL_DRIVER_PATH",
    "PROJ_LIB",
    "PROJ_DATA",
    "GEOTIFF_CSV",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FRAMEWORK_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "QGIS_PREFIX_PATH",
    "OSGEO4W_ROOT",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CONDA_PREFIX",
    "VIRTUAL_ENV",
)
# Said to every child: nothing is imported or started from the folder it happens to stand in.
SAID = {
    "PYTHONUTF8": "1",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONUNBUFFERED": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONSAFEPATH": "1",
    "NODEFAULTCURRENTDIRECTORYINEXEPATH": "1",
    "PROJ_NETWORK": "OFF",
    "GEOTERRITORIO_PARENT": "1",
}


def environment(
    given: Mapping[str, str],
    program: str,
    *,
    own: bool,
    fetching: bool = False,
    windows: bool = os.name == "nt",
) -> dict[str, str]:
    """
    Variables of a child.

    Parameters
    ----------
    given
        Those of QGIS.
    program
        Interpreter of the child.
    own
        Whether it is QGIS's own, which needs what QGIS's launchers set.
    fetching
        Whether it fetches packages.
    windows
        Whether variables are those of Windows, which knows no small letters in names.

    Returns
    -------
    environment
        Those of the lists above that are there, and those said to every child.
    """
    found = {name: value for name, value in given.items() if _passes(name, own=own, fetching=fetching)}
    if windows and not own:  # the folders of QGIS's libraries come first on its PATH
        root = next((value for name, value in given.items() if name.upper() == "SYSTEMROOT"), r"C:\Windows")
        found["PATH"] = ";".join([str(Path(program).parent), rf"{root}\System32", root])
    for name in ("PATH", "PYTHONPATH"):
        if name in found:
            found[name] = _absolute(found[name], ";" if windows else ":")
    return {name: value for name, value in {**found, **SAID}.items() if value}


def _passes(name: str, *, own: bool, fetching: bool) -> bool:
    """Whether a variable is on a list that concerns the child."""
    name = name.upper()
    listed = {
        *PERSON,
        *FOLDERS,
        *SPEECH,
        *WINDOWS,
        *SHARE,
        *(OF_QGIS if own else ()),
        *(FETCHING if fetching else ()),
    }
    families = (*FAMILIES, FETCHING_FAMILY) if fetching else FAMILIES
    return name in listed or name.startswith(families)


def _absolute(folders: str, mark: str) -> str:
    """Folders of a list that stand for the same place wherever a program is started."""
    named = folders.split(mark)
    return mark.join(folder for folder in named if folder.startswith(("/", "\\")) or folder[1:2] == ":")


def flags(environment: Mapping[str, str]) -> list[str]:
    """
    Options of a child's Python: apart from everything, or from all but what QGIS's own cannot do without.

    Parameters
    ----------
    environment
        Its variables.

    Returns
    -------
    flags
        ``-I`` leaves out variables, the person's packages and the folder it stands in; ``-s`` the person's packages.
    """
    needs = environment.get("PYTHONHOME") or environment.get("PYTHONPATH")
    return ["-s" if needs else "-I", "-X", "utf8", "-u"]
