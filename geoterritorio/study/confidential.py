"""What a study file says of confidentiality."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.publication.disclosure.rules import DisclosureRules, require_rules
from geoterritorio.publication.webmap.texts import Words
from geoterritorio.registry import descriptions
from geoterritorio.study.checks import by_language

if TYPE_CHECKING:  # config imports this module
    from geoterritorio.study.config import Step

# What a study does with tables that it publishes: it withholds. Rounded tables are made by the tool.
_LEFT_OUT = frozenset(("rounding", "rounded", "zeros"))
_POINTS = frozenset(("firms", "register", "links", "costs"))
_SINGLE = frozenset(
    (
        "firms",
        "register",
        "doubtful_firms",
        "clumped_firms",
        "linked_actors",
        "actor_ties",
        "actor_brokers",
        "actor_roles",
        "top_brokers",
    )
)
GRID = "grid"
_KEYS = ("published", "indices", "verdicts", "points", "cell")
_WORDS = ("off", "publish_exact_points")
# When indices of a territory or sector are told: if no cell of it is withheld, or if more are than could be solved for.
INDICES = WHOLE_LINES, COUNTED = ("whole", "counted")
# Words that follow from withheld figures, as main industries: not told, or told.
VERDICTS = WITHOUT, TOLD = ("withheld", "told")
# A grid of single houses shows them.
_FINEST = 100
# A reason is more than a word.
_FEWEST_WORDS = 3


@dataclass(frozen=True)
class Confidential:
    """
    Disclosure control of a study.

    Attributes
    ----------
    rules
        What is confidential.
    off
        Why nothing is withheld; empty where the rules apply.
    exact_points
        Why single establishments may be shown; empty where they may not.
    published
        Layers of counts, or of flows, that others have published already.
    points
        How registers that the map is to show are shown where no words allow exact points: not at all, or as a grid.
    cell
        Side of the finest cells of the grid, metres.
    indices
        Whether indices of a territory or sector are told only if no cell of it is withheld (whole), or also if more
        cells of it are withheld than figures are told (counted).
    verdicts
        Whether words that follow from withheld figures are told.
    """

    rules: DisclosureRules = field(default_factory=DisclosureRules)
    off: Words = ""
    exact_points: Words = ""
    published: frozenset[str] = frozenset()
    indices: str = WHOLE_LINES
    points: str = ""
    cell: float = 1000.0
    verdicts: str = WITHOUT

    @property
    def why_shown(self) -> Words:
        """Why single establishments may be shown, in the study's words; empty where they may not."""
        return self.exact_points or self.off

    @property
    def gridded(self) -> bool:
        """Whether registers are shown as cells of a grid."""
        return self.points == GRID


def read_confidential(table: Any, layers: Collection[str]) -> tuple[Confidential, list[Message]]:
    """
    Disclosure control as a study file asks for it, and what is wrong with that.

    Parameters
    ----------
    table
        The section [disclosure].
    layers
        Names of the study's layers.

    Returns
    -------
    confidential, problems
        What holds; what must be mended.
    """
    if not isinstance(table, dict):
        return Confidential(), [message("{key}: must be a table.", key="disclosure")]
    default = asdict(DisclosureRules())
    kinds = {key: type(value) for key, value in default.items() if key not in _LEFT_OUT}
    problems = [*_unknown(table, [*kinds, *_WORDS, *_KEYS])]
    given: dict[str, Any] = {}
    for key, kind in kinds.items():
        value = table.get(key, default[key])
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float) if kind is float else int)
            or value < 0
        ):
            problems.append(message("{key}: must be a number of at least 0.", key=f"disclosure.{key}"))
        else:
            given[key] = kind(value)
    words = {key: _reason(table, key, problems) for key in _WORDS}
    published = table.get("published", [])
    if not isinstance(published, list) or not set(map(str, published)) <= set(layers):
        problems.append(message("{key}: must be a list of layers of this study.", key="disclosure.published"))
        published = []
    indices = table.get("indices", WHOLE_LINES)
    if indices not in INDICES:
        problems.append(
            message("{key}: must be one of: {names}.", key="disclosure.indices", names=", ".join(INDICES))
        )
    verdicts = table.get("verdicts", WITHOUT)
    if verdicts not in VERDICTS:
        problems.append(
            message("{key}: must be one of: {names}.", key="disclosure.verdicts", names=", ".join(VERDICTS))
        )
    points, cell = table.get("points", ""), table.get("cell", Confidential.cell)
    if points not in ("", GRID):
        problems.append(message("{key}: must be one of: {names}.", key="disclosure.points", names=GRID))
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not cell >= _FINEST:
        problems.append(
            message("{key}: must be a number of at least {least}.", key="disclosure.cell", least=_FINEST)
        )
        cell = Confidential.cell
    rules = DisclosureRules(**given)
    try:
        require_rules(rules, name="disclosure.")
    except LayerError as error:
        problems += error.problems
    found = Confidential(
        rules,
        words["off"],
        words["publish_exact_points"],
        frozenset(map(str, published)),
        str(indices),
        str(points),
        float(cell),
        str(verdicts),
    )
    return found, problems


def confidential_of(told: Mapping[str, Any]) -> Confidential:
    """
    Disclosure control as a finished study has written it down.

    Parameters
    ----------
    told
        Fields by name.

    Returns
    -------
    confidential
        The same as when the study was run.
    """
    parts = {"rules": DisclosureRules(**told["rules"]), "published": frozenset(told["published"])}
    return Confidential(**{**told, **parts})


def _unknown(table: Mapping[str, Any], known: list[str]) -> Iterable[Message]:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            yield message(
                "{key}: unknown key.{hint} Known here: {names}.",
                key=f"disclosure.{key}",
                hint=message(" Did you mean “{near}”?", near=near[0]) if near else "",
                names=", ".join(known),
            )


def _reason(table: Mapping[str, Any], key: str, problems: list[Message]) -> Words:
    """Reason in words, one for all languages or one by language; true or a single word is none."""
    value = table.get(key, "")
    told = list(value.values()) if by_language(value) else [value]
    if not all(isinstance(text, str) and (key not in table or _worded(text)) for text in told):
        problems.append(
            message(
                "{key}: must say why, in a sentence that may be published with the study, or be left out.",
                key=f"disclosure.{key}",
            )
        )
        return ""
    return value.strip() if isinstance(value, str) else {lang: text.strip() for lang, text in value.items()}


def _worded(text: str) -> bool:
    return len(text.split()) >= _FEWEST_WORDS


def unworded(
    asked: Confidential, layers: Mapping[str, Any], steps: Iterable[Step], shown: Collection[str]
) -> list[Message]:
    """
    Refusal of exact points for which the study file has no words.

    Parameters
    ----------
    asked
        What the study says of confidentiality.
    layers
        Its layers as they are described.
    steps
        Its steps.
    shown
        Layers and results of establishments that it wants to show.

    Returns
    -------
    problems
        One, if there are such points and no reason.
    """
    if asked.why_shown:
        return []
    single = {n for n, t in layers.items() if isinstance(t, dict) and str(t.get("kind")) in _POINTS}
    for step in steps:
        outputs = descriptions()[step.tool]["outputs"]
        single |= {f"{step.name}.{o['name']}" for o in outputs if o.get("kind") in _SINGLE}
    exact = sorted(single & set(shown))
    if not exact:
        return []
    return [
        message(
            "{names}: shows single establishments. Leave it out of “show”, or say in words why they may be published: "
            '[disclosure] publish_exact_points = "…". A register on the map can be a grid: points = "grid".',
            names=", ".join(exact),
        )
    ]
