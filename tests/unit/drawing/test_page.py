"""The page: all of its data in it, nothing from outside, and boxes that open by key in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dlspec.drawing.engine import asset
from dlspec.drawing.page import page
from dlspec.drawing.scopes import drawing_of
from tests.unit.drawing.specs import SPECS, made, program_of

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

each_spec = pytest.mark.parametrize("name", SPECS)


class Read(HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag == "script"
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[-1] += data


@each_spec
def test_page_holds_all_data(name: str) -> None:
    drawing = made(name)[2]
    data, *scripts = Read(page(drawing, 2)).scripts
    assert json.loads(data) == json.loads(json.dumps(drawing.as_json() | {"depth": 2}))
    assert len(scripts) == 2
    assert asset("vendor/dagre.min.js") in scripts[0]
    assert asset("vendor/dagre.LICENSE") in scripts[0]


@each_spec
def test_page_asks_for_nothing(name: str) -> None:
    text = page(made(name)[2], 1)
    read = Read(text)
    assert {tag for tag, _ in read.tags} <= {
        "html", "head", "meta", "title", "style", "body", "header", "p", "div", "button", "main", "noscript", "script",
    }  # fmt: skip
    assert not [attrs for _, attrs in read.tags if attrs.keys() & {"src", "href", "action", "data", "srcset", "poster"}]
    policies = [attrs["content"] for _, attrs in read.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"]
    code = read.scripts[1] + read.scripts[2]
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts|import)\s*\(", code)
    styles = asset("web/picture.css") + asset("web/page.css")
    assert not re.search(r"url\(|@import|@font-face", styles)
    outside = set(re.findall(r"https?://[^\s\"'`<)]+", code + styles))
    assert outside <= {"http://www.w3.org/2000/svg"}


def test_hostile_texts_end_no_script() -> None:
    said = '</script><script>alert(1)</script> <!-- & "quoted"'
    text = f"# {said}\nmodel m {{\n  input x: float[2]\n  output y = x -> relu\n}}\n"
    drawing = drawing_of(program_of(text), "m")
    made_page = page(drawing, 1)
    read = Read(made_page)
    assert len(read.scripts) == 3
    assert json.loads(read.scripts[0])["doc"] == drawing.doc == said
    assert "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt; &lt;!-- &amp; &quot;quoted&quot;" in made_page


def shown(tmp_path: Path, text: str) -> str:
    """The page's elements after its scripts have run."""
    assert CHROMIUM is not None
    file = tmp_path / "net.html"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/browser",
         "--dump-dom", file.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout


PRESSES = """<script>
const box = () => document.querySelector('[data-path="0"]');
const states = [box().getAttribute("aria-expanded")];
for (const key of ["Enter", " ", "Tab"]) {
  box().focus();
  box().dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  states.push(box().getAttribute("aria-expanded"));
}
states.push(document.activeElement === box());
box().dispatchEvent(new MouseEvent("mousemove", { bubbles: true, clientX: 5, clientY: 5 }));
states.push(document.getElementById("facts").textContent.includes("23,508,032"));
document.body.dataset.states = states.join();
</script></body>"""


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_page_in_a_browser(tmp_path: Path) -> None:
    text = page(made("resnet50")[2], 3)
    dom = shown(tmp_path, text.replace("</body>", PRESSES))
    assert 'data-states="true,false,true,true,true,true"' in dom
    assert len(re.findall(r'<g class="box [a-z]', dom)) == 14 + 4


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_browser_and_engine_place_alike(tmp_path: Path) -> None:
    pytest.importorskip("quickjs")
    from tests.unit.drawing.specs import picture

    dom = shown(tmp_path, page(made("gpt2")[2], 4))
    rects = re.compile(r'<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="6"')
    ours = rects.findall(picture("gpt2", 4)["svg"])
    assert len(ours) == 21
    assert rects.findall(dom) == ours
