"""A QGIS project as a file: well-formed, complete, relative, the same each time, and nobody's text is markup."""

import io
import re
import zipfile
from xml.etree.ElementTree import fromstring

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from affine import Affine

from geoterritorio.errors import LayerError
from geoterritorio.layers.grids import Grid
from geoterritorio.publication import Atlas, ProjectLayer, qgis_project
from geoterritorio.publication.code_words import UNSURE
from geoterritorio.publication.project.flow_lines import FLOW_LINES, flow_lines, places_of

HOSTILE = (
    "<b>A</b> & \"B\" 'C'",
    "{{ 7*7 }}",
    "]]> --> <!--",
    "[% env('HOME') %]",
    "a\x0bb\x00c",
    "%] \\' || x",
)


@pytest.fixture
def areas(towns, quotients):
    first = quotients.drop_duplicates("territory")
    return gpd.GeoDataFrame(towns.merge(first, on="territory"), crs=towns.crs)


@pytest.fixture
def layers(areas, towns, quotients):
    history = towns.assign(valid_from="1991", valid_to=["2001-05", *[None] * (len(towns) - 1)])
    roads = gpd.GeoDataFrame(
        {"road": ["r"], "minutes": [2.0]}, geometry=[shapely.LineString([(0, 40), (0.2, 40.2)])], crs=4326
    )
    places = gpd.GeoDataFrame(
        {"institution": ["i"], "kind": ["higher_education"], "opened": ["1990"], "closed": [None]},
        geometry=[shapely.Point(0.1, 40.1)],
        crs=4326,
    )
    grid = Grid(np.arange(6.0).reshape(2, 3), Affine(0.1, 0, 0, 0, -0.1, 40.2), "EPSG:4326")
    return [
        ProjectLayer("lq_areas", "Quotients", areas, "quotient_areas", "Results", shown=True),
        ProjectLayer("history", "History", history, "territories", "Inputs"),
        ProjectLayer("roads", "Roads", roads, "roads", "Inputs"),
        ProjectLayer("places", "Institutions", places, "institutions", "Inputs"),
        ProjectLayer("hill", "Hill", grid, "elevation", "Inputs"),
        ProjectLayer("lq_quotients", "All quotients", quotients, "quotients"),
    ]


def made(layers, **options):
    return qgis_project(
        layers,
        title="Three sectors",
        sources=["Statistics office, CC BY 4.0"],
        atlas=Atlas("lq_areas", "lq_quotients", "2026-01-31"),
        **options,
    )


def root(project):
    return fromstring(project.document)  # noqa: S314 - our own text


def maps(project):
    return {m.findtext("id"): m for m in root(project).iter("maplayer")}


def test_every_layer_is_in_the_data_beside_the_project(layers, tmp_path):
    project = made(layers)
    files = project.save(tmp_path)
    with zipfile.ZipFile(files["project"]) as package:
        assert package.namelist() == ["project.qgs"]
        assert package.read("project.qgs").decode() == project.document
    held = set(pyogrio.list_layers(files["data"])[:, 0])
    sources = [m.findtext("datasource") for m in root(project).iter("maplayer")]
    rasters = [s for s in sources if s.endswith(".tif")]
    assert {s.partition("|layername=")[2] for s in sources if s not in rasters} == held
    assert all((tmp_path / s).is_file() for s in rasters)
    assert len(sources) == len(layers) + 1  # the outline of the atlas' page is drawn from the same rows


def test_no_path_leads_out_of_the_folder(layers, tmp_path):
    project = made(layers)
    assert all(e.get("source", "./").startswith("./") for e in root(project).iter("layer-tree-layer"))
    assert all(m.findtext("datasource").startswith("./") for m in root(project).iter("maplayer"))
    assert str(tmp_path) not in project.document
    assert not re.search(r"file:|/home|/tmp|/usr", project.document)


def test_ids_are_unique_and_everything_that_refers_to_one_finds_it(layers):
    tree = root(made(layers))
    ids = [m.findtext("id") for m in tree.iter("maplayer")]
    assert len(set(ids)) == len(ids)
    assert min(map(len, ids)) > 10  # QGIS replaces shorter ones
    asked = {e.get("id") for e in tree.iter("layer-tree-layer")} | {e.text for e in tree.iter("Layer")}
    page = tree.find("Layouts/Layout")
    asked |= {page.find("Atlas").get("coverageLayer"), page.find("LayoutMultiFrame").get("vectorLayer")}
    assert asked == set(ids)


def test_the_same_layers_give_the_same_files(layers, tmp_path):
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files = made(layers).save(tmp_path / name)
        found.append([path.read_bytes() for path in files.values()])
    assert found[0] == found[1]


def test_programs_of_2022_read_the_data_without_a_warning(layers, tmp_path):
    data = made(layers).save(tmp_path)["data"].read_bytes()
    assert int.from_bytes(data[60:64], "big") == 10200  # user_version of GeoPackage 1.2


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_others_stay_text(layers, text):
    hostile = [
        ProjectLayer(
            layer.name, text, layer.rows, layer.kind, text if layer.group else "", layer.shown, about=text
        )
        for layer in layers
    ]
    named = hostile[0].rows.assign(name=text, **{text.replace("\x00", ""): 1})
    hostile[0] = ProjectLayer("lq_areas", text, named, "quotient_areas", text, shown=True)
    project = qgis_project(
        hostile, title=text, sources=[text], notes=[text], atlas=Atlas("lq_areas", "lq_quotients", text)
    )
    plain = "".join(c for c in text if c >= " ")
    tree = root(project)
    assert tree.findtext("title").replace("\u2060", "") == plain
    labels = {e.get("id"): e.get("labelText") for e in tree.iter("LayoutItem")}
    # The caption's expressions are of our columns alone: it is the same whatever the texts of others.
    caption = "What the colours are"
    usual = {e.get("id"): e.get("labelText") for e in root(made(layers)).iter("LayoutItem")}
    assert labels.pop(caption) == usual[caption]
    own = re.compile(r'\[% ("name"|@atlas_featurenumber|@atlas_totalfeatures) %\]')
    assert all("[%" not in own.sub("", label) for label in labels.values() if label)
    assert all("[%" not in e.get("name") for e in tree.iter("layer-tree-layer"))
    assert len(list(tree)) == len(list(root(made(layers))))


def test_figures_of_withheld_cells_are_nowhere(layers, tmp_path):
    project = made([*layers[:-1], ProjectLayer("lq_quotients", "All", layers[-1].rows, "quotients")])
    data = project.save(tmp_path)["data"]
    table = pyogrio.read_dataframe(data, layer="lq_quotients", read_geometry=False)
    withheld = table["certainty"] == "withheld"
    assert withheld.any()
    assert layers[-1].rows.loc[withheld.to_numpy(), "employment"].notna().all()
    assert (
        table.loc[withheld, ["lq", "low", "high", "employment", "establishments", "excess"]]
        .isna()
        .all(axis=None)
    )
    assert table.loc[~withheld, "employment"].notna().all()


def test_headings_words_and_groups_are_in_the_readers_language(layers):
    tree = root(made(layers, lang="es"))
    areas = next(m for m in tree.iter("maplayer") if m.findtext("id").startswith("lq_areas"))
    aliases = {a.get("field"): a.get("name") for a in areas.iter("alias")}
    assert aliases["lq"] == "CL"
    assert aliases["employment"] == "Empleo"
    words = [
        o.get("name") for o in areas.find("fieldConfiguration").iter("Option") if o.get("value") == "few"
    ]
    assert words == ["menos de 5 establecimientos efectivos"]
    groups = [g.get("name") for g in tree.find("layer-tree-group").findall("layer-tree-group")]
    assert groups == ["Results", "Inputs", "Tablas", "Para el atlas"]


def test_what_holds_for_a_time_says_so(layers):
    timed = {
        m.findtext("layername"): m.find("temporal").attrib
        for m in root(made(layers)).iter("maplayer")
        if m.find("temporal") is not None
    }
    assert set(timed) == {"History", "Institutions"}
    assert "\"valid_from\" || '-01-01'" in timed["History"]["startExpression"]


def test_no_row_is_filtered_by_time_unasked(layers):
    settings = root(made(layers)).find("ProjectTimeSettings")
    assert (
        settings.get("timeStepUnit") == "y"
    )  # QGIS's code of a year; what it does not know makes steps of 1 ms
    assert settings.get("timeStep") == "1"
    assert settings.find("TemporalRange") is None  # QGIS would make it the canvas's own on opening


def test_only_what_is_meant_is_drawn_at_first(layers):
    nodes = root(made(layers)).iter("layer-tree-layer")
    shown = [n.get("name") for n in nodes if n.get("checked") == "Qt::Checked"]
    assert shown == ["Quotients", "Quotients"]  # in the list of layers, and in the legend of the page


def test_without_quotients_a_page_lists_the_rows_own_figures(towns):
    rows = towns.assign(total=1.5, reason="empty", secret_column=3.0)
    project = qgis_project(
        [ProjectLayer("variety", "Variety", rows, "variety", shown=True)],
        title="T",
        lang="es",
        atlas=Atlas("variety"),
    )
    items = {e.get("id"): e.get("labelText") for e in root(project).iter("LayoutItem")}
    assert set(items) >= {"Mapa", "Leyenda", "Cifras del territorio"}
    assert "format_number(\"total\", 3, 'es')" in items["Cifras del territorio"]
    assert "'vacío'" in items["Cifras del territorio"]
    assert "secret" not in items["Cifras del territorio"]
    assert "Tabla" not in items


def test_a_page_tells_the_quotient_that_colours_it_and_marks_what_the_map_hatches(layers):
    project = root(made(layers, lang="es"))
    items = {e.get("id"): e.get("labelText") for e in project.iter("LayoutItem")}
    assert not {"rows", "legend", "caption", "note"} & set(items)
    here = items["Qué son los colores"].splitlines()[1]
    assert here.startswith("En esta página: [% ")
    assert all(f'"{c}"' in here for c in ("lq", "low", "high"))
    assert "≈" in items["Nota de la tabla"]
    columns = [e.get("attribute") for e in project.iter("column")]
    asked = {code for text in [here, *columns] for code in _codes(text)}
    hatched = {code for rule in project.iter("rule") for code in _codes(rule.get("filter") or "")}
    assert hatched <= asked == set(UNSURE["certainty"])
    assert sum("≈" in text for text in [here, *columns]) == 2  # beside the map, and in the table


def _codes(text):
    listed = re.findall(r"\"certainty\" (?:IN \((.*?)\)|= ('\w+'))", text)
    return re.findall(r"'(\w+)'", " ".join(a or b for a, b in listed))


def test_without_words_on_certainty_a_page_goes_by_the_intervals(areas, quotients):
    bare = [
        ProjectLayer("lq_areas", "A", areas.drop(columns="certainty"), "quotient_areas", shown=True),
        ProjectLayer("lq_quotients", "Q", quotients.drop(columns="certainty"), "quotients"),
    ]
    columns = [e.get("attribute") for e in root(made(bare)).iter("column")]
    assert any("if(\"low\" <= 1 AND \"high\" >= 1, '≈\N{NO-BREAK SPACE}', '')" in text for text in columns)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_figures_of_a_page_are_in_the_marks_of_its_language(layers, lang):
    project = root(made(layers, lang=lang))
    texts = [e.get("attribute") for e in project.iter("column")]
    texts += [e.get("labelText") or "" for e in project.iter("LayoutItem")]
    figures = [found for text in texts for found in re.findall(r"format_number\([^)]*\)", text)]
    assert len(figures) >= 6
    assert all(text.endswith(f", '{lang}')") for text in figures)


def test_a_caption_with_a_long_name_is_set_smaller(layers, areas):
    sizes = {}
    for length in (10, 330):
        named = areas.assign(sector_name="n" * length)
        first = ProjectLayer("lq_areas", "A", named, "quotient_areas", shown=True)
        page = root(made([first, *layers[1:]]))
        item = next(i for i in page.iter("LayoutItem") if i.get("id") == "What the colours are")
        sizes[length] = float(item.find("LabelFont").get("description").split(",")[1])
        _, high = (float(n) for n in item.get("size").split(",")[:2])
        across = 102 / (sizes[length] * 0.58 * 25.4 / 72)  # letters of a line
        lines = -(-60 // across) + -(-(length + 45) // across)
        assert lines * sizes[length] * 1.25 * 25.4 / 72 <= high
    assert sizes[330] < sizes[10]


def test_names_in_the_readers_language_are_written_where_a_layer_has_them(towns):
    places = towns.assign(kind="higher_education", name_es="n").set_geometry(towns.representative_point())
    project = qgis_project([ProjectLayer("p", "P", places, "institutions")], title="T", lang="es")
    told = {s.get("fieldName") for s in root(project).iter("text-style")}
    assert any('coalesce("name_es", "name")' in text for text in told)
    english = qgis_project([ProjectLayer("p", "P", places, "institutions")], title="T")
    assert "name_es" not in {s.get("fieldName") for s in root(english).iter("text-style")}


def test_flows_are_lines_between_points_inside_their_places(towns):
    a, b = towns["territory"][:2]
    flows = pd.DataFrame(
        {
            "origin": [a, a, b, a, a],
            "destination": [b, a, a, b, "elsewhere"],
            "flow": [5, 90, 7, 8, 70],
            "period": [2001, 2011, 2011, 2011, 2011],
        }
    )
    assert places_of(flows, [towns.assign(territory="x" + towns["territory"]), towns]) is towns
    lines = flow_lines(flows, towns)
    assert lines[["origin", "destination", "flow"]].to_numpy().tolist() == [[a, b, 8], [b, a, 7]]
    assert lines.crs == towns.crs
    start, end = (shapely.get_point(lines.geometry.iloc[0], i) for i in (0, -1))
    assert towns.geometry[0].contains(start)
    assert towns.geometry[1].contains(end)
    assert flow_lines(flows, towns, most=1)["flow"].tolist() == [8]
    assert flow_lines(flows.iloc[[1]], towns) is None
    assert flow_lines(flows, pd.concat([towns, towns])) is None
    assert places_of(flows, []) is None
    project = root(qgis_project([ProjectLayer("f", "F", lines, FLOW_LINES)], title="T"))
    assert [r.get("filter") for r in project.iter("rule") if "flow" in (r.get("filter") or "")]


def test_a_rasters_legend_is_headed_by_its_unit(layers):
    def heads(tags):
        grid = Grid(np.ones((2, 2)), Affine(0.1, 0, 0, 0, -0.1, 40.2), "EPSG:4326", tags=tags)
        project = root(made([*layers, ProjectLayer("jobs", "Jobs", grid, "density")], lang="es"))
        node = next(n for n in project.iter("layer-tree-layer") if n.get("name") == "Jobs")
        return [o.get("value") for o in node.iter("Option") if o.get("name") == "legend/label-0"]

    assert heads({"unit": "jobs per km2"}) == ["empleos por km²"]
    assert heads({}) == ["Jobs"]


def test_a_project_of_tables_alone_has_no_page(quotients, tmp_path):
    project = qgis_project([ProjectLayer("t", "T", quotients)], title="T")
    assert project.save(tmp_path)["project"].is_file()
    assert not list(root(project).iter("Layout"))


def test_a_column_called_fid_is_kept(towns, tmp_path):
    data = qgis_project([ProjectLayer("t", "T", towns.assign(FID=7))], title="T").save(tmp_path)["data"]
    assert (pyogrio.read_dataframe(data, layer="t")["FID_"] == 7).all()


@pytest.mark.parametrize(
    ("names", "atlas", "told"),
    [
        (("a", "a"), None, "two layers of the project"),
        (("a|b",), None, "a name is made of"),
        (("a",), Atlas("b"), "the atlas asks for this layer"),
        (("a",), Atlas("a", "q"), "q: the atlas asks"),
    ],
)
def test_names_that_cannot_be_are_refused(towns, names, atlas, told):
    with pytest.raises(LayerError, match=told):
        qgis_project([ProjectLayer(n, n, towns) for n in names], title="T", atlas=atlas)


def test_an_earlier_file_is_replaced(towns, quotients, tmp_path):
    qgis_project([ProjectLayer("a", "A", towns), ProjectLayer("b", "B", quotients)], title="T").save(tmp_path)
    data = qgis_project([ProjectLayer("a", "A", towns)], title="T").save(tmp_path)["data"]
    assert pyogrio.list_layers(data)[:, 0].tolist() == ["a"]


def test_settings_of_gdal_are_as_before(towns, tmp_path):
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    qgis_project([ProjectLayer("a", "A", towns)], title="T").save(tmp_path)
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == before


def test_the_package_is_a_whole_zip(layers, tmp_path):
    data = made(layers).save(tmp_path)["project"].read_bytes()
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


def test_classes_are_numbers_that_an_expression_can_hold(towns):
    rows = towns.assign(total=np.linspace(-1.5, 3, len(towns)))
    project = qgis_project([ProjectLayer("v", "V", rows, "variety", shown=True)], title="T")
    filters = [rule.get("filter") for rule in root(project).iter("rule") if rule.get("filter")]
    assert len(filters) == 5
    limits = [[float(n) for n in re.findall(r"[<>]=? (\S+)", text)] for text in filters]
    assert sorted(limits) in (limits, limits[::-1])
    assert all(pair == sorted(pair) for pair in limits)


def test_long_names_are_set_smaller(towns):
    sizes = {}
    for length in (10, 96):
        layer = ProjectLayer("v", "V", towns.assign(name="n" * length), "territories")
        page = root(qgis_project([layer], title="T", atlas=Atlas("v"))).find("Layouts/Layout")
        title = next(item for item in page.iter("LayoutItem") if item.get("id") == "Territory")
        sizes[length] = int(title.find("LabelFont").get("description").split(",")[1])
    assert sizes == {10: 20, 96: 10}
