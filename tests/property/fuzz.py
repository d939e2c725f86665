"""Runs random specs by their seeds: `python -m tests.property.fuzz 0 2000`.

Each seed is printed with what it gave; a failure with the smallest spec that fails the same way. With `--log FILE` a
line of JSON is kept for each seed, and seeds that are there already are not run again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from dlspec.diagnostics.report import DlspecError
from tests.property.coverage import counted, report, uncovered
from tests.property.differential import examine
from tests.property.disagreement import Disagreement
from tests.property.gradients import compare_gradients, compare_training
from tests.property.random_specs import Spec, random_spec
from tests.property.shrinking import shrunk

DEEP = 4
"""One in so many specs is also compared in double precision, as a compiled function, and by its gradients."""

SILENT = 0.03
"""The largest share of specs that may say nothing: their own rounding is above the bound, or they are undefined."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a seed gave: its verdicts, what it has covered, and how long it took."""

    seed: int
    verdict: str
    gradients: str
    covered: tuple[str, ...]
    seconds: float
    failure: str = ""


def run(seed: int, *, deep: bool | None = None) -> Result:
    """One seed; a spec that says nothing counts as such. A failure is shrunk."""
    start = time.perf_counter()
    spec = random_spec(seed)
    deep = seed % DEEP == 0 if deep is None else deep
    try:
        verdict, gradients, covered = examined(spec, deep=deep)
    except Disagreement as error:
        small = smallest(spec, error, deep=deep)
        return Result(seed, "failure", "", (), time.perf_counter() - start, f"{error.stage}: {error.message}\n{small}")
    return Result(seed, verdict, gradients, covered, time.perf_counter() - start)


def examined(spec: Spec, *, deep: bool) -> tuple[str, str, tuple[str, ...]]:
    """The verdict on a spec's outputs, that on its gradients, and what it has covered."""
    with TemporaryDirectory(prefix="dlspec-") as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = Path(name)
        found = examine(spec, folder, deep=deep)
        assert found.program is not None
        gradients = "" if not deep else str(compare_gradients(spec, found.program))
        if spec.trains:
            gradients = f"{gradients}, training {compare_training(spec, folder)}".removeprefix(", ")
        covered = counted(spec.text, found.program) if found.verdict == "same" else Counter[str]()
        return found.verdict, gradients, tuple(sorted(covered))


def smallest(spec: Spec, error: Disagreement, *, deep: bool) -> str:
    """The smallest spec that fails at the same stage."""

    def fails(text: str) -> bool:
        try:
            examined(replace(spec, text=text), deep=deep)
        except Disagreement as other:
            return other.stage == error.stage and other.kind == error.kind
        except (DlspecError, KeyError, AssertionError):
            return False
        return False

    return shrunk(spec.text, fails)


def table(results: Iterable[Result]) -> tuple[str, list[str]]:
    """The report on many seeds, and what is missing in it."""
    results = list(results)
    coverage: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    for each in results:
        coverage.update(each.covered)
        verdicts[each.verdict] += 1
        verdicts.update(f"gradients {part}" for part in each.gradients.split(", ") if part)
    seconds = sum(each.seconds for each in results)
    head = (
        f"{len(results)} specs in {seconds:.0f} s: {', '.join(f'{n} {name}' for name, n in sorted(verdicts.items()))}"
    )
    silent = verdicts["rounding"] + verdicts["undefined"]
    missing = uncovered(coverage)
    if silent > SILENT * len(results):
        missing.append(f"{silent} of {len(results)} specs say nothing")
    return f"{head}\n{report(coverage)}", missing


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int, help="the seed behind the last")
    parser.add_argument("--log", type=Path)
    options = parser.parse_args()
    known: dict[int, Result] = {}
    if options.log and options.log.exists():
        for line in options.log.read_text(encoding="utf-8").splitlines():
            data = json.loads(line)
            known[data["seed"]] = Result(**{**data, "covered": tuple(data["covered"])})
    for seed in range(options.first, options.last):
        if seed in known:
            continue
        known[seed] = found = run(seed)
        if found.failure:
            print(f"seed {seed}: {found.failure}", flush=True)
        if options.log:
            fields = {name: getattr(found, name) for name in Result.__slots__}
            with options.log.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(fields)}\n")
    results = [known[seed] for seed in range(options.first, options.last)]
    text, missing = table(results)
    print(f"seeds {options.first} to {options.last - 1}: {text}")
    print("\n".join(f"missing: {each}" for each in missing))
    return int(bool(missing) or any(each.failure for each in results))


if __name__ == "__main__":
    sys.exit(main())
