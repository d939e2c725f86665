"""Diagnostics for programs: JSON, GitHub workflow commands, SARIF."""

from __future__ import annotations

import json

from dlspec.diagnostics.codes.base import Code
from dlspec.diagnostics.render import render
from dlspec.diagnostics.report import Diagnostic, Note
from dlspec.diagnostics.span import SourceFile, Span

ERROR = Code("DL203", "unknown_name", "A name that nothing has.", "x -> denes", "x -> dense")
NOTE = Code("DL801", "hidden_layer", "A binding hides a layer.", "relu = 1", "r = 1", severity="note")
SOURCE = SourceFile("nets/a b,c.dl", "x -> (\n  denes\n)\ny = 1\n")
ONE_LINE = Span(SOURCE, 9, 14)
TWO_LINES = Span(SOURCE, 5, 14)
WHERE = Note("called here", Span(SOURCE, 17, 18))


def test_json_has_the_documented_keys() -> None:
    items = [Diagnostic(ERROR, "m", TWO_LINES, "h", (WHERE,)), Diagnostic(NOTE, "n")]
    assert json.loads(render(items, "json")) == [
        {
            "code": "DL203",
            "severity": "error",
            "message": "m",
            "help": "h",
            "file": "nets/a b,c.dl",
            "line": 1,
            "column": 6,
            "end_line": 2,
            "end_column": 8,
            "notes": [{"message": "called here", "file": "nets/a b,c.dl", "line": 4, "column": 1}],
        },
        {
            "code": "DL801",
            "severity": "note",
            "message": "n",
            "help": "",
            "file": None,
            "line": None,
            "column": None,
            "end_line": None,
            "end_column": None,
            "notes": [],
        },
    ]


def test_json_of_nothing_is_an_empty_list() -> None:
    assert json.loads(render([], "json")) == []


def test_json_is_ascii_whatever_the_source_holds() -> None:
    assert render([Diagnostic(ERROR, "\x9b\ud800 日本")], "json").isascii()


def test_github_command_is_escaped() -> None:
    item = Diagnostic(ERROR, "100% wrong:\n::error::injected\r", ONE_LINE, "h", (WHERE,))
    assert render([item], "github") == (
        "::error file=nets/a b%2Cc.dl,line=2,endLine=2,col=3,endColumn=8,title=DL203 unknown_name::"
        "100%25 wrong:%0A::error::injected␍%0Ahelp: h%0Anote: called here (nets/a b,c.dl:4:1)"
    )


def test_github_columns_only_within_one_line_and_notes_are_notices() -> None:
    first, second = render([Diagnostic(NOTE, "m", TWO_LINES), Diagnostic(NOTE, "m")], "github").splitlines()
    assert first == "::notice file=nets/a b%2Cc.dl,line=1,endLine=2,title=DL801 hidden_layer::m"
    assert second == "::notice title=DL801 hidden_layer::m"


def test_sarif_has_rules_results_and_places() -> None:
    items = [Diagnostic(NOTE, "n"), Diagnostic(ERROR, "m", TWO_LINES, "h", (WHERE,)), Diagnostic(ERROR, "o", ONE_LINE)]
    log = json.loads(render(items, "sarif"))
    run = log["runs"][0]
    assert (log["version"], run["columnKind"]) == ("2.1.0", "unicodeCodePoints")
    rules = run["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["defaultConfiguration"]["level"]) for rule in rules] == [
        ("DL801", "note"),
        ("DL203", "error"),
    ]
    assert [(r["ruleId"], r["ruleIndex"], r["level"]) for r in run["results"]] == [
        ("DL801", 0, "note"),
        ("DL203", 1, "error"),
        ("DL203", 1, "error"),
    ]
    nowhere, somewhere, _ = run["results"]
    assert nowhere["locations"] == []
    assert somewhere["message"] == {"text": "m\nhelp: h"}
    place = somewhere["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "nets/a%20b%2Cc.dl"}
    assert place["region"] == {"startLine": 1, "startColumn": 6, "endLine": 2, "endColumn": 8}
    related = somewhere["relatedLocations"][0]
    assert (related["message"]["text"], related["physicalLocation"]["region"]["startLine"]) == ("called here", 4)


def test_sarif_absolute_path_is_a_file_uri() -> None:
    item = Diagnostic(ERROR, "m", Span(SourceFile("/nets/ä.dl", "x"), 0, 1))
    location = json.loads(render([item], "sarif"))["runs"][0]["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "file:///nets/%C3%A4.dl"
