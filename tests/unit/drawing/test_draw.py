"""The verb: where the picture goes, how deep it is opened, and what is said where it cannot be drawn."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from dlspec.cli.main import main
from tests.unit.drawing.specs import SEQUENCES, chain

SPEC = "model net(width = 4) {\n  input x: float[T, 8]\n  output y = x -> dense(width) -> relu\n}\n"


@pytest.fixture(autouse=True)
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.dl"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_svg_by_the_name_of_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("quickjs")
    assert main(["draw", "net.dl", "-o", "net.svg"]) == 0
    assert capsys.readouterr() == ("net.svg\n", "")
    assert ElementTree.parse("net.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_page_needs_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "quickjs", None)
    assert main(["draw", "net.dl", "net", "-o", "net.html"]) == 0
    assert Path("net.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_missing_engine_is_named_with_its_way_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "quickjs", None)
    assert main(["draw", "net.dl", "-o", "net.svg"]) == 2
    said = capsys.readouterr().err
    assert "error[DL701]: SVG needs the package 'quickjs-ng', which is not installed" in said
    assert "pip install 'dlspec[draw]'" in said
    assert not Path("net.svg").exists()


def test_standard_input_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(SPEC.encode())))
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stdout)
    assert main(["draw", "-", "-o", "-", "--to", "html"]) == 0
    written = stdout.buffer.getvalue()  # type: ignore[attr-defined]
    assert written.startswith(b"<!doctype html>")
    assert written.endswith(b"</html>\n")


def test_report_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.dl").write_text(SEQUENCES, encoding="utf-8")
    assert main(["draw", "net.dl", "-o", "net.html", "--depth", "2", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"model": "net", "file": "net.html", "kind": "html", "depth": 2, "boxes": 7}


def test_set_changes_what_is_drawn() -> None:
    assert main(["draw", "net.dl", "-o", "net.html", "--set", "width=77"]) == 0
    assert '"[T, 77]"' in Path("net.html").read_text(encoding="utf-8")


def test_what_dlspec_drew_is_drawn_again() -> None:
    assert main(["draw", "net.dl", "-o", "net.html"]) == 0
    assert main(["draw", "net.dl", "-o", "net.html"]) == 0
    Path("net.html").write_text("mine", encoding="utf-8")
    assert main(["draw", "net.dl", "-o", "net.html"]) == 2
    assert Path("net.html").read_text(encoding="utf-8") == "mine"
    assert main(["draw", "net.dl", "-o", "net.html", "--force"]) == 0


def test_long_chain_is_said_to_be_collapsed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.dl").write_text(chain(2000), encoding="utf-8")
    assert main(["draw", "net.dl", "-o", "net.html", "--depth", "5"]) == 0
    said = capsys.readouterr().err
    assert "drawn at depth 1: at 5 there would be 2,000 boxes; a picture has at most 1,500" in said
    assert "collapsed: a chain is too long to be seen at once; it is drawn as 20 parts, which open" in said


@pytest.mark.parametrize(
    ("command", "message", "help"),
    [
        ("net.dl", "say where the picture goes", "-o net.svg"),
        ("net.dl -o net.png", "'net.png' is neither .svg nor .html", "-o net.svg or -o net.html"),
        ("net.dl -o - --format json", "-o - and --format json both take standard output", "name a file"),
        ("net.dl -o net.svg --depth 0", "it should be greater than or equal to 1", "--help"),
        ("net.dl -o net.svg --to pdf", "'pdf' is not one of 'svg', 'html'", "--help"),
        ("net.dl -o net.svg --dept 3", "there is no option '--dept'", "did you mean '--depth'?"),
    ],
)
def test_misuse(command: str, message: str, help: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", *command.split()]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert help in said
