"""What a list of codes means by a typed text, and lists whose entries are read whole."""

from __future__ import annotations

import unicodedata
from typing import Any

from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtWidgets import QStyledItemDelegate, QTreeWidget

_TALL = 10_000


def plain(text: str) -> str:
    """Text without accents and capitals."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def meant(text: str, codes: list[str], entries: list[str]) -> int:
    """
    Place of the entry that a typed text means.

    Parameters
    ----------
    text
        What was typed; nothing means the first entry, which is all.
    codes, entries
        Codes, and the texts in which they stand before their names.

    Returns
    -------
    place
        Of the entry that is the text or has it as its code, else of the first that begins with it, else of the first
        that holds it; accents and capitals do not matter. -1 where there is none.
    """
    wanted, told = plain(text), [plain(entry) for entry in entries]
    if not wanted:
        return 0
    same = (i for i, entry in enumerate(told) if wanted in (entry, plain(codes[i])))
    beginning = (i for i, entry in enumerate(told) if entry.startswith(wanted))
    holding = (i for i, entry in enumerate(told) if wanted in entry)
    return next((i for found in (same, beginning, holding) for i in found), -1)


class Wrapping(QStyledItemDelegate):
    """Entries of a tree on as many lines as they need."""

    def __init__(self, tree: QTreeWidget) -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(self, option: Any, index: Any) -> QSize:
        """Height of the wrapped text in the width that its depth leaves."""
        depth, above = 1, index.parent()
        while above.isValid():
            depth, above = depth + 1, above.parent()
        sign = 0 if index.data(Qt.ItemDataRole.DecorationRole) is None else 22
        wide = max(self._tree.viewport().width() - depth * self._tree.indentation() - sign - 10, 60)
        flags = int(Qt.TextFlag.TextWordWrap)
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        box = option.fontMetrics.boundingRect(0, 0, wide, _TALL, flags, text)
        return QSize(wide, max(box.height() + 4, 20))
