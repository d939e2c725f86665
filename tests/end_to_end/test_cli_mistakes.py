"""What a hurried user gets wrong, and streams that are not what they should be."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlspec.cli.main import run
from dlspec.cli.verbs import VERBS
from tests.end_to_end.commands import SPEC, dlspec, environment, fine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.dl").write_text(SPEC, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("chekc net.dl", 2, "did you mean 'check'?"),
        ("net.dl", 2, "`dlspec check net.dl`"),
        ("tune net.dl", 2, "this version has no 'tune' yet"),
        ("check", 2, "missing argument 'FILE'"),
        ("check --fromat json net.dl", 2, "did you mean '--format'?"),
        ("check net.dl --format jsn", 2, "did you mean 'json'?"),
        ("check net.dl --max-parameters few", 2, "--max-parameters"),
        ("check net.dl --max-parameters 10", 1, "has 59 parameters, the limit is 10"),
        ("check nothing.dl", 1, "there is no such file"),
        ("check .", 1, "it is a folder"),
        ("check binary.dl", 1, "is not UTF-8"),
        ("fmt nothing.dl", 1, "there is no such file"),
        ("fmt binary.dl", 1, "is not UTF-8"),
        ("summary empty.dl", 2, "no model"),
        ("summary net.dl nett", 2, "did you mean 'net'?"),
        ("summary net.dl --set widht=3", 2, "did you mean 'width'?"),
        ("summary net.dl --set width", 2, "write --set PATH=VALUE"),
        ("summary net.dl --set width=(", 2, "--set width:1:9"),
        ("explain acuracy", 2, "did you mean 'accuracy'?"),
        ("explain", 2, "--list"),
        ("compile net.dl", 2, "--to torch, --to keras or --to onnx"),
        ("compile net.dl --to torch --weights nothing.safetensors", 1, "there is no such file"),
        ("compile net.dl --to torch --weights w --seed 1", 2, "exclude each other"),
        ("train net.dl nett", 2, "did you mean 'net'?"),
        ("train two.dl", 2, "several trainings: first, second"),
        ("train empty.dl", 2, "no `train` block"),
        ("train net.dl --set optimizer.lt=1", 2, "did you mean 'optimizer.lr'?"),
        ("train net.dl --device gpu", 2, "'cpu', 'cuda'"),
        ("train net.dl --backend onnx", 2, "trains with torch"),
        ("train net.dl --resume", 2, "train first"),
        ("train - ", 2, "save it in a file"),
        ("evaluate net", 2, "train first"),
        ("predict runs/net/1 new.csv", 2, "there is no run"),
        ("export net", 2, "missing option"),
    ],
)
def test_mistake(
    command: str,
    code: int,
    words: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In this process, for speed: all but the streams and signals is the same."""
    monkeypatch.chdir(folder)
    (folder / "empty.dl").write_text("")
    (folder / "binary.dl").write_bytes(bytes(range(256)))
    first, second = (
        SPEC[SPEC.index("train net") :].replace("flowers", f"flowers as {name}") for name in ("first", "second")
    )
    (folder / "two.dl").write_text(SPEC[: SPEC.index("train net")] + first + "\n" + second)
    ended = run(command.split())
    said = capsys.readouterr()
    assert words in said.err
    assert (ended, said.out) == (code, "")
    assert "Traceback" not in said.err
    assert not (folder / "runs").exists()


def test_an_empty_file_is_a_spec_that_declares_nothing(folder: Path) -> None:
    done = dlspec("check", "-", folder=folder)
    assert (done.returncode, done.stderr) == (0, "<stdin>: no errors (it declares nothing to build)\n")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do everything")
def test_no_permission(folder: Path) -> None:
    (folder / "net.dl").chmod(0)
    done = dlspec("check", "net.dl", folder=folder)
    assert done.returncode == 1
    assert "permission denied" in done.stderr
    (folder / "closed").mkdir(mode=0o500)
    (folder / "net.dl").chmod(0o600)
    done = dlspec("compile", "net.dl", "--to", "torch", "-o", "closed/out", folder=folder)
    assert done.returncode == 2
    assert "permission denied" in done.stderr


def test_a_file_where_a_folder_should_be(folder: Path) -> None:
    (folder / "out").write_text("")
    done = dlspec("compile", "net.dl", "--to", "torch", "-o", "out", folder=folder)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_every_verb_in_a_line(arguments: list[str], folder: Path) -> None:
    shown = fine(*arguments, folder=folder)
    assert [verb for verb in VERBS if not re.search(rf"^  {verb} +[A-Z].*\.$", shown, re.M)] == []


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_has_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Usage: dlspec {verb} " in shown
    assert "Example: dlspec " in shown


def test_version(folder: Path) -> None:
    assert re.fullmatch(r"dlspec \d+\.\d+\.\d+\n", fine("--version", folder=folder))


@pytest.mark.skipif(os.name == "nt", reason="pipes are Unix's")
def test_a_reader_that_goes_away_is_no_error(folder: Path) -> None:
    command = [sys.executable, "-m", "dlspec", "explain", "--list", "--format", "json"]
    process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    time.sleep(0.01)
    assert process.stderr.read() == b""
    assert process.wait(30) == 0


def test_streams_that_are_closed_are_no_error(folder: Path) -> None:
    script = f"exec {sys.executable} -m dlspec check net.dl >&- 2>&-"
    assert subprocess.run(["sh", "-c", script], cwd=folder, env=environment(), check=False).returncode == 0


def test_an_output_that_knows_only_ascii_gets_escapes(folder: Path) -> None:
    (folder / "bad.dl").write_text("a = ä\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "dlspec", "check", "bad.dl"],
        cwd=folder,
        env=environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0"),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"\\xe4" in done.stderr
