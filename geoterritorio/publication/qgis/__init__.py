"""What do people open in QGIS?

`styles` says how each kind of layer is drawn and headed, in `styles.json` for those who cannot import this
package; `qml` turns that into a style of QGIS.
"""
