"""
Pictures of the planner's tutorial: run by QGIS itself (`scripts/picture-qgis`), as the tutorial's reader goes.

Panel with the sample project, dialog of location quotients, and their result for one territory.
"""

import os
import sys
import traceback
from pathlib import Path

from qgis.core import QgsProject, QgsSettings
from qgis.PyQt.QtCore import QEventLoop, Qt, QTimer
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QToolBar
from qgis.utils import iface

ROOT = Path(os.environ["PICTURE_ROOT"])
LANGUAGE = os.environ["PICTURE_LANGUAGE"]
TOOL, MARKET = "location_quotient", "MINV10"
BARS = ("mFileToolBar", "mMapNavToolBar", "mPluginToolBar")


def wait(seconds):
    """Let QGIS work on."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec_()


def save(name, window):
    """A window as it stands."""
    wait(1)
    window.grab().save(str(ROOT / "docs" / "tutorials" / f"planner_{name}_{LANGUAGE}.png"))


def prepared():
    """The panel, in a window without what the tutorial does not speak of."""
    sys.path.insert(0, str(ROOT / "qgis_plugin"))
    QgsSettings().setValue("geoterritorio/python", os.environ["PICTURE_PYTHON"])
    import geoterritorio_qgis

    plugin = geoterritorio_qgis.classFactory(iface)
    plugin.initGui()
    window = iface.mainWindow()
    window.showNormal()
    window.resize(1360, 820)
    docks = {dock.objectName(): dock for dock in window.findChildren(QDockWidget)}
    for name, dock in docks.items():
        dock.setVisible(name in {"Layers", plugin.panel.objectName()})
    for bar in window.findChildren(QToolBar):
        bar.setVisible(bar.objectName() in BARS)
    iface.addProject(os.environ["PICTURE_PROJECT"])
    wait(10)
    window.resizeDocks([docks["Layers"], plugin.panel], [270, 390], Qt.Horizontal)
    wait(5)
    iface.messageBar().clearWidgets()
    return plugin.panel


def made():
    """Results that the tool has given in this window, by what they are."""
    layers = QgsProject.instance().mapLayers().values()
    own = [x for x in layers if x.customProperty("geoterritorio/made") not in {"0", "1"}]
    return {
        x.customProperty("geoterritorio/kind"): x
        for x in own
        if x.customProperty("geoterritorio/tool") == TOOL
    }


def main():
    """The three pictures."""
    panel, window = prepared(), iface.mainWindow()
    step = panel._tree.topLevelItem(2)
    step.setExpanded(True)
    save("panel", window)
    markets = [
        x for x in QgsProject.instance().mapLayers().values() if x.source().endswith("=labour_markets")
    ]
    panel._layers["territories"].setLayer(markets[0])
    wait(3)
    items = [step.child(i) for i in range(step.childCount())]
    panel._activated(next(item for item in items if item.data(0, Qt.UserRole) == TOOL))
    wait(4)
    dialog = next(iter(panel._dialogs.values()))
    dialog.resize(900, 640)
    save("dialog", dialog)
    dialog.runButton().click()
    while len(made()) < 2:  # areas and quotients
        wait(2)
    wait(4)
    dialog.close()
    panel._territory.setCurrentIndex(panel._territory.findData(MARKET))
    panel._tabs.setCurrentWidget(panel._outcome)
    wait(2)
    shown = panel._outcome._layer
    shown.setCurrentIndex(shown.findText(made()["quotients"].name()))
    iface.messageBar().clearWidgets()
    wait(6)
    save("result", window)


def run():
    """All of it; QGIS ends with its result."""
    code = 0
    try:
        main()
    except Exception:  # noqa: BLE001 - QGIS must end, whatever it was
        traceback.print_exc()
        code = 1
    QApplication.processEvents()
    os._exit(code)


QTimer.singleShot(4000, run)
