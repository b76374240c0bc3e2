"""Looks load in QGIS, say what they mean in both languages, and come by themselves with a result."""

import json

import pytest
from conftest import COMARCA, ROOT, Log, loaded
from qgis.core import (
    QgsDateTimeRange,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsLayerTreeModel,
    QgsLinePatternFillSymbolLayer,
    QgsProcessingContext,
    QgsProcessingUtils,
    QgsProject,
    QgsRuleBasedRenderer,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QTime

TABLE = json.loads((ROOT / "geoterritorio/publication/qgis/styles.json").read_text(encoding="utf-8"))
TOOLS = json.loads((ROOT / "geoterritorio/tools.json").read_text(encoding="utf-8"))["tools"]
OUTPUTS = [(t, o) for t in TOOLS for o in t["outputs"] if o["type"] == "layer"]
VECTORS = sorted(
    {(o["kind"], g) for _, o in OUTPUTS for g in o["geometry"] if g != "raster"}
    | {("institutions", "point"), ("firms", "point"), ("flows", "line"), ("roads", "line")}
)
SHAPES = {
    "polygon": "Polygon((0 0, 1 0, 1 1, 0 0))",
    "point": "Point(0 0)",
    "line": "LineString(0 0, 1 1)",
    "table": None,
}


@pytest.fixture(params=["en", "es"])
def lang(request, monkeypatch):
    from geoterritorio_qgis import texts

    monkeypatch.setattr(texts, "language", lambda: request.param)
    return request.param


def described(kind):
    columns = {c["name"]: c for _, o in OUTPUTS if o["kind"] == kind for c in o["columns"]}
    known = TABLE["kinds"][kind]["aliases"]
    extra = {"institutions": ["kind", "name"], "flows": ["flow"], "firms": ["employment"]}.get(kind, [])
    return columns or {
        c: {"name": c, "dtype": "text"} for c in [*known, *(e for e in extra if e not in known)]
    }


def sample(kind, geometry):
    """Layer of a kind with five features."""
    columns = described(kind)
    numeric = {n for n, c in columns.items() if c["dtype"] == "number"} | {"flow", "employment"}
    fields = "".join(f"&field={n}:{'double' if n in numeric else 'string'}" for n in columns)
    shape = "none" if geometry == "table" else geometry.replace("line", "linestring")
    layer = QgsVectorLayer(f"{shape}?crs=EPSG:25830{fields}", kind, "memory")
    assert layer.isValid()
    for i in range(5):
        feature = QgsFeature(layer.fields())
        for n in columns:
            feature[n] = 0.3 + 0.7 * i if n in numeric else f"{n} {i}"
        if SHAPES[geometry]:
            feature.setGeometry(QgsGeometry.fromWkt(SHAPES[geometry]))
        layer.dataProvider().addFeature(feature)
    return layer


@pytest.mark.parametrize(("kind", "geometry"), VECTORS)
def test_looks_load(qgis_app, lang, kind, geometry):
    from geoterritorio_qgis import styling, texts

    layer = sample(kind, geometry)
    assert styling.dress(layer, kind) == ""
    fields = layer.fields()
    aliases = TABLE["kinds"][kind]["aliases"]
    assert {n: layer.attributeAlias(fields.lookupField(n)) for n in aliases if n in described(kind)} == {
        n: texts.translator(lang)(a) for n, a in aliases.items() if n in described(kind)
    }
    if geometry == "table" or not TABLE["kinds"][kind]["styles"]:
        return
    assert isinstance(layer.renderer(), QgsRuleBasedRenderer)
    for rule in layer.renderer().rootRule().descendants():
        if rule.symbol() is not None:
            assert rule.filter() is None or not rule.filter().hasParserError(), rule.filterExpression()
            assert rule.label()
    if layer.labelsEnabled():
        from qgis.core import QgsExpression, QgsExpressionContext, QgsExpressionContextUtils

        text = QgsExpression(layer.labeling().settings().fieldName)
        context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
        context.setFeature(next(layer.getFeatures()))
        assert text.evaluate(context), text.evalErrorString()


def quotients():
    fields = (
        "&field=territory:string&field=name:string&field=lq:double&field=certainty:string&field=status:string"
    )
    layer = QgsVectorLayer(f"polygon?crs=EPSG:25830{fields}", "LQ", "memory")
    rows = [
        ("a", "One town / Un pueblo", 3.0, "high", "known"),
        ("b", "b", 1.0, "unclear", "known"),
        ("c", "c", 0.3, "few", "known"),
        ("d", "d", None, "withheld", "withheld"),
        ("e", "e", 0.0, "few", "known"),
    ]
    for row in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(list(row))
        feature.setGeometry(QgsGeometry.fromWkt(SHAPES["polygon"]))
        layer.dataProvider().addFeature(feature)
    return layer


LEGENDS = {
    "en": {
        "a": ["Over 2"],
        "b": ["0.91 to 1.1, around 1", "Not clear: not told apart from 1, with all tests counted"],
        "c": ["Under 0.5", "Too few establishments to say"],
        "d": ["Withheld"],
        "e": ["0: none of the sector here"],
    },
    "es": {
        "a": ["Más de 2"],
        "b": ["0,91 a 1,1, en torno a 1", "No claro: no se distingue de 1, contados todos los contrastes"],
        "c": ["Menos de 0,5", "Demasiado pocos establecimientos"],
        "d": ["Reservado"],
        "e": ["0: nada del sector aquí"],
    },
}


def drawn_as(layer):
    """Labels of the rules that draw each feature."""
    rules = [r for r in layer.renderer().rootRule().descendants() if r.symbol() is not None]
    found = {}
    for feature in layer.getFeatures():
        found[feature["territory"]] = []
    for rule in rules:
        request = QgsFeatureRequest().setFilterExpression(rule.filterExpression())
        for feature in layer.getFeatures(request):
            found[feature["territory"]].append(rule.label())
    return found


def test_quotients_have_classes_around_one_and_uncertain_ones_are_hatched(qgis_app, lang):
    from geoterritorio_qgis import styling

    layer = quotients()
    assert styling.dress(layer, "quotient_areas") == ""
    assert drawn_as(layer) == LEGENDS[lang]
    for rule in layer.renderer().rootRule().descendants():
        symbol = rule.symbol()
        lines = symbol is not None and any(
            isinstance(symbol.symbolLayer(i), QgsLinePatternFillSymbolLayer)
            for i in range(symbol.symbolLayerCount())
        )
        assert lines == (rule.label() in {LEGENDS[lang]["b"][1], LEGENDS[lang]["c"][1]})
    setup = layer.editorWidgetSetup(layer.fields().lookupField("certainty"))
    words = {code: word for pair in setup.config()["map"] for word, code in pair.items()}
    assert (
        words["few"]
        == {"en": "under 5 effective establishments", "es": "menos de 5 establecimientos efectivos"}[lang]
    )


def test_versions_in_time_are_those_in_force(qgis_app):
    from geoterritorio_qgis import styling

    layer = QgsVectorLayer(str(COMARCA / "municipalities.gpkg"), "versions", "ogr")
    assert styling.dress(layer, "territories") == ""
    temporal = layer.temporalProperties()
    assert temporal.isActive()
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    sizes = []
    for day in (
        "1980-12-31",
        "1981-01-01",
        "1997-12-31",
        "1998-01-01",
        "2013-06-30",
        "2013-07-01",
        "2025-01-01",
    ):
        start = QDateTime(QDate.fromString(day, "yyyy-MM-dd"), QTime(0, 0))
        text = temporal.createFilterString(context, QgsDateTimeRange(start, start.addDays(1), True, False))
        shown = {f.id() for f in layer.getFeatures(QgsFeatureRequest().setFilterExpression(text))}
        force = {
            f.id()
            for f in layer.getFeatures()
            if f["valid_from"] <= day and (not f["valid_to"] or day < f["valid_to"])
        }
        assert shown == force, day
        sizes.append(len(shown))
    assert sizes[0] == 0
    assert len(set(sizes)) > 2
    assert sizes[-1] == QgsVectorLayer(str(COMARCA / "municipalities_2025.gpkg"), "now", "ogr").featureCount()


@pytest.mark.parametrize(
    ("stated", "day"), [("1998", "1998-01-01"), ("1998-05", "1998-05-01"), ("1998-05-03", "1998-05-03")]
)
def test_partial_dates_stand_for_their_first_day(qgis_app, stated, day):
    from geoterritorio_qgis import styling
    from qgis.core import QgsExpression

    layer = QgsVectorLayer(
        "polygon?field=territory:string&field=valid_from:string&field=valid_to:string", "t", "memory"
    )
    assert styling.dress(layer, "territories") == ""
    text = layer.temporalProperties().startExpression().replace('"valid_from"', f"'{stated}'")
    assert QgsExpression(text).evaluate() == QDateTime(QDate.fromString(day, "yyyy-MM-dd"), QTime(0, 0))


def load(tool, values, project):
    """Run of a tool as the toolbox runs it: what it makes is loaded and styled."""
    from qgis.core import QgsApplication, QgsProcessingOutputLayerDefinition

    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"geoterritorio:{tool}")
    context = QgsProcessingContext()
    context.setProject(project)
    log = Log()
    outputs = {d.name() for d in algorithm.destinationParameterDefinitions()}
    given = {
        k: QgsProcessingOutputLayerDefinition(v, project) if k in outputs and v else v
        for k, v in values.items()
    }
    results, done = algorithm.run(given, context, log)
    assert done, log.said
    found = {}
    for name, place in results.items():
        if isinstance(place, str) and context.willLoadLayerOnCompletion(place):
            details = context.layerToLoadOnCompletionDetails(place)
            layer = QgsProcessingUtils.mapLayerFromString(place, context, True)
            context.temporaryLayerStore().takeMapLayer(layer)
            details.setOutputLayerName(layer)
            project.addMapLayer(layer)
            details.postProcessor().postProcessLayer(layer, context, log)
            found[name] = layer
    return found, log


NAMES = {
    "en": [
        "15.2 · Areas · Location quotients with intervals",
        "Quotients · Location quotients with intervals",
    ],
    "es": [
        "15.2 · Áreas · Coeficientes de localización con intervalos",
        "Coeficientes · Coeficientes de localización con intervalos",
    ],
}


def test_results_come_with_their_look_and_name(provider, qgis_new_project, lang):
    from geoterritorio_qgis import styling

    values = {
        "TERRITORIES": loaded(COMARCA / "municipalities_2025.gpkg"),
        "COUNTS": loaded(COMARCA / "counts.csv"),
        "SECTOR": "15.2",
        "QUOTIENTS": "TEMPORARY_OUTPUT",
        "AREAS": "TEMPORARY_OUTPUT",
    }
    found, log = load("location_quotient", values, QgsProject.instance())
    assert {layer.name() for layer in found.values()} == set(NAMES[lang])
    areas = found["AREAS"]
    assert isinstance(areas.renderer(), QgsRuleBasedRenderer)
    assert areas.temporalProperties().isActive()
    shown = drawn_as(areas)
    assert all(shown.values())
    certain = {f["territory"]: f["certainty"] for f in areas.getFeatures()}
    assert {t for t, labels in shown.items() if labels[0] == LEGENDS[lang]["d"][0]} == {
        t for t, c in certain.items() if c == "withheld"
    }
    table = found["QUOTIENTS"]
    assert (
        table.attributeDisplayName(table.fields().lookupField("sector"))
        == {"en": "Sector code", "es": "Código de sector"}[lang]
    )
    assert table.editorWidgetSetup(table.fields().lookupField("lq")).config() == {"Precision": 3}
    assert [w for w in log.of("warning") if "QGIS" in w] == []
    assert not styling._kept


def test_names_that_users_gave_stay(provider, qgis_new_project, markets):
    from geoterritorio_qgis import styling

    tool = next(t for t in TOOLS if t["name"] == "regular_grid")
    context = QgsProcessingContext()
    details = QgsProcessingContext.LayerDetails("My cells", QgsProject.instance(), "OUTPUT")
    context.setLayersToLoadOnCompletion({"place": details})
    worn = styling.Dress("territories", "regular_grid")
    styling.follow(tool["outputs"][0], "place", context, worn, name="Grid")
    assert context.layerToLoadOnCompletionDetails("place").name == "My cells"
    styling.follow(tool["outputs"][0], "elsewhere", context, worn, name="Grid")
    assert len(styling._kept) == 1
    waiting = context.layerToLoadOnCompletionDetails("place").postProcessor()
    waiting.postProcessLayer(markets, context, Log())
    assert not styling._kept
    assert markets.name() == "mercados de trabajo"


def test_surfaces_have_classes_of_their_own_values(provider, qgis_new_project, lang):
    from geoterritorio_qgis import styling

    firms = QgsVectorLayer("point?crs=EPSG:25830&field=firm:string&field=sector:string", "firms", "memory")
    for i in range(200):
        feature = QgsFeature(firms.fields())
        feature.setAttributes([str(i), "15.2"])
        x, y = 500_000 + (i * 7919 % 9_973), 4_950_000 + (i * 6151 % 9_949)
        feature.setGeometry(QgsGeometry.fromWkt(f"Point({x} {y})"))
        firms.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(firms)
    values = {"FIRMS": firms, "CELL": 500.0, "SECTOR": "15.2", "SURFACE": "TEMPORARY_OUTPUT"}
    found, _ = load("density_surface", values, QgsProject.instance())
    layer = found["SURFACE"]
    assert layer.renderer().type() == "singlebandpseudocolor"
    items = layer.renderer().shader().rasterShaderFunction().colorRampItemList()
    assert 3 <= len(items) <= 5
    assert items[0].color.alpha() == 0
    assert items[0].label.startswith({"en": "Under ", "es": "Menos de "}[lang])
    assert layer.name().startswith("15.2 · ")
    assert layer.name().endswith(
        {"en": " · establishments per km²", "es": " · establecimientos por km²"}[lang]
    )
    node = QgsProject.instance().layerTreeRoot().findLayer(layer.id())
    styling._head(node)
    model = QgsLayerTreeModel(QgsProject.instance().layerTreeRoot())
    heads = model.layerLegendNodes(node)
    assert heads[0].data(Qt.ItemDataRole.DisplayRole) == layer.name().rpartition(" · ")[2]


def test_results_without_a_column_of_sectors_say_which_one_they_are_about(provider, firms, lang):
    found, _ = load(
        "clumps", {"FIRMS": firms, "SECTOR": "15.2", "AREAS": "TEMPORARY_OUTPUT"}, QgsProject.instance()
    )
    layer = found["AREAS"]
    assert layer.fields().lookupField("sector") < 0
    assert layer.name().startswith("15.2 · ")
    head = layer.renderer().rootRule().children()[0].label()
    assert head == {"en": "Stability: 15.2", "es": "Estabilidad: 15.2"}[lang]


def test_reasons_for_doubt_are_drawn_apart(qgis_app):
    from geoterritorio_qgis import styling

    style = styling.table()["kinds"]["quotient_areas"]["styles"][0]
    looks = [rule["look"] for rule in style["rules"] if "certainty" in rule["needs"]]
    assert sorted(looks) == ["bars", "cross", "hatch"]
