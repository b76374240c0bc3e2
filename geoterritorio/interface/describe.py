"""Generation of ``tools.json`` and ``styles.json``: every tool and every look, described once for all faces."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from typing import Any

from geoterritorio import registry
from geoterritorio.publication.qgis import styles

ROOMS = (
    "layers",
    "delimitation",
    "concentration",
    "patterns",
    "proximity",
    "identification",
    "assessment",
    "publication",
)


def load_tools() -> None:
    """Import the ``tools`` of every room that has some, the plots and the forms; importing files them."""
    for room in ROOMS:
        name = f"geoterritorio.{room}.tools"
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
    for name in ("plots", "evidence_template"):
        importlib.import_module(f"geoterritorio.publication.{name}")


def generated() -> str:
    """Text of ``tools.json`` as the registry would write it now."""
    load_tools()
    order = {room: i for i, room in enumerate(ROOMS)}
    tools: list[dict[str, Any]] = [registry.describe(name) for name in registry.TOOLS]
    tools.sort(key=lambda t: (order[t["group"]], t["name"]))
    forms = [registry.describe(name) for name in sorted(registry.FORMS)]
    return json.dumps({"format": 1, "tools": tools, "forms": forms}, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write ``tools.json``, then ``styles.json``, which needs it."""
    registry.DESCRIPTIONS.write_text(generated(), encoding="utf-8")
    styles.STYLES.write_text(styles.generated(), encoding="utf-8")
    sys.stdout.write(f"{registry.DESCRIPTIONS}\n{styles.STYLES}\n")


if __name__ == "__main__":
    main()
