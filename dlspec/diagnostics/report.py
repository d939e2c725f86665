"""Diagnostics, the exception that carries them, and the report that collects them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from dlspec.diagnostics.codes.base import Code, Severity
from dlspec.diagnostics.span import SourceFile, Span, span_at


@dataclass(frozen=True, slots=True)
class Note:
    """A step on the way to the place: a block that was passed, or where a name was first bound."""

    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a code, what is wrong, where (if it has a place), and the way out.

    `where` is the place as text, `spec.dl:3:26`, for those who find something without the source at hand.
    """

    code: Code
    message: str
    span: Span | None = None
    help: str = ""
    notes: tuple[Note, ...] = ()
    where: str = ""

    @property
    def severity(self) -> Severity:
        return self.code.severity

    def with_notes(self, *notes: Note) -> Diagnostic:
        return replace(self, notes=self.notes + notes)

    def placed(self, sources: Iterable[SourceFile]) -> Diagnostic:
        """The same with the span that `where` means, where its file is among the sources."""
        if self.span is not None or not self.where:
            return self
        path, line, column = self.where.rsplit(":", 2)
        spans = [span_at(source, int(line), int(column)) for source in sources if source.path == path]
        return replace(self, span=spans[0]) if spans else self


class DlspecError(Exception):
    """One or several diagnostics on their way to the user."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        """As the command line shows them."""
        from dlspec.diagnostics.render import render

        return render(self.diagnostics)


def fail(
    code: Code, message: str, span: Span | None = None, *, help: str = "", notes: Iterable[Note] = (), where: str = ""
) -> DlspecError:
    """The exception for one diagnostic: `raise fail(codes.X, "…", span, help="…")`."""
    return DlspecError([Diagnostic(code, message, span, help, tuple(notes), where)])


@contextmanager
def written_at(where: str) -> Iterator[None]:
    """What is found in here without a place is at this one."""
    try:
        yield
    except DlspecError as error:
        raise DlspecError(
            each if each.span or each.where else replace(each, where=where) for each in error.diagnostics
        ) from error


@contextmanager
def placed_in(sources: Iterable[SourceFile]) -> Iterator[None]:
    """What is found in here gets the spans that its places mean in these sources."""
    try:
        yield
    except DlspecError as error:
        known = list(sources)
        raise DlspecError(each.placed(known) for each in error.diagnostics) from error


@dataclass(slots=True)
class Report:
    """Collects diagnostics of one run, each once."""

    items: list[Diagnostic] = field(default_factory=list)
    _seen: set[tuple[object, ...]] = field(default_factory=set)

    def add(self, *diagnostics: Diagnostic) -> None:
        for item in diagnostics:
            key = (item.code.id, str(item.span), item.message)
            if key not in self._seen:
                self._seen.add(key)
                self.items.append(item)

    @property
    def errors(self) -> list[Diagnostic]:
        return [item for item in self.items if item.severity == "error"]

    def raise_errors(self) -> None:
        """Raise what was collected if any of it is an error."""
        if self.errors:
            raise DlspecError(self.items)

    def __iter__(self) -> Iterator[Diagnostic]:
        """By file and place; what has no place comes first."""

        def key(item: Diagnostic) -> tuple[str, int]:
            return (item.span.file, item.span.start) if item.span else ("", 0)

        return iter(sorted(self.items, key=key))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`did you mean 'conv'?` for the nearest known name, or an empty string."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    if not near:
        folded = {_folded(each): each for each in names}
        near = [folded[each] for each in get_close_matches(_folded(name), folded, n=1, cutoff=0.6)]
    return f"did you mean '{near[0]}'?" if near else ""


def _folded(name: str) -> str:
    """A name without its case and underscores: `MaxPool` and `max_pool` are one."""
    return name.lower().replace("_", "")
