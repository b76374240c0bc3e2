"""A study's map and report, and a million plants, in Firefox: ready, without an error, and drawn.

Firefox is started as a reader would start it. A copy of each page has one script more, whose hash its policy names;
it reports back to a server on this machine and goes on to the next page. The files themselves stay as they are.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.layers import write_layers
from geoterritorio.publication import firm_layer, quotient_layer, territory_map
from geoterritorio.study import run_study

NAMES = [
    "<script>window.__x=1</script>",
    "{{ 7*7 }}",
    "`${window.__x=1}`",
    "<img src=x onerror=window.__x=1>",
]
STUDY = """
[study]
title = "Towns {{ 7*7 }} <b>"
sources = ["Synthetic"]

[layers.areas]
kind = "territories"
path = "areas.gpkg"

[layers.register]
kind = "firms"
path = "firms.gpkg"

[map]
show = ["register"]

[disclosure]
off = "These plants are synthetic and stand for nobody."

[steps.lq]
title = "Quotients"
tool = "location_quotient"
territories = "areas"
firms = "register"
"""
# Errors are noted from the first; the rest waits until the page is ready, ticks what may be ticked, and reports.
REPORTER = """
const said = [];
addEventListener('error', (event) => said.push(event.message || 'error of ' + event.target.tagName), true);
addEventListener('unhandledrejection', (event) => said.push(String(event.reason)));
document.addEventListener('securitypolicyviolation',
  (event) => said.push('policy: ' + event.violatedDirective + ' ' + event.blockedURI));
const rest = (time) => new Promise((done) => setTimeout(done, time));
const until = async (found) => { for (let k = 0; k < 300 && !found(); k++) await rest(50); return !!found(); };
const pixels = (canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let k = 3; k < data.length; k += 4) count += data[k] > 0;
  return count;
};
addEventListener('DOMContentLoaded', async () => {
  const root = document.documentElement;
  const scripts = !!document.querySelector('#gt');
  const ready = !scripts || await until(() => root.dataset.ready);
  for (const part of document.querySelectorAll('details')) part.open = true;
  // before the table takes room of the map
  const drawn = Math.max(0, ...[...document.querySelectorAll('.leaflet-pane > canvas')].map(pixels));
  document.querySelector('#table-button')?.click();
  const boxes = [...document.querySelectorAll('#further input')];
  for (const box of boxes) box.click();
  const tiles = () => [...document.querySelectorAll('canvas.firms')];
  if (boxes.length) await until(() => tiles().some(pixels));
  await rest(200);
  const report = {
    ready, said, ran: window.__x ?? null, title: document.title, agent: navigator.userAgent,
    rows: document.querySelectorAll('tbody tr').length, text: document.body.innerText,
    pictures: [...document.images].every((image) => image.complete && image.naturalWidth),
    drawn,
    tiles: tiles().map(pixels),
    shown: document.querySelector('#further .hint')?.textContent,
    asked: performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => !name.startsWith('data:')),
  };
  const answer = await fetch('/told', { method: 'POST', body: JSON.stringify(report) });
  const next = await answer.text();
  if (next) location.href = next;
});
"""
SETTINGS = {
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.aboutwelcome.enabled": False,
    # a page from a server is asked for a small picture, a file is not
    "browser.chrome.site_icons": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}


def copied(html: str) -> str:
    """Page with the reporter, which the policy of the copy names and lets speak to its own server."""
    digest = base64.b64encode(hashlib.sha256(REPORTER.encode()).digest()).decode()
    found = re.search(r'(<meta http-equiv="Content-Security-Policy" content=")([^"]*)(">)', html)
    policy, named = found[2], f"'sha256-{digest}'"
    policy = (
        policy.replace("script-src ", f"script-src {named} ")
        if "script-src" in policy
        else f"{policy}; script-src {named}"
    )
    script = f"<script>{REPORTER}</script>"
    return (
        html[: found.start()]
        + f"{found[1]}{policy}; connect-src 'self'{found[3]}{script}"
        + html[found.end() :]
    )


def million(path) -> None:
    """Synthetic plants around four hundred places, and a quotient for the ground."""
    rng = np.random.default_rng(4)
    xy = rng.uniform([-6, 37], [2, 43], (400, 2))[rng.integers(0, 400, 1_000_000)]
    xy += rng.normal(0, 0.05, xy.shape)
    rows = gpd.GeoDataFrame(
        {"sector": rng.integers(10, 90, len(xy)).astype(str)},
        geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
        crs=4326,
    )
    ground = gpd.GeoDataFrame({"territory": ["a"]}, geometry=[shapely.box(-6, 37, 2, 43)], crs=4326)
    table = pd.DataFrame({"territory": ["a"], "sector": ["1"], "lq": [1.0]})
    plants = firm_layer(rows, name="Plants", why_shown="Synthetic.")
    territory_map(ground, quotient_layer(ground, table, name="Ground"), plants).save(path)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """What Firefox is shown, in order."""
    folder = tmp_path_factory.mktemp("firefox")
    shapes = [shapely.box(500_000 + 1000 * k, 4_400_000, 501_000 + 1000 * k, 4_401_000) for k in range(4)]
    areas = gpd.GeoDataFrame({"territory": list("abcd"), "name": NAMES}, geometry=shapes, crs=25830)
    rng = np.random.default_rng(7)
    places = shapely.points(rng.uniform([500_000, 4_400_000], [504_000, 4_401_000], (300, 2)))
    plants = gpd.GeoDataFrame(
        {
            "firm": [f"{NAMES[k % 4]} {k}" for k in range(300)],
            "sector": rng.choice(["15", "25", "47"], 300),
            "employment": rng.integers(1, 60, 300).astype(float),
        },
        geometry=places,
        crs=25830,
    )
    write_layers({str(folder / "areas.gpkg"): areas, str(folder / "firms.gpkg"): plants})
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    made = run_study(folder / "study.toml", folder / "out")
    million(folder / "million.html")
    files = {"map": made["map"], "report": folder / "out/report.html", "million": folder / "million.html"}
    return {name: copied(path.read_text(encoding="utf-8")) for name, path in files.items()}


class Server(ThreadingHTTPServer):
    """Gives the pages, and takes what they report."""

    daemon_threads = True

    def __init__(self, pages):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.told = pages, queue.Queue()
        self.next = iter([*[f"/{name}" for name in list(pages)[1:]], ""])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.pages.get(self.path.strip("/"), "").encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.put(told)
        body = next(self.server.next, "").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing: what a browser asks for is no output of a test."""


@pytest.fixture(scope="module")
def told(pages, tmp_path_factory):
    """What each page reported; Firefox has a profile of its own and does not outlive this."""
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if found is None:
        reason = "no firefox-esr on the path; scripts/install-test-tools installs it"
        pytest.fail(reason) if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip(reason)
    home = tmp_path_factory.mktemp("profile")
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in SETTINGS.items()]
    (home / "user.js").write_text("\n".join(lines), encoding="utf-8")
    server = Server(pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/{next(iter(pages))}"
    log = (home / "log").open("w")
    firefox = subprocess.Popen(
        [found, "--headless", "--no-remote", "--window-size", "1280,800", "--profile", str(home), address],
        env={**os.environ, "HOME": str(home), "MOZ_DISABLE_AUTO_SAFE_MODE": "1"},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        return {name: server.told.get(timeout=60) for name in pages}
    except queue.Empty:
        pytest.fail(f"Firefox did not report in time: {(home / 'log').read_text(errors='replace')[-500:]}")
    finally:
        os.killpg(firefox.pid, signal.SIGKILL)
        firefox.wait(timeout=10)
        log.close()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("page", ["map", "report", "million"])
def test_page_is_ready_without_an_error_and_asks_for_nothing(page, told):
    assert told[page]["ready"]
    assert told[page]["said"] == []
    assert told[page]["ran"] is None
    assert told[page]["asked"] == []
    assert "Firefox" in told[page]["agent"]


def test_map_and_report_show_texts_literally(told):
    assert told["map"]["title"] == "Towns {{ 7*7 }} <b>"
    assert told["report"]["title"] == "Towns {{ 7*7 }} <b>"
    # the map's table has all names, the report those with something to tell
    assert [name for name in NAMES if name not in told["map"]["text"]] == []
    assert any(name in told["report"]["text"] for name in NAMES)
    assert told["report"]["pictures"]
    assert told["report"]["rows"] > 10


def test_territories_and_plants_are_drawn(told):
    assert told["map"]["drawn"] > 10_000
    assert told["map"]["shown"].startswith("300 of 300")
    assert sum(told["map"]["tiles"]) > 300


def test_a_million_plants_are_counted_and_drawn(told):
    assert told["million"]["shown"].startswith("1,000,000 of 1,000,000")
    assert sum(told["million"]["tiles"]) > 5_000
