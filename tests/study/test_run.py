"""A study from file to folder: what it makes, that hostile names stay text, that nothing is half written."""

import html.parser
import json
import os
import re
from importlib import metadata
from types import SimpleNamespace
from urllib.parse import unquote

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

import geoterritorio
from geoterritorio.errors import GeoterritorioWarning, LayerError, StudyError, message
from geoterritorio.i18n import LANGUAGES
from geoterritorio.layers.store import read_metadata, write_layers
from geoterritorio.registry import descriptions
from geoterritorio.study import pictures, provenance, results, run_study
from geoterritorio.study.store import sha256

STUDY = """
[study]
title = {{ en = {title}, es = {title} }}
sources = [{title}]

[layers.areas]
kind = "territories"
path = "areas.gpkg"

[layers.register]
kind = "firms"
path = "firms.gpkg"

[steps.lq]
tool = "location_quotient"
territories = "areas"
firms = "register"
"""
HOSTILE = (
    "<script>window.pwned = 1</script>",
    "{{ 7*7 }}",
    "{% for x %}",
    "{# remark #}",
    "`${7*7}`",
    "</script><script>window.pwned = 2</script>",
    '"><img src=x onerror="window.pwned = 3">',
    "{{ cycler.__init__.__globals__.os.getpid() }}",
)


def study(folder, territories, firms, title="Three sectors"):
    write_layers({str(folder / "areas.gpkg"): territories, str(folder / "firms.gpkg"): firms})
    path = folder / "study.toml"
    path.write_text(STUDY.format(title=json.dumps(title)), encoding="utf-8")
    return path


def test_everything_is_made_and_accounted_for(tmp_path, territories, firms):
    made = run_study(study(tmp_path, territories, firms), tmp_path / "out")
    assert {"map", "report", "layers", "tables", "plots", "project", "profiles", "log", "provenance"} == set(
        made
    )
    assert all(path.exists() for path in made.values())
    account = json.loads(made["provenance"].read_text(encoding="utf-8"))
    inside = json.loads((made["log"] / "provenance.json").read_text(encoding="utf-8"))
    assert inside["inputs"]["register"]["sha256"] == sha256(tmp_path / account["inputs"]["register"]["file"])
    assert account["inputs"]["register"]["sha256"] is None
    assert account["steps"][0]["settings"]["level"] == 0.95
    assert set(account["products"]) >= {
        "map.html",
        "report.html",
        "report.es.html",
        "study.gpkg",
        "project.qgz",
        "project.gpkg",
    }
    assert {"areas", "register", "lq_areas"} <= set(pyogrio.list_layers(made["layers"])[:, 0])
    table = pd.read_csv(made["tables"] / "lq_quotients.csv", dtype={"sector": str})
    assert table["employment"].sum() == pytest.approx(firms["employment"].sum())


def test_plots_are_drawn_in_the_language_of_the_study_and_accounted_for(tmp_path, territories, firms):
    file = study(tmp_path, territories, firms)
    drawn = {}
    for lang in LANGUAGES:
        text = file.read_text(encoding="utf-8").replace("[study]", f'[study]\nlang = "{lang}"')
        (tmp_path / f"{lang}.toml").write_text(text, encoding="utf-8")
        made = run_study(tmp_path / f"{lang}.toml", tmp_path / lang)
        names = [plot["name"] for plot in descriptions()["location_quotient"]["plots"]]
        assert sorted(p.name for p in made["plots"].iterdir()) == sorted(f"lq.{n}.png" for n in names)
        account = json.loads(made["provenance"].read_text(encoding="utf-8"))
        assert {f"plots/lq.{n}.png" for n in names} <= set(account["products"])
        drawn[lang] = (made["plots"] / "lq.bubbles.png").read_bytes()
        # Three figures of every chapter, and the bubbles.
        assert made["report"].read_text(encoding="utf-8").count("<img ") == 4
    assert drawn["en"] != drawn["es"]


def test_plots_that_cannot_be_drawn_are_left_out(monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise LayerError(
            message("plot: the change has one step only. Use the dynamic method with more periods.")
        )

    told = {"module": "tests", "title": "T"}
    plots = [{**told, "name": "refused"}, {**told, "name": "drawn"}]
    functions = SimpleNamespace(refused=refused, drawn=lambda outputs, lang: (outputs, lang))
    monkeypatch.setattr(pictures, "descriptions", lambda: {"a_tool": {"plots": plots}})
    monkeypatch.setattr(pictures, "import_module", lambda _: functions)
    result = SimpleNamespace(
        step=SimpleNamespace(name="a", tool="a_tool"), outputs={"output": 1}, unpublished=frozenset()
    )
    found = pictures.draw([result], "es")
    assert {step: list(plots) for step, plots in found.items()} == {"a": ["drawn"]}
    assert found["a"]["drawn"].figure == ({"output": 1}, "es")


def test_layers_say_what_they_are(tmp_path, territories, firms):
    file = study(tmp_path, territories, firms)
    made = run_study(file, tmp_path / "out")
    given, found = (read_metadata(f"{made['layers']}|{name}") for name in ("areas", "lq_areas"))
    assert (given.title, given.kind, given.source) == ("areas", "territories", "Three sectors")
    assert (found.title, found.kind, found.source) == ("lq (areas)", "quotient_areas", "Three sectors")


def test_long_tables_are_parquet(tmp_path, territories, firms, monkeypatch):
    monkeypatch.setattr(results, "_MOST_TEXT", 1)
    made = run_study(study(tmp_path, territories, firms), tmp_path / "out")
    [file] = made["tables"].iterdir()
    assert file.name == "lq_quotients.parquet"
    assert {"territory", "sector", "lq"} <= set(pd.read_parquet(file).columns)
    told = json.loads((tmp_path / "out" / "provenance.json").read_text(encoding="utf-8"))
    assert "tables/lq_quotients.parquet" in json.dumps(told)


def test_progress_rises_to_one(tmp_path, territories, firms):
    told = []
    run_study(study(tmp_path, territories, firms), tmp_path / "out", progress=lambda f, _t="": told.append(f))
    assert told == sorted(told)
    assert told[-1] == 1


class Text(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_data(self, data):
        self.text += data


def test_hostile_names_are_text_everywhere(tmp_path, territories, firms):
    named = territories.assign(name=[HOSTILE[i] for i in range(6)])
    codes = dict(zip(sorted(firms["sector"].unique()), HOSTILE[5:], strict=True))
    hostile = firms.assign(
        sector_name=firms["sector"].map(codes), firm=[f"{HOSTILE[i % 8]} {i}" for i in range(300)]
    )
    made = run_study(study(tmp_path, named, hostile, title=HOSTILE[7]), tmp_path / "out")
    for name in ("report.html", "report.es.html"):
        page = Text()
        page.feed((tmp_path / "out" / name).read_text(encoding="utf-8"))
        assert HOSTILE[7] in page.text
        assert "script" not in {tag for tag, _ in page.tags}
        assert not [a for _, attrs in page.tags for a, _ in attrs if a.startswith("on")]
    saved = made["map"].read_text(encoding="utf-8")
    assert str(os.getpid()) not in saved.replace(str(made["map"]), "")
    assert "<script>window.pwned" not in saved
    table = pd.read_csv(made["tables"] / "lq_quotients.csv")
    assert set(table["sector_name"]) == set(codes.values())
    assert set(gpd.read_file(made["layers"], layer="areas")["name"]) == set(HOSTILE[:6])


def test_warnings_reach_provenance_and_report(tmp_path, territories, firms):
    outside = firms.set_geometry(firms.translate(2500, 0))
    with pytest.warns(UserWarning, match="are in no territory"):
        made = run_study(study(tmp_path, territories, outside), tmp_path / "out")
    account = json.loads(made["provenance"].read_text(encoding="utf-8"))
    assert "are in no territory" in account["steps"][0]["notices"][0]
    assert "are in no territory" in made["report"].read_text(encoding="utf-8")


def test_a_package_that_is_only_on_the_path_makes_studies(tmp_path, territories, firms, monkeypatch):
    def version(name):
        if name == "geoterritorio":
            raise metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(provenance, "version", version)
    made = run_study(study(tmp_path, territories, firms), tmp_path / "out")
    software = json.loads(made["provenance"].read_text(encoding="utf-8"))["software"]
    assert software["geoterritorio"] == geoterritorio.__version__


def test_bad_layers_all_at_once_and_nothing_left(tmp_path, territories, firms):
    bad = firms.assign(employment=-1.0)
    path = study(tmp_path, territories.assign(territory="x"), bad)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(StudyError) as caught:
        run_study(path, tmp_path / "out")
    assert len(caught.value.problems) == 2
    assert sorted(tmp_path.iterdir()) == before


def test_an_existing_folder_is_kept(tmp_path, territories, firms):
    path = study(tmp_path, territories, firms)
    mine = tmp_path / "out"
    mine.mkdir()
    run_study(path, mine)
    with pytest.raises(StudyError, match="exists"):
        run_study(path, mine)
    run_study(path, mine, overwrite=True)
    other = tmp_path / "home"
    other.mkdir()
    (other / "letter.txt").write_text("dear")
    with pytest.raises(StudyError, match="is not the folder of a study"):
        run_study(path, other, overwrite=True)
    assert (other / "letter.txt").read_text() == "dear"
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_an_unwritable_place(tmp_path, territories, firms):
    path = study(tmp_path, territories, firms)
    with pytest.raises(StudyError, match="not there or not writable"):
        run_study(path, tmp_path / "study.toml" / "out")
    assert run_study(path, tmp_path / "new" / "folders" / "out")["map"].exists()


def test_the_same_study_gives_the_same_tables(tmp_path, territories, firms):
    path = study(tmp_path, territories, firms)
    hashes = []
    for name in ("one", "two"):
        made = run_study(path, tmp_path / name)
        hashes.append(
            json.loads((made["log"] / "provenance.json").read_text(encoding="utf-8"))["products"][
                "tables/lq_quotients.csv"
            ]
        )
    assert hashes[0] == hashes[1]


def test_tables_without_quotients_are_told_in_the_report(tmp_path, territories, firms):
    path = study(tmp_path, territories, firms)
    steps = (
        '\n[steps.quality]\ntitle = "<b>Sound?</b>"\ntool = "register_quality"\nfirms = "register"\n'
        '\n[steps.divisions]\ntool = "areal_sensitivity"\nterritories = "areas"\nfirms = "register"\ncell = 0.0\n'
    )
    path.write_text(path.read_text(encoding="utf-8") + steps, encoding="utf-8")
    made = run_study(path, tmp_path / "out")
    for name, term in (("report.html", "Small or large"), ("report.es.html", "de 21 filas")):
        page = Text()
        page.feed((tmp_path / "out" / name).read_text(encoding="utf-8"))
        assert "<b>Sound?</b>" in page.text
        assert "divisions" in page.text
        assert term in page.text or name == "report.html"
        assert "{'name'" not in page.text, "provenance is told line by line"
    account = json.loads(made["provenance"].read_text(encoding="utf-8"))
    assert [s["name"] for s in account["steps"]] == ["lq", "quality", "divisions"]


OWN_TABLE = """
[study]
title = "Sectors of the plan"

[layers.areas]
kind = "territories"
path = "areas.gpkg"

[layers.jobs]
kind = "counts"
path = "jobs.csv"

[layers.my_table]
kind = "correspondence"
path = "table.csv"
columns = {{ source = "cnae", target = "plan"{mapped} }}

[steps.lq]
tool = "location_quotient"
territories = "areas"
counts = "own.recoded"

[steps.own]
tool = "recode_sectors"
counts = "jobs"
table = "my_table"
source = "cnae2009"
target = "Plan 2030"
shares = "{shares}"

[disclosure]
published = ["jobs"]
"""


@pytest.mark.parametrize(("mapped", "shares"), [(', share = "weight"', "share"), ("", "weight")])
def test_a_correspondence_of_ones_own_is_a_layer(tmp_path, territories, mapped, shares):
    write_layers({str(tmp_path / "areas.gpkg"): territories})
    names = territories["territory"].tolist()
    jobs = pd.DataFrame({"territory": names, "sector": "62.01", "employment": 40.0})
    jobs = pd.concat([jobs, jobs.assign(sector="10.51", employment=range(6))])
    jobs.to_csv(tmp_path / "jobs.csv", index=False)
    rows = [("1051", "food", 1), ("62.01", "software", 0.75), ("62.01", "services", 0.25)]
    pd.DataFrame(rows, columns=["cnae", "plan", "weight"]).to_csv(tmp_path / "table.csv", index=False)
    path = tmp_path / "study.toml"
    path.write_text(OWN_TABLE.format(mapped=mapped, shares=shares), encoding="utf-8")
    with pytest.warns(
        GeoterritorioWarning, match=r"94\.1 % .* divided by the shares given"
    ):  # 240 of 255 jobs
        made = run_study(path, tmp_path / "out")
    table = pd.read_csv(made["tables"] / "own_recoded.csv")
    sums = table.groupby("sector")["employment"].sum()
    assert sums.to_dict() == {"food": 15.0, "services": 60.0, "software": 180.0}
    assert set(table["classification"]) == {"Plan 2030"}
    assert len(pd.read_csv(made["tables"] / "lq_quotients.csv")) == 18


def test_an_error_in_a_correspondence_is_told_with_its_layer(tmp_path, territories):
    write_layers({str(tmp_path / "areas.gpkg"): territories})
    (tmp_path / "jobs.csv").write_text("territory,sector,employment\nA,62.01,4\n")
    (tmp_path / "table.csv").write_text("cnae,plan,weight\n62.01,,1\n")
    path = tmp_path / "study.toml"
    path.write_text(OWN_TABLE.format(mapped=', share = "weight"', shares="share"), encoding="utf-8")
    with pytest.raises(
        StudyError, match=r"layers\.my_table: column “target” has empty cells \(rows: 1, first: 1\)"
    ):
        run_study(path, tmp_path / "out")


def test_doubtful_establishments_lie_on_the_map_only_if_asked_for(tmp_path, territories, firms):
    odd = firms.assign(firm=["twice", "twice", *firms["firm"].astype(str)[2:]])
    path = study(tmp_path, territories, odd)
    path.write_text(
        path.read_text(encoding="utf-8").replace('kind = "firms"', 'kind = "register"')
        + '\n[layers.sound]\nkind = "firms"\npath = "sound.gpkg"\n'
        + '\n[steps.quality]\ntool = "register_quality"\nfirms = "register"\n'
        + '\n[steps.cells]\ntitle = "Cells"\ntool = "regular_grid"\nterritories = "areas"\ncell = 1000.0\n',
        encoding="utf-8",
    )
    write_layers({str(tmp_path / "sound.gpkg"): firms})
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('firms = "register"', 'firms = "sound"', 1), encoding="utf-8")
    made = run_study(path, tmp_path / "out")
    assert [layer["name"]["es"] for layer in _further(made["map"])] == ["Cells"]
    assert "map.html" not in _internal(made)
    assert _page(made["map"])["title"]["es"] == "Three sectors"

    path.write_text(
        path.read_text(encoding="utf-8")
        + '\n[map]\nshow = ["quality.doubtful"]\nleave_out = ["cells.output"]\n'
        + '[disclosure]\npublish_exact_points = "The owners of the shops agreed."\n',
        encoding="utf-8",
    )
    made = run_study(path, tmp_path / "out", overwrite=True)
    found = _further(made["map"])
    assert [layer["name"]["es"] for layer in found] == ["Establecimientos dudosos"]
    assert "Identifier repeated" in [kind["en"] for kind in found[0]["kinds"]]
    assert "map.html" in _internal(made)
    assert _page(made["map"])["title"]["es"] == "Three sectors"
    said = "Este mapa muestra establecimientos concretos. Por qué puede: The owners of the shops agreed."
    assert _page(made["map"])["notes"][0]["es"] == said

    path.write_text(
        path.read_text(encoding="utf-8").replace("quality.doubtful", "quality.doubtfull"), encoding="utf-8"
    )
    with pytest.raises(StudyError, match=r"Did you mean “quality\.doubtful”"):
        run_study(path, tmp_path / "out", overwrite=True)


def test_the_report_tells_areas_and_leaves_out_what_is_named(tmp_path, territories, firms):
    path = study(tmp_path, territories, firms)
    path.write_text(
        path.read_text(encoding="utf-8")
        + '\n[steps.unlike]\ntitle = "Unlike"\ntool = "krugman_specialisation"\n'
        + 'territories = "areas"\nfirms = "register"\nreplicates = 0\n'
        + '\n[steps.near]\ntitle = "Near"\ntool = "complexity"\nterritories = "areas"\n'
        + 'firms = "register"\nreplicates = 0\n',
        encoding="utf-8",
    )
    with pytest.warns(GeoterritorioWarning, match="share nothing"):
        first = _headings(run_study(path, tmp_path / "out")["report"])
    assert {"Unlike", "Near", "Near: territories"} <= set(first)
    text = path.read_text(encoding="utf-8")
    named = '["near.sectors", "lq.quotients"]'
    path.write_text(f"{text}\n[report]\nleave_out = {named}\n", encoding="utf-8")
    made = run_study(path, tmp_path / "out", overwrite=True)
    assert set(first) - set(_headings(made["report"])) == {"Near: territories", "Results: lq"}
    assert "study.gpkg|near_areas" in made["report"].read_text(encoding="utf-8")
    assert (made["tables"] / "near_sectors.csv").exists()
    assert (made["tables"] / "lq_quotients.csv").exists()
    assert '"lq"' in made["map"].read_text(encoding="utf-8")

    path.write_text(path.read_text(encoding="utf-8").replace("near.sectors", "near.sector"), encoding="utf-8")
    with pytest.raises(StudyError, match=r"report\.leave_out: .*Did you mean “near\.sectors”"):
        run_study(path, tmp_path / "out", overwrite=True)


def _headings(path):
    return re.findall(r"<h2[^>]*>(.*?)</h2>", path.read_text(encoding="utf-8"))


def _further(path):
    return _page(path)["further"]


def _internal(made):
    return json.loads(made["provenance"].read_text(encoding="utf-8"))["confidentiality"][
        "single_establishments"
    ]


def _page(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="page">(.*?)</script>', text, re.DOTALL)[1])


def test_own_files_in_the_folder_stay(tmp_path, territories, firms):
    path = study(tmp_path, territories, firms)
    out = tmp_path / "out"
    run_study(path, out)
    own = {"notes.txt": "mine", "own.qgz": "zip", "tables/mine.csv": "a,b", "maps/one.png": "png"}
    for name, text in own.items():
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text(text)
    (out / "study.gpkg-wal").write_text("of the earlier file")
    (out / "report.html").unlink()
    with pytest.raises(StudyError, match="your own files in it stay"):
        run_study(path, out)
    path.write_text(path.read_text(encoding="utf-8").replace("[steps.lq]", "[steps.other]"), encoding="utf-8")
    made = run_study(path, out, overwrite=True)
    assert {name: (out / name).read_text() for name in own} == own
    assert made["report"].exists()
    assert not (out / "tables" / "lq_quotients.csv").exists(), "what the earlier run made goes"
    assert not (out / "study.gpkg-wal").exists()
    assert "notes.txt" not in json.loads(made["provenance"].read_text(encoding="utf-8"))["products"]


def test_sectors_and_layers_are_called_in_the_readers_language(tmp_path, territories, firms):
    coded = dict(zip(sorted(firms["sector"].unique()), ("10", "62", "x9"), strict=True))
    named = firms.assign(sector=firms["sector"].map(coded), sector_name="Own")
    path = study(tmp_path, territories, named)
    text = path.read_text(encoding="utf-8").replace(
        'path = "firms.gpkg"',
        'path = "firms.gpkg"\nclassification = "cnae2009"\ntitle = { en = "Register", es = "Registro" }',
    )
    path.write_text(text, encoding="utf-8")
    made = run_study(path, tmp_path / "out")
    spanish = (tmp_path / "out" / "report.es.html").read_text(encoding="utf-8")
    english = made["report"].read_text(encoding="utf-8")
    assert "Fabricación de productos alimenticios" in spanish
    assert "Manufacture of food products" in english
    assert "Own" in english, "a code that the vocabulary lacks keeps the layer's name"
    assert "<td>Registro</td>" in spanish
    assert "<td>sus propias sumas</td>" in spanish, "the whole is named"
    account = json.loads(made["provenance"].read_text(encoding="utf-8"))
    assert account["steps"][0]["settings"]["reference"] == "own sums"


def test_pairs_and_pictures_name_sectors_in_the_readers_language(tmp_path, territories, firms):
    coded = dict(zip(sorted(firms["sector"].unique()), ("10", "62", "15"), strict=True))
    path = study(tmp_path, territories, firms.assign(sector=firms["sector"].map(coded), sector_name="Own"))
    text = path.read_text(encoding="utf-8").replace(
        'path = "firms.gpkg"', 'path = "firms.gpkg"\nclassification = "cnae2009"'
    )
    steps = [
        f'\n[steps.{name}]\ntool = "{name}"\nterritories = "areas"\nfirms = "register"\n'
        for name in ("locational_gini", "sector_relatedness")
    ]
    path.write_text(text + "".join(steps), encoding="utf-8")
    run_study(path, tmp_path / "out")
    page = (tmp_path / "out" / "report.es.html").read_text(encoding="utf-8")
    assert ">Own<" not in page
    listed = re.search(r'<section id="table-3".*?</section>', page, re.DOTALL).group()
    assert len(set(re.findall(r">(Fabricación de productos alimenticios|Programación[^<]*)<", listed))) == 2
    pictures = [unquote(found) for found in re.findall(r"svg\+xml,([^\"]*)", page)]
    assert any("Índice de Gini de localización" in found and "alimenticios" in found for found in pictures)
    assert not any(">Own<" in found for found in pictures)


def test_verdicts_are_headed_by_the_titles_of_layers(tmp_path, territories, firms):
    path = study(tmp_path, territories, firms)
    text = path.read_text(encoding="utf-8").replace(
        'path = "areas.gpkg"', 'path = "areas.gpkg"\ntitle = "Towns"'
    )
    steps = '\n[steps.divisions]\ntool = "areal_sensitivity"\nterritories = "areas"\nfirms = "register"\ncell = 0.0\n'
    path.write_text(text + steps, encoding="utf-8")
    page = run_study(path, tmp_path / "out")["report"].read_text(encoding="utf-8")
    assert '<th scope="col">Towns</th>' in page
    assert "Sectors whose verdict changes come first" in page
