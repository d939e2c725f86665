"""What README shows is what the program does: the spec, the generated class, the diagnostic."""

from __future__ import annotations

import re
from pathlib import Path

from dlspec.backends.torch.training import emit_train_file
from dlspec.diagnostics.render import render
from dlspec.diagnostics.span import SourceFile
from dlspec.pipeline import check, resolve

REPOSITORY = Path(__file__).parents[3]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SPEC = REPOSITORY / "examples" / "digits.dl"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


def test_the_spec_is_the_example() -> None:
    assert blocks("dl") == [SPEC.read_text(encoding="utf-8")]


def test_the_class_is_what_is_generated() -> None:
    program = resolve(SPEC).program
    (shown,) = (block for block in blocks("python") if block.startswith("class"))
    assert shown in emit_train_file(program, program.trains[0])


def test_the_diagnostic_is_what_is_said() -> None:
    text = SPEC.read_text(encoding="utf-8").replace("dense(128)", "desne(128)")
    report = check(SPEC, source=SourceFile("digits.dl", text)).report
    shown = render(report.errors).rpartition("\n\n")[0]
    assert blocks("text") == [shown + "\n"]
