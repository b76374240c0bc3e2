"""A study of a hostile register, opened in real Chromium: everything is shown literally, nothing runs."""

import json

from geoterritorio.layers import write_layers
from geoterritorio.study import run_study

HOSTILE = [
    "<script>window.pwned = 1</script>",
    "{{ 7*7 }}",
    "{% for x %}",
    "{# remark #}",
    "`${7*7}`",
    '</script><img src=x onerror="window.pwned = 2">',
]
STUDY = """
[study]
title = {title}
sources = [{title}]
notes = [{title}]

[layers.areas]
kind = "territories"
path = "areas.gpkg"

[layers.register]
kind = "firms"
path = "firms.gpkg"

[steps.lq]
title = {title}
tool = "location_quotient"
territories = "areas"
firms = "register"
"""


def test_hostile_register_from_file_to_screen(tmp_path, territories, firms, opened):
    placed = territories.set_geometry(territories.translate(500_000, 4_400_000)).assign(name=HOSTILE)
    codes = dict(zip(sorted(firms["sector"].unique()), HOSTILE, strict=False))
    plants = firms.set_geometry(firms.translate(500_000, 4_400_000)).assign(
        sector_name=firms["sector"].map(codes), firm=[f"{HOSTILE[i % 6]} {i}" for i in range(len(firms))]
    )
    write_layers({str(tmp_path / "areas.gpkg"): placed, str(tmp_path / "firms.gpkg"): plants})
    title = " ".join(HOSTILE)
    (tmp_path / "study.toml").write_text(STUDY.format(title=json.dumps(title)), encoding="utf-8")
    made = run_study(tmp_path / "study.toml", tmp_path / "out")

    seen = opened(made["map"])
    assert seen.text("#title") == title
    seen.page.get_by_role("button", name="Table").click()
    shown = seen.page.locator("body").inner_text()
    assert all(name in shown for name in HOSTILE)
    assert seen.page.locator("#sector").input_value() in HOSTILE
    assert seen.page.evaluate("() => window.pwned") is None
    seen.clean(made["map"])

    page = seen.page.context.new_page()
    for name in ("report.html", "report.es.html"):
        path = tmp_path / "out" / name
        page.goto(path.as_uri())
        page.evaluate("() => document.querySelectorAll('details').forEach(part => { part.open = true })")
        shown = page.locator("body").inner_text()
        assert title in shown
        assert all(name in shown for name in HOSTILE)
        assert page.locator("script").count() == 0
        assert page.evaluate("() => window.pwned") is None


def test_the_report_opens_short_and_prints_all_but_settings(tmp_path, territories, firms, opened):
    placed = territories.set_geometry(territories.translate(500_000, 4_400_000))
    plants = firms.set_geometry(firms.translate(500_000, 4_400_000))
    write_layers({str(tmp_path / "areas.gpkg"): placed, str(tmp_path / "firms.gpkg"): plants})
    (tmp_path / "study.toml").write_text(STUDY.format(title='"Towns"'), encoding="utf-8")
    made = run_study(tmp_path / "study.toml", tmp_path / "out")
    page = opened(made["map"]).page.context.new_page()
    page.goto(made["report"].as_uri())
    folded = page.locator("details:not([open]) .scroll")
    every = folded.count()
    assert every >= 5
    assert [k for k in range(every) if folded.nth(k).is_visible()] == []
    assert page.locator("details[open] img").count() == 1
    height = "() => document.documentElement.scrollHeight"
    short = page.evaluate(height)
    page.locator("summary").nth(3).click()
    assert page.evaluate(height) > short
    page.emulate_media(media="print")
    printed = page.locator(".scroll:not(.screen *)")
    assert printed.count() >= every - 2
    assert all(printed.nth(k).is_visible() for k in range(printed.count()))
    # settings of the run stay in the file, and paper says so
    assert page.locator("p.paper.sheet").is_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(media="screen")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
