"""Pictures within a page: shorter, the same to the eye, and closed to what their texts say."""

import io
import re
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from geoterritorio.publication import drawing
from geoterritorio.publication.lean_svg import svg_address

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=a>",
    "{{ 7*7 }}",
    "50 % & #1",
    "</style>\n`${x}`",
]


@pytest.fixture
def figure():
    drawn, axes = drawing.canvas(4)
    rng = np.random.default_rng(5)
    axes.scatter(
        rng.random(80), rng.random(80), s=rng.uniform(20, 90, 80), c=rng.choice(["#a8480a", "#1f5a8c"], 80)
    )
    axes.fill(rng.random(40), rng.random(40), hatch="////", alpha=0.3)
    for i, text in enumerate(HOSTILE):
        axes.text(0, i / 5, text, parse_math=False)
    return drawn


class Sources(HTMLParser):
    """Addresses of a page's pictures, and every tag of it."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.addresses = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name == "src"]


def test_texts_of_a_picture_stay_texts_in_page_and_picture(figure):
    address = svg_address(drawing.picture(figure, ".svg").decode())
    assert not set('"<&#\n') & set(address)
    page = Sources(f'<p><img src="{address}"></p>')
    assert page.tags == ["p", "img"]
    assert page.addresses == [address]
    root = ET.fromstring(unquote(address.partition(",")[2]))  # noqa: S314 - our own picture
    texts = {e.text for e in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {text.replace("\n", "") for text in HOSTILE[:4]} <= texts
    assert not [e for e in root.iter() if e.tag.endswith("script") or e.tag.endswith("img")]


def test_what_a_picture_links_to_is_still_there(figure):
    drawn = unquote(svg_address(drawing.picture(figure, ".svg").decode()))
    linked = set(re.findall(r"url\(#([^)]+)\)", drawn)) | set(re.findall(r"href='#([^']+)'", drawn))
    assert linked
    assert linked <= set(re.findall(r"id='([^']+)'", drawn))


def test_a_picture_is_the_same_to_the_eye_and_shorter(figure, chromium):
    whole = drawing.picture(figure, ".svg").decode()
    page = chromium.new_page(viewport={"width": 900, "height": 900}, device_scale_factor=2)
    seen = []
    for inside in (whole[whole.index("<svg") :], f'<img src="{svg_address(whole)}">'):
        page.set_content(f"<body style='margin:0'>{inside}</body>")
        page.wait_for_timeout(100)
        seen.append(np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"), dtype=int))
    page.close()
    assert (seen[0] < 250).any()
    assert (np.abs(seen[0] - seen[1]) > 90).mean() < 0.002
    assert len(svg_address(whole)) < len(whole)
