"""The command line as a user meets it: what it makes, what it refuses, what it leaves behind."""

import json
import signal
import subprocess
import sys
import time

import click
import geopandas as gpd
import pandas as pd
import pytest

from geoterritorio.interface import usage
from geoterritorio.interface.cli import main
from geoterritorio.layers import write_layers
from geoterritorio.registry import descriptions


@pytest.fixture
def folder(tmp_path, territories, firms):
    write_layers({str(tmp_path / "areas.gpkg"): territories, str(tmp_path / "firms.gpkg"): firms})
    return tmp_path


def run(folder, *words, tool="location-quotient", **changed):
    options = {"territories": "areas.gpkg", "firms": "firms.gpkg", "output": "out.csv"} | changed
    flags = [
        part
        for k, v in options.items()
        for part in (f"--{k.replace('_', '-')}", str(folder / v) if "." in str(v) else str(v))
    ]
    return main([tool, *flags, *words])


def left(folder):
    return sorted(p.name for p in folder.iterdir())


def test_quotients_and_areas(folder, capsys):
    assert run(folder, "--sector", "15", areas="areas_lq.gpkg") == 0
    table = pd.read_csv(folder / "out.csv", dtype={"sector": str})
    assert len(table) == 18
    assert {"lq", "low", "high", "p", "q", "effective_plants", "certainty", "excess"} <= set(table)
    assert ((table["low"] <= table["lq"]) & (table["lq"] <= table["high"])).all()
    areas = gpd.read_file(folder / "areas_lq.gpkg")
    assert len(areas) == 6
    assert set(areas["sector"]) == {"15"}
    assert "out.csv" in capsys.readouterr().out


def test_two_steps_give_what_one_gives(folder):
    assert run(folder) == 0
    assert run(folder, tool="tabulate", output="counts.csv") == 0
    counts = str(folder / "counts.csv")
    assert (
        main(
            [
                "location-quotient",
                "--territories",
                str(folder / "areas.gpkg"),
                "--counts",
                counts,
                "--output",
                str(folder / "two.csv"),
            ]
        )
        == 0
    )
    one, two = (pd.read_csv(folder / name, dtype={"sector": str}) for name in ("out.csv", "two.csv"))
    pd.testing.assert_frame_equal(one, two, check_exact=False, rtol=1e-12)


def test_an_existing_output_is_not_overwritten(folder, capsys):
    (folder / "out.csv").write_text("mine")
    assert run(folder) == 1
    assert (folder / "out.csv").read_text() == "mine"
    assert "exists" in capsys.readouterr().err
    assert run(folder, "--overwrite") == 0
    assert (folder / "out.csv").read_text().startswith("territory,")


BAD = {
    "missing column": ("firms", lambda f: f.drop(columns="sector"), [], "no column “sector”"),
    "text in a number column": ("firms", lambda f: f.assign(employment="many"), [], "must hold numbers"),
    "negative employment": ("firms", lambda f: f.assign(employment=-1.0), [], "must not be below 0"),
    "duplicate ids": ("firms", lambda f: f.assign(firm="same"), [], "share their identifier"),
    "empty layer": ("firms", lambda f: f.iloc[:0], [], "the layer is empty"),
    "wrong geometry": ("firms", lambda f: f.set_geometry(f.buffer(1)), [], "wrong kind"),
    "no crs": ("firms", lambda f: f.set_crs(None, allow_override=True), [], "no coordinate reference system"),
    "duplicate territories": ("areas", lambda f: f.assign(territory="same"), [], "share their identifier"),
    "unknown sector": ("firms", lambda f: f, ["--sector", "99"], "no code “99”"),
    "missing measure": (
        "firms",
        lambda f: f.drop(columns="employment"),
        [],
        "which the measure “employment” needs",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_once_and_nothing_written(tmp_path, territories, firms, case, capsys):
    which, change, words, said = BAD[case]
    frames = {"firms": firms, "areas": territories}
    frames[which] = change(frames[which])
    for name, frame in frames.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    before = left(tmp_path)
    assert run(tmp_path, *words, firms="firms.parquet", territories="areas.parquet") == 1
    text = capsys.readouterr().err
    assert said in text
    assert text.startswith("Refused")
    assert "Traceback" not in text
    assert left(tmp_path) == before


def test_refusals_in_spanish(folder, capsys):
    assert run(folder, "--sector", "99", "--lang", "es") == 1
    text = capsys.readouterr().err
    assert "Rechazado" in text
    assert "no hay ningún código «99»" in text


def test_metres_on_degrees_and_web_mercator(folder, capsys, territories):
    for crs, said in ((4326, "in degrees"), (3857, "does not measure metres")):
        moved = territories.set_geometry(territories.translate(500_000, 4_400_000)).to_crs(crs)
        write_layers({str(folder / f"areas{crs}.gpkg"): moved})
        code = run(folder, "--snap", "10", tool="tabulate", territories=f"areas{crs}.gpkg")
        assert code == 1
        text = capsys.readouterr().err
        assert said in text
        assert "EPSG:32630" in text


def test_counts_of_unknown_territories_and_sectors(folder, capsys):
    (folder / "counts.csv").write_text("territory,sector,employment\nz,15,3\na,15,4\na,99,1\n")
    (folder / "nation.csv").write_text("sector,employment\n15,100\n")
    areas = str(folder / "areas.gpkg")
    words = [
        "location-quotient",
        "--territories",
        areas,
        "--counts",
        str(folder / "counts.csv"),
        "--output",
        str(folder / "o.csv"),
    ]
    assert main(words) == 1
    assert "1 territories are not in the layer of territories: “z”" in capsys.readouterr().err
    (folder / "counts.csv").write_text("territory,sector,employment\na,15,4\na,99,1\n")
    assert main([*words, "--reference", str(folder / "nation.csv")]) == 1
    assert "1 sectors of the data have no total in it: “99”" in capsys.readouterr().err


def test_unwritable_folder(folder, capsys):
    assert run(folder, output="no/such/out.csv") == 1
    assert "not there or not writable" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["location-quotient"],
        ["tabulate", "--snap", "-5"],
        ["location-quotient", "--levle", "1"],
    ],
)
def test_wrong_usage_is_2(words, capsys):
    assert main(words) == 2
    assert capsys.readouterr().err


def lines(done) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def process(folder, *words):
    command = [
        sys.executable,
        "-m",
        "geoterritorio",
        "location-quotient",
        "--territories",
        str(folder / "areas.gpkg"),
        "--firms",
        str(folder / "firms.gpkg"),
        "--output",
        str(folder / "out.csv"),
        "--progress",
        "json",
        *words,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_programs_get_json_lines(folder):
    done = process(folder)
    said = lines(done)
    assert done.returncode == 0
    assert said[-1]["type"] == "result"
    assert said[-1]["outputs"]["quotients"].endswith("out.csv")
    fractions = [s["fraction"] for s in said if s["type"] == "progress"]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_programs_get_refusals_as_json(folder):
    done = process(folder, "--sector", "99")
    assert done.returncode == 1
    assert lines(done)[-1]["type"] == "error"
    assert lines(done)[-1]["kind"] == "LayerError"


def test_a_defect_is_70_and_not_a_traceback(folder, monkeypatch, capsys):
    def broken(*_args, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr("geoterritorio.concentration.tools.quotients.location_quotient", broken)
    assert run(folder) == 70
    text = capsys.readouterr().err
    assert "ZeroDivisionError" in text
    assert "Traceback" not in text


def test_cancelled_is_130_and_leaves_nothing(folder):
    code = (
        "import sys, time; import geoterritorio.concentration.tools.quotients as t\n"
        "t.cells_of = lambda *a, **k: (print('ready', flush=True), time.sleep(60))\n"
        "from geoterritorio.interface.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    words = [
        "location-quotient",
        "--territories",
        str(folder / "areas.gpkg"),
        "--firms",
        str(folder / "firms.gpkg"),
        "--output",
        str(folder / "out.csv"),
    ]
    before = left(folder)
    with subprocess.Popen(
        [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.1)
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 130
    assert left(folder) == before


@pytest.fixture
def study(folder):
    path = folder / "study.toml"
    path.write_text(
        '[layers.areas]\nkind = "territories"\npath = "areas.gpkg"\n\n'
        '[layers.register]\nkind = "firms"\npath = "firms.gpkg"\n\n'
        '[steps.lq]\ntool = "location_quotient"\nterritories = "areas"\nfirms = "register"\n'
    )
    return path


def test_a_study_says_where_everything_is(folder, study, capsys):
    assert main(["study", str(study), "--output", str(folder / "out")]) == 0
    said = capsys.readouterr().out
    assert f"Map: {folder / 'out' / 'map.html'}" in said
    assert f"Report: {folder / 'out' / 'report.html'}" in said


@pytest.mark.parametrize(("lang", "said"), [("en", "Did you mean “firms”?"), ("es", "¿Quiso decir «firms»?")])
def test_a_typo_in_a_study_is_refused_in_both_languages(folder, study, capsys, lang, said):
    study.write_text(study.read_text().replace("firms = ", "firmas = "))
    before = left(folder)
    assert main(["--lang", lang, "study", str(study), "--output", str(folder / "out")]) == 1
    text = capsys.readouterr().err
    assert "steps.lq.firmas" in text
    assert said in text
    assert left(folder) == before


def test_a_study_without_output_is_wrong_usage(study):
    assert main(["study", str(study)]) == 2


def test_a_shapefile_is_whole(folder):
    assert run(folder, "--sector", "15", areas="lq.shp") == 0
    found = gpd.read_file(folder / "lq.shp")
    assert len(found) == 6
    assert {"territory", "sector_nam", "effective_"} <= set(found)
    assert not [p for p in left(folder) if p.startswith(".")]


def test_outputs_that_would_end_in_one_place(folder, capsys):
    assert run(folder, output="o.gpkg", areas="o.gpkg") == 1
    assert "is also the place of" in capsys.readouterr().err
    assert run(folder, output="o.gpkg|table", areas="o.gpkg|areas") == 0
    assert len(gpd.read_file(folder / "o.gpkg", layer="areas")) == 6


def test_an_input_is_never_overwritten(folder, capsys):
    before = (folder / "firms.gpkg").read_bytes()
    assert run(folder, "--overwrite", output="firms.gpkg") == 1
    assert "is the input firms" in capsys.readouterr().err
    assert (folder / "firms.gpkg").read_bytes() == before


def test_empty_and_unnamable_places_are_refused(folder, capsys):
    (folder / "none.csv").write_bytes(b"")
    assert run(folder, firms="none.csv") == 1
    assert "the file is empty" in capsys.readouterr().err
    assert main(["study", str(folder / "areas.gpkg"), "--output", "/", "--overwrite"]) == 1


def test_registers_have_no_total_and_points_hold_no_firms(folder, territories, capsys):
    assert run(folder, "--total", "99") == 1
    assert "a register has no row of totals" in capsys.readouterr().err
    write_layers({str(folder / "spots.gpkg"): territories.set_geometry(territories.centroid)})
    assert run(folder, territories="spots.gpkg") == 1
    assert "cannot be found in points" in capsys.readouterr().err


def test_overlapping_territories_are_told(folder, territories, capsys):
    write_layers({str(folder / "wide.gpkg"): territories.set_geometry(territories.buffer(100))})
    assert run(folder, territories="wide.gpkg") == 0
    assert "they overlap" in capsys.readouterr().err


def test_a_reference_smaller_than_the_data_is_told(folder, capsys):
    assert run(folder, tool="tabulate", output="counts.csv") == 0
    own = pd.read_csv(folder / "counts.csv", dtype={"sector": str}).groupby("sector")["employment"].sum()
    (own * 1.0 - 1).rename("employment").reset_index().to_csv(folder / "small.csv", index=False)
    words = [
        "location-quotient",
        "--territories",
        str(folder / "areas.gpkg"),
        "--counts",
        str(folder / "counts.csv"),
    ]
    main([*words, "--reference", str(folder / "small.csv"), "--output", str(folder / "x.csv")])
    assert "larger than in the reference" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "magic"), [("p.png", b"\x89PNG"), ("p.svg", b"<?xml"), ("p.pdf", b"%PDF")])
def test_a_picture_alone_is_an_output(folder, name, magic):
    assert run_words(folder, "--plot", str(folder / name)) == 0
    assert (folder / name).read_bytes().startswith(magic)


@pytest.mark.parametrize(("lang", "word"), [("en", "Plot: "), ("es", "Gráfico: ")])
def test_a_picture_is_named_in_the_readers_language(folder, capsys, lang, word):
    assert run_words(folder, "--plot", str(folder / "p.svg"), "--lang", lang) == 0
    assert word + str(folder / "p.svg") in capsys.readouterr().out


def test_pictures_are_chosen_and_refused_before_anything_is_written(folder, capsys):
    good = ["--output", str(folder / "out.csv"), "--plot"]
    assert run_words(folder, *good, str(folder / "p.jpeg")) == 1
    assert "no picture format is known for “.jpeg”" in capsys.readouterr().err
    assert run_words(folder, *good, str(folder / "p.png"), "--plot-focus", "99") == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "“99” is none of those that this picture can be about: “" in said
    assert "what it can be about: Code of the territory or sector drawn" in said
    assert not (folder / "out.csv").exists()
    assert run_words(folder, *good, str(folder / "p.png"), "--plot-kind", "bubbles") == 0
    assert (folder / "out.csv").exists()


def run_words(folder, *words):
    layers = ["--territories", str(folder / "areas.gpkg"), "--firms", str(folder / "firms.gpkg")]
    return main(["location-quotient", *layers, *words])


def test_a_correspondence_of_ones_own_from_files(tmp_path):
    (tmp_path / "jobs.csv").write_text(
        "territory,sector,employment,status,employment_low,employment_high,period\n"
        "A,62.01,40,known,,,2011\nA,62.02,,withheld,10,19,2011\nA,62.01,80,known,,,2021\n"
    )
    (tmp_path / "table.csv").write_text("old,new,weight\n62.01,x,0.75\n62.01,y,0.25\n62.02,y,1\n")
    files = {"counts": "jobs", "table": "table", "output": "new", "remainder": "left", "split": "split"}
    flags = [part for k, v in files.items() for part in (f"--{k}", str(tmp_path / f"{v}.csv"))]
    own = ["--table-source", "old", "--table-target", "new", "--table-share", "weight", "--shares", "share"]
    assert main(["recode-sectors", *flags, *own, "--source", "cnae2009", "--target", "mine"]) == 0
    table = pd.read_csv(tmp_path / "new.csv", dtype={"period": str}).set_index(["sector", "period"])
    assert table["employment"].dropna().to_dict() == {("x", "2011"): 30, ("x", "2021"): 60, ("y", "2021"): 20}
    assert table.loc[("y", "2011"), ["employment_low", "employment_high"]].tolist() == [20, 29]


def test_a_required_number_is_asked_for(folder, capsys):
    layers = ["--territories", str(folder / "areas.gpkg"), "--firms", str(folder / "firms.gpkg")]
    words = ["focal-location-quotient", *layers, "--output", str(folder / "out.csv")]
    assert main(words) == 2
    assert "--bandwidth" in capsys.readouterr().err
    assert main([*words, "--bandwidth", "5000"]) == 0


def recode(folder, frame, *words, lang="en"):
    frame.to_csv(folder / "counts.csv", index=False)
    flags = [w for n in ("output", "remainder", "split") for w in (f"--{n}", str(folder / f"{n}.csv"))]
    head = ["--lang", lang, "recode-sectors", "--counts", str(folder / "counts.csv"), "--overwrite"]
    return main([*head, *flags, *words])


def test_a_plain_column_of_jobs_is_recoded(tmp_path):
    frame = pd.DataFrame({"territory": "T", "sector": ["62.01", "58.29"], "employment": [8, 2]})
    assert recode(tmp_path, frame, "--source", "nace2", "--target", "isic4") == 0
    table = pd.read_csv(tmp_path / "output.csv", dtype={"sector": str}).set_index("sector")
    assert table["employment"].to_dict() == {"5820": 2, "6201": 8}
    assert not {"employment_low", "employment_high"} & set(table)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["location-quotient", "--plot-kind", "pie"], "'pie' no es ninguno de 'forest', 'bubbles'."),
        (
            ["location-quotient", "--measure", "staff"],
            "'staff' no es ninguno de 'employment', 'establishments'.",
        ),
        (["hoover", "--progress", "loud"], "'loud' no es ninguno de 'auto',"),
        (["hoover", "--replicates", "many"], "'many' no es un valor válido (entero)."),
        (["location-quotient", "--level", "high"], "'high' no es un valor válido (número)."),
        (["location-quotient", "--level", "3"], "3.0 no está en el intervalo 0.5<=x<=0.9999."),
        (["hoover", "--territories"], "La opción '--territories' necesita un valor."),
        (["hoover", "--overwrite=1"], "La opción '--overwrite' no admite ningún valor."),
        (["hoover", "--territories", "a", "b", "c"], "Sobran los argumentos (b c)"),
        (["hoover", "--territories", "a", "b"], "Sobra el argumento (b)"),
        (["hoover"], "Falta la opción '--territories'."),
        (["hoover", "--nothing-like-it", "1"], "No existe la opción '--nothing-like-it'."),
        (["xyzzy"], "No existe la orden 'xyzzy'."),
        (["study", "run"], "Falta el argumento 'ARCHIVO'."),
        ([], "Falta la orden."),
    ],
)
def test_errors_of_usage_speak_spanish(capsys, words, said):
    assert main(["--lang", "es", *words]) == 2
    assert said in capsys.readouterr().err


def test_errors_that_click_words_by_number_are_retold():
    spanish = {"{value!r} is not one of {choices}.": "{value!r} no está entre {choices}."}
    error = usage.retold(
        click.BadParameter("'a.{b}' is not one of 'c', 'd'."), lambda text: spanish.get(text, text)
    )
    assert error.message == "'a.{b}' no está entre 'c', 'd'."
    assert usage.retold(click.UsageError("Other words."), str).message == "Other words."


def test_suggestions_speak_spanish(capsys):
    assert main(["location-quotient", "--teritories", "x", "--lang", "es"]) == 2
    text = capsys.readouterr().err
    assert "¿Quiso decir «--territories»?" in text
    assert "Did you mean" not in text


def test_a_reference_of_several_wholes_names_the_tool_that_chooses(folder, capsys):
    rows = [(s, "X", level, 1000) for s in ("15", "25") for level in ("region", "nation", "larger")]
    pd.DataFrame(rows, columns=["sector", "area", "level", "employment"]).to_csv(
        folder / "whole.csv", index=False
    )
    assert run(folder, reference="whole.csv") == 1
    assert "for example with reference-of" in capsys.readouterr().err


def test_figures_follow_the_language(folder, capsys):
    far = gpd.read_file(folder / "firms.gpkg")
    far.loc[: len(far) // 8, "geometry"] = far.geometry.iloc[0].buffer(0).centroid.__class__(1e6, 1e6)
    far.to_file(folder / "far.gpkg")
    assert run(folder, "--lang", "es", firms="far.gpkg") == 0
    said = capsys.readouterr().err
    assert ",7 %)" in said
    assert run(folder, firms="far.gpkg", output="again.csv") == 0
    assert ".7%)" in capsys.readouterr().err


def test_help_shows_bounds_as_they_are(capsys):
    """A bound that is no value itself is told apart, and one that is none is not shown."""
    for tool, shown in (("gravity-access", "x>0"), ("friction-surface", "x>0"), ("isochrones", "x>0")):
        assert main([tool, "--help"]) == 0
        said = capsys.readouterr().out
        assert shown in said
        assert "None" not in said


def test_help_says_what_a_picture_can_be_about_and_no_empty_default(capsys):
    assert main(["reach", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "What the picture is about. reach-bars: Kind of centre" in said
    assert '[default: ""]' not in said


def test_every_picture_says_what_it_can_be_about():
    plots = [p for t in descriptions().values() for p in t["plots"]]
    assert all(p["focus"] and "None" not in p["focus"] for p in plots)
