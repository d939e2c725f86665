"""The SVG: boxes beside and inside each other, never across; text inside of its box; nothing that is not XML."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

pytest.importorskip("quickjs")

from dlspec.drawing.engine import drawn, svg
from dlspec.drawing.graph import FITS, MOST_BOXES
from dlspec.drawing.scopes import drawing_of
from tests.unit.drawing.specs import SPECS, chain, made, picture, program_of

SVG = "{http://www.w3.org/2000/svg}"
ADVANCE = 0.6
"""Of a character of a monospaced font (Menlo, DejaVu Sans Mono: 0.602; Consolas: 0.55), in parts of its size."""
SIZES = {"title": 12.5, "note": 11, "over": 11}

each_spec = pytest.mark.parametrize("name", SPECS)
each_picture = pytest.mark.parametrize(
    ("name", "depth"), [(name, depth) for name in SPECS for depth in (1, 3, 5) if (name, depth) != ("densenet121", 5)]
)

Rect = tuple[float, float, float, float]


def rect(box: dict[str, Any]) -> Rect:
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def overlap(one: Rect, other: Rect) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def holds(outer: Rect, inner: Rect) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


@each_picture
def test_boxes_do_not_overlap(name: str, depth: int) -> None:
    placed = picture(name, depth)["placed"]
    by_parent: dict[str, list[dict[str, Any]]] = {}
    for box in placed["boxes"]:
        by_parent.setdefault(box["path"].rpartition("/")[0], []).append(box)
    rects = {box["path"]: rect(box) for box in placed["boxes"]}
    for parent, boxes in by_parent.items():
        for one, other in combinations(boxes, 2):
            assert not overlap(rect(one), rect(other)), (one["path"], other["path"])
        for box in boxes:
            assert holds(rects[parent] if parent else (0, 0, placed["width"], placed["height"]), rect(box))


@each_picture
def test_no_box_covers_the_head_of_its_frame(name: str, depth: int) -> None:
    placed = picture(name, depth)["placed"]
    frames = {box["path"]: box for box in placed["boxes"] if box["open"]}
    for box in placed["boxes"]:
        frame = frames.get(box["path"].rpartition("/")[0])
        assert frame is None or box["y"] >= frame["y"] + 22


@each_picture
def test_labels_lie_on_no_box(name: str, depth: int) -> None:
    placed = picture(name, depth)["placed"]
    closed = [rect(box) for box in placed["boxes"] if not box["open"]]
    for wire in placed["wires"]:
        if wire["label"]:
            x, y, text = wire["label"]["x"], wire["label"]["y"], wire["label"]["text"]
            room = (x, y - 5, x + len(text) * 10.5 * ADVANCE, y + 5)
            assert not any(overlap(room, each) for each in closed), text


@each_picture
def test_what_is_drawn_is_what_is_open(name: str, depth: int) -> None:
    drawing = made(name)[2]
    placed = picture(name, depth)["placed"]
    assert sum(not box["open"] for box in placed["boxes"]) == drawing.boxes_at(depth)
    shown = {box["path"] for box in placed["boxes"] if box["open"]}
    scopes = [drawing.scopes[drawing.root]]
    scopes += [drawing.scopes[box["box"]["scope"]] for box in placed["boxes"] if box["path"] in shown]
    told = sorted(label for wire in placed["wires"] for label in wire["labels"])
    assert told == sorted(wire.label for scope in scopes for wire in scope.wires)


@each_picture
def test_wires_run_down_and_end_at_their_boxes(name: str, depth: int) -> None:
    placed = picture(name, depth)["placed"]
    for wire in placed["wires"]:
        points = wire["points"]
        assert all(one["y"] <= other["y"] + 0.01 for one, other in pairwise(points))
        if wire["ended"]:
            end = points[-1]
            near = (end["x"], end["y"] + 5, end["x"] + 0.1, end["y"] + 6)
            targets = [*map(rect, placed["ports"]), *(rect(box) for box in placed["boxes"] if not box["open"])]
            assert any(overlap(near, each) for each in targets)


@each_spec
def test_svg_is_xml_with_its_text_inside_of_its_boxes(name: str) -> None:
    drawing = made(name)[2]
    root = ElementTree.fromstring(svg(drawing, drawing.deepest(FITS)))
    boxes = [group for group in root.iter(f"{SVG}g") if "box" in (group.get("class") or "").split()]
    for group in boxes:
        x, y, width, height = (float(group.findall(f"{SVG}rect")[-1].get(side, "")) for side in
                               ("x", "y", "width", "height"))  # fmt: skip
        for text in group.findall(f"{SVG}text"):
            size = SIZES[text.get("class", "")]
            assert x <= float(text.get("x", ""))
            assert float(text.get("x", "")) + len(text.text or "") * size * ADVANCE <= x + width
            assert y < float(text.get("y", "")) < y + height
    assert [group.findtext(f"{SVG}text") for group in root.iter(f"{SVG}g") if "port" in (group.get("class") or "")]
    assert len(boxes) == len(picture(name, drawing.deepest(FITS))["placed"]["boxes"])


@each_spec
def test_svg_tells_its_facts_and_asks_for_nothing(name: str) -> None:
    drawing = made(name)[2]
    text = svg(drawing, 1)
    root = ElementTree.fromstring(text)
    titles = [each.text or "" for each in root.iter(f"{SVG}title")]
    for box in drawing.scopes[drawing.root].boxes:
        assert any(all(f"{key}: {value}" in title for key, value in box.facts) for title in titles)
    assert not [key for each in root.iter() for key in each.attrib if "href" in key or key == "src"]
    assert text.count("http") == text.count('xmlns="http://www.w3.org/2000/svg"') + sum(
        title.count("http") for title in titles
    )
    assert "@import" not in text
    assert "url(" not in text


def test_hostile_names_and_texts_stay_text() -> None:
    text = (
        "# <script>alert(\"1\")</script> & 'quoted' ]]> --> {title}\n"
        "block b {\n  return in -> relu\n}\n# <b>&amp;\nmodel onload {\n  input script: float[3]\n"
        "  output alert = script -> b\n}\n"
    )
    drawing = drawing_of(program_of(text), "onload")
    root = ElementTree.fromstring(svg(drawing, 1))
    (title,) = [each.text or "" for each in root.iter(f"{SVG}title")]
    assert """<script>alert("1")</script> & 'quoted' ]]> --> {title}""" in title
    assert not list(root.iter(f"{SVG}script"))


def test_ten_thousand_layers_do_not_crash() -> None:
    drawing = drawing_of(program_of(chain(10_000)), "deep")
    placed = drawn(drawing, drawing.deepest(MOST_BOXES))["placed"]
    assert len(placed["boxes"]) == 100
