"""`dlspec`: finds the verb, and turns every way of failing into a message and an exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from dlspec.cli import errors
from dlspec.cli.console import prepare, say
from dlspec.diagnostics.report import DlspecError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (that of the process where none is given); gives the exit code."""
    _make_quick()
    prepare()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminate)
    try:
        code = run(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        code = errors.leave_quietly()
    return code


def _make_quick() -> None:
    """A command is short: its objects are hardly ever garbage, and no plugins of pydantic are looked for."""
    gc.set_threshold(100_000, 50, 100)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def run(arguments: list[str]) -> int:
    """Run a command line, and say how it failed; gives the exit code."""
    from dlspec.cli.verbs import call

    try:
        return call(arguments)
    except DlspecError as error:
        return errors.report(error)
    except errors.UsageProblem as problem:
        return errors.report_usage(problem.message, problem.help)
    except KeyboardInterrupt as stop:
        say(str(stop) or "interrupted")
        return int(getattr(stop, "exit_code", errors.INTERRUPTED))
    except BrokenPipeError:
        raise
    except MemoryError:
        say("error: there is not enough memory\n = help: check the sizes in the spec, or take a smaller `batch`")
        return errors.WRONG
    except Exception as error:  # the outermost handler: no traceback reaches the user
        return errors.report_fault(error)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise errors.Terminated
