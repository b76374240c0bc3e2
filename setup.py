"""What ``setup.cfg`` cannot say: the description for package indices, made of ``README.md`` by the build."""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import setup

_HERE = Path(__file__).parent
_PICTURE = re.compile(r'<img\b[^>]*\balt="([^"]*)"[^>]*>|!\[([^\]]*)\]\([^)]*\)')
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|mailto:|#)([^)\s]+)\)")
_FIRST = "The commands below are run in the unpacked source distribution; file names here are those in it."


def description(readme: str) -> str:
    """
    A readme for pages beside which its files do not lie.

    Parameters
    ----------
    readme
        Markdown with pictures and links relative to the sources.

    Returns
    -------
    description
        The same with the words of the pictures in place of them, and names of files in place of links to them.
    """
    words = _PICTURE.sub(lambda found: found[1] or found[2] or "", readme)
    named = _LINK.sub(
        lambda found: found[1] if found[1] == f"`{found[2]}`" else f"{found[1]} (`{found[2]}`)", words
    )
    title, _, rest = named.partition("\n")
    return f"{title}\n\n{_FIRST}\n{rest}"


if __name__ == "__main__":
    setup(long_description=description((_HERE / "README.md").read_text(encoding="utf-8")))
