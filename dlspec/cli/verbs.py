"""The table of verbs, and typer's command line made of it; a verb's module is imported when the verb is called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dlspec.cli.console import put
from dlspec.cli.errors import UsageProblem
from dlspec.diagnostics.report import did_you_mean
from dlspec.version import __version__

VERBS: dict[str, str] = {
    "new": "Make a folder with a spec to begin with.",
    "check": "Find everything that is wrong with specs.",
    "fmt": "Put specs in their usual form.",
    "explain": "Tell what a diagnostic or a name means.",
    "summary": "Show a model's layers and what they cost.",
    "draw": "Draw a model as SVG, or as a page whose blocks open.",
    "compile": "Write standalone PyTorch code or ONNX files.",
    "train": "Train, and keep everything in a run folder.",
    "evaluate": "Show a run's losses and metrics.",
    "predict": "Predict from a file of raw inputs.",
    "verify": "Compare the backends on a spec or a run.",
    "export": "Write a trained model as one ONNX file.",
    "doctor": "Show what is installed and what works.",
}
"""verb -> what it does, in the order of the work. The module of that name under dlspec.cli has the function of that
name, and an EXAMPLE."""

PLANNED = ("tune",)
"""Verbs of the design that this version does not have."""

_HELP = {"help_option_names": ["-h", "--help"]}
_MISUSE: type[Exception] = typer.BadParameter.__bases__[0]
"""UsageError of click, which some versions of typer bring along and others import."""


class Verbs(TyperGroup):
    """The verbs, each loaded when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in VERBS:
            raise _unknown(cmd_name)
        return _command(cmd_name)


def call(arguments: Sequence[str]) -> int:
    """Run a command line; gives the exit code."""
    app = typer.Typer(cls=Verbs, **_plain())
    app.callback(context_settings=_HELP, epilog="Example: dlspec check digits.dl")(dlspec)
    command = typer.main.get_command(app)
    try:
        with command.make_context("dlspec", list(arguments) or ["--help"]) as context:
            return int(command.invoke(context) or 0)
    except typer.Exit as done:
        return done.exit_code
    except _MISUSE as error:
        raise _explained(error) from error


def _version(wanted: bool) -> None:
    if wanted:
        put(f"dlspec {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)]


def dlspec(version: Version = False) -> None:
    """Small declarative specs of neural networks: checked, compiled to PyTorch and ONNX, trained and exported."""


def _plain() -> dict[str, Any]:
    return {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}


def _command(verb: str) -> Any:
    module = import_module(f"dlspec.cli.{verb}")
    app = typer.Typer(**_plain())
    epilog = f"Example: {module.EXAMPLE}"
    app.command(verb, short_help=VERBS[verb], context_settings=_HELP, epilog=epilog)(getattr(module, verb))
    return typer.main.get_command(app)


def _unknown(verb: str) -> UsageProblem:
    if verb in PLANNED:
        return UsageProblem(f"this version has no '{verb}' yet", "`dlspec --help` lists what it has")
    near = did_you_mean(verb, VERBS)
    if not near and verb.endswith(".dl"):
        near = f"say what to do with it: `dlspec check {verb}`"
    return UsageProblem(f"there is no verb '{verb}'", near or f"the verbs are {', '.join(VERBS)}")


def _explained(error: Exception) -> UsageProblem:
    """The misuse that click found, with the nearest right way."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "dlspec"
    more = f"`{path} --help` says more"
    option = getattr(error, "option_name", None)
    if option and hasattr(error, "possibilities"):
        known = [name for each in context.command.params for name in each.opts] if context is not None else []
        near = did_you_mean(option, [*known, "--help"])
        return UsageProblem(f"there is no option '{option}'", f"{near} {more}".strip())
    message = str(getattr(error, "format_message", lambda: error)()).strip().rstrip(".").replace("\n", " ")
    message = message.replace("Value error, ", "").replace("Input should be ", "it should be ")
    choice = re.search(r"'([^']*)' is not one of (.*)", message)
    near = did_you_mean(choice[1], re.findall(r"'([^']+)'", choice[2])) if choice else ""
    return UsageProblem(message[:1].lower() + message[1:], f"{near} {more}".strip())
