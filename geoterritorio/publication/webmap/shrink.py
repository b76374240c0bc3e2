"""How do our own scripts become small without becoming others?

Variables of a script get names of a letter or two; nothing else changes. Every occurrence of a name that stands for a
variable is renamed alike throughout the script, whatever its scope, so that no two variables can come to share one. A
name that is both a variable and a property in one place (``{ name }``) stays as it is, and so does what a script does
not declare, or declares within a function while browsers have a global of that name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, count

from geoterritorio.errors import LayerError, message

_WORD = r"[A-Za-z_$][\w$]*"
_TOKEN = re.compile(
    rf"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<word>{_WORD})|(?P<number>\d[\w.]*|\.\d+)"""
    r"""|(?P<sign>\?\.(?!\d)|\.\.\.|=>|[^"'`])""",
    re.DOTALL,
)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[])+/\w*")
_TEMPLATE = re.compile(r"[`}](?:\\.|\$(?!\{)|[^`\\$])*(?:`|\$\{)", re.DOTALL)
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_KEYWORDS = frozenset(
    [
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "export",
        "extends",
        "finally",
        "for",
        "function",
        "get",
        "if",
        "import",
        "in",
        "instanceof",
        "let",
        "new",
        "of",
        "return",
        "set",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "try",
        "typeof",
        "undefined",
        "var",
        "void",
        "while",
        "with",
        "yield",
        "null",
        "true",
        "false",
        "NaN",
        "Infinity",
        "arguments",
        "eval",
    ]
)
# globals of browsers that are likely names of variables
_GLOBALS = frozenset(
    [
        "alert",
        "blur",
        "close",
        "closed",
        "confirm",
        "crypto",
        "document",
        "event",
        "external",
        "find",
        "focus",
        "frames",
        "history",
        "length",
        "location",
        "menubar",
        "name",
        "navigator",
        "open",
        "opener",
        "origin",
        "parent",
        "performance",
        "print",
        "prompt",
        "screen",
        "scroll",
        "self",
        "status",
        "stop",
        "top",
        "window",
    ]
)
# a script of its own stands inside `((GT) => {`
_OUTERMOST = 2
# a slash after these begins a pattern, after all others it divides
_BEFORE_PATTERN = frozenset(["(", ",", "=", ":", "[", "!", "&", "|", "?", "{", "}", ";", "=>", "return"])


def shrunk(script: str) -> str:
    """
    A script with short names of its variables.

    Parameters
    ----------
    script
        Source without comments, that ends its statements with semicolons.

    Returns
    -------
    script
        The same program.

    Examples
    --------
    >>> shrunk("const long=1;const {kept}=there;f({long:long+kept.long});")
    'const a=1;const {kept}=there;f({long:a+kept.long});'
    """
    tokens = list(_tokens(script))
    roles = _roles(tokens)
    names = declared(script)
    taken = {word for kind, word in tokens if kind == "word"}
    uses = Counter(word for (kind, word), role in zip(tokens, roles, strict=True) if role == "variable")
    fresh = (name for name in _names() if name not in taken and name not in _KEYWORDS)
    order = sorted(names, key=lambda n: (-uses[n] * (len(n) - 1), n))
    short = {name: next(fresh) for name in order if len(name) > 1}
    short = {name: new for name, new in short.items() if len(new) < len(name)}
    return "".join(
        short.get(word, word) if role == "variable" else word
        for (_, word), role in zip(tokens, roles, strict=True)
    )


def declared(script: str) -> set[str]:
    """Variables that the script declares, and that may have other names."""
    tokens = [token for token in _tokens(script) if not token[1].isspace()]
    roles, words = _roles(tokens), [word for _, word in tokens]
    both = {word for word, role in zip(words, roles, strict=True) if role == "both"}
    depth = list(accumulate((word in _OPENING) - (word in _CLOSING) for word in words))
    places = [i for i in _declarations(words) if roles[i] == "variable"]
    outermost = {words[i] for i in places if depth[i] <= _OUTERMOST}
    return (outermost | ({words[i] for i in places} - _GLOBALS)) - both


def _names() -> Iterator[str]:
    for size in count(1):
        for k in range(len(_LETTERS) ** size):
            yield "".join(_LETTERS[k // len(_LETTERS) ** place % len(_LETTERS)] for place in range(size))


def _tokens(script: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each token; a template is text with the tokens of its expressions between."""
    at, before, depth = 0, "", [0]
    while at < len(script):
        found = _token(script, at, before, inside=len(depth) > 1 and depth[-1] == 0)
        kind, text = str(found.lastgroup or "text"), found[0]
        if text[0] == "}" and kind == "text":
            depth.pop()
        if text.endswith("${") and kind == "text":
            depth.append(0)
        depth[-1] += (text == "{") - (text == "}" and kind == "sign")
        yield kind, text
        at += len(text)
        before = before if text.isspace() else text


def _token(script: str, at: int, before: str, *, inside: bool) -> re.Match[str]:
    """Token at a place; `inside` whether a brace ends an expression of a template."""
    letter = script[at]
    found = None
    if letter == "`" or (letter == "}" and inside):
        found = _TEMPLATE.match(script, at)
    elif letter == "/" and before in _BEFORE_PATTERN:
        found = _REGEX.match(script, at)
    found = found or _TOKEN.match(script, at)
    if found is None:
        raise LayerError(message("The script cannot be read from its character {at}.", at=at))
    return found


def _roles(tokens: Sequence[tuple[str, str]]) -> list[str]:
    """Of each word whether it is a variable, a property or both; empty for all else."""
    solid = [i for i, (_, text) in enumerate(tokens) if not text.isspace()]
    roles, open_ = [""] * len(tokens), []
    words = [tokens[i][1] for i in solid]
    close = _partners(words)
    for k, i in enumerate(solid):
        kind, word = tokens[i]
        if kind == "sign" and word in _OPENING:
            open_.append(word)
        elif kind == "sign" and word in _CLOSING:
            open_.pop()
        elif kind == "text" and (word.startswith(("`", "}")) or word.endswith("${")):
            # an expression inside a template is no object, whatever is around it
            open_ = [*open_[: len(open_) - word.startswith("}")], *(["${"] if word.endswith("${") else [])]
        elif kind == "word" and word not in _KEYWORDS:
            before = words[k - 1] if k else ""
            roles[i] = _role(
                before, words[k + 1 : k + 2], inside=open_[-1:] == ["{"], method=_method(words, close, k)
            )
    return roles


def _role(before: str, after: Sequence[str], *, inside: bool, method: bool) -> str:
    if before in (".", "?."):
        return "property"
    if inside and (method or (before in ("{", ",") and after == [":"])):
        return "property"
    return "both" if inside and before in ("{", ",") and after and after[0] in ",}=" else "variable"


def _method(words: Sequence[str], close: dict[int, int], k: int) -> bool:
    """Whether a word is the name of a method in an object."""
    named = k > 0 and words[k - 1] in ("{", ",", "get", "set", "async")
    return (
        named
        and k + 1 in close
        and words[k + 1] == "("
        and words[close[k + 1] + 1 : close[k + 1] + 2] == ["{"]
    )


def _partners(words: Sequence[str]) -> dict[int, int]:
    """Closing bracket of each opening one."""
    stack, found = [], {}
    for k, word in enumerate(words):
        if word in _OPENING:
            stack.append(k)
        elif word in _CLOSING:
            found[stack.pop()] = k
    return found


def _declarations(words: Sequence[str]) -> Iterator[int]:
    """Places where a name is declared: by a keyword, in a list, as a parameter."""
    close = _partners(words)
    opening = {end: start for start, end in close.items()}
    lists = []
    for k, word in enumerate(words[:-1]):
        if word in ("const", "let", "function"):
            yield k + 1
            lists += [k + 1] if words[k + 1] == "[" else []
            lists += [j for j in (k + 1, k + 2) if word == "function" and words[j] == "("]
        if words[k + 1] == "=>":
            yield k
            lists += [opening[k]] if word == ")" else []
    for start in lists:
        yield from (k for k in range(start + 1, close[start]) if words[k - 1] in ("(", "[", ",", "..."))
