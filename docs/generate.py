"""The reference pages: every diagnostic and every entry of the catalogue, from their declarations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from dlspec.catalog import all_entries
from dlspec.catalog.base import Entry
from dlspec.catalog.conformance import PASSED, outcomes
from dlspec.catalog.index import PLANNED, family_of
from dlspec.cli.reference import Parameter, backend_notes, reference_of
from dlspec.diagnostics.codes import all_codes
from dlspec.diagnostics.codes.base import Code

FAMILIES = {
    "dense": "Dense layers, embeddings, parameters",
    "conv": "Convolutions",
    "pool": "Pools",
    "norm": "Normalisation",
    "recurrent": "Recurrent layers",
    "attention": "Attention and positions",
    "activation": "Activations",
    "random": "Random layers, and gradients",
    "shape": "Shapes",
    "elementwise": "Elementwise layers",
    "reduction": "Reductions",
}
"""Layers are many: family -> title of its page, in the order of the contents."""

INTRODUCTIONS = {
    "operator": "What the signs of the language, indices and attributes are compiled to; a spec writes the signs.",
    "internal initializer": "What the compiler makes itself; a spec cannot name them.",
    "function": "Worked out at compile time. Right of an arrow `min`, `max`, `sum`, `abs` and `round` are layers.",
    "root": "What a flow in a `data` block begins with.",
    "run": "What `load` takes in place of a file.",
    "order": "What `by=` of `split` takes.",
    "space": "What `search` takes.",
    "searcher": "What `sampler` and `pruner` take.",
}

CODE = re.compile(r"(`[^`]*`)")
SPECIAL = re.compile(r"([\\*_\[\]<>])")


def write_reference(folder: Path) -> None:
    """Write `diagnostics.md`, `backends.md`, and `catalogue.md` with its pages; only what changed is touched."""
    catalogue = dict(catalogue_pages())
    pages = {"diagnostics.md": diagnostics_page(), "catalogue.md": catalogue_index(list(catalogue))}
    pages["backends.md"] = backends_page()
    pages |= {f"catalogue/{name}.md": text for name, text in catalogue.items()}
    for stale in set(folder.rglob("*.md")) - {folder / name for name in pages}:
        stale.unlink()
    for name, text in pages.items():
        page = folder / name
        page.parent.mkdir(parents=True, exist_ok=True)
        if not page.is_file() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def diagnostics_page() -> str:
    """Every code with its meaning, a wrong and a right example."""
    intro = "# Diagnostics\n\n`dlspec explain CODE` shows the same.\n"
    return "\n".join([intro, *(_code(code) for _, code in sorted(all_codes().items()))])


def _code(code: Code) -> str:
    parts = [f"({code.id.lower()})=\n## {code.id}: {code.name.replace('_', ' ')}", f"*{code.severity}*", code.meaning]
    parts += ["Wrong:", _example(code.wrong), "Right:", _example(code.right)]
    return "\n\n".join(parts) + "\n"


def _example(text: str) -> str:
    return f"````text\n{text.strip()}\n````"


def catalogue_pages() -> Iterator[tuple[str, str]]:
    """Name and text of each page: a page a family of layers, then a page a kind."""
    kinds = {kind: entries for kind, entries in all_entries().items() if entries}
    layers = kinds.pop("layer")
    for family, title in FAMILIES.items():
        entries = [entry for entry in layers if family_of("layer", entry.entry) == family]
        yield f"layer_{family}", _page(title, "", entries)
    for kind, found in kinds.items():
        yield _slug(kind), _page(_plural(kind).capitalize(), INTRODUCTIONS.get(kind, ""), list(found))


def catalogue_index(pages: list[str]) -> str:
    """The contents of the catalogue, and what is not in it yet."""
    toc = "\n".join(f"catalogue/{page}" for page in pages)
    head = "# Catalogue\n\nEverything that a spec can name. `dlspec explain NAME` shows the same.\n"
    rows = [f"| {_plural(kind)} | {', '.join(f'`{name}`' for name in names)} |" for kind, names in PLANNED.items()]
    table = "\n".join(["| kind | names |", "|---|---|", *rows])
    later = (
        f"## Not in this version\n\nThese names belong to the language; using one is an error that says so.\n\n{table}"
    )
    return f"{head}\n```{{toctree}}\n:maxdepth: 1\n\n{toc}\n```\n\n{later}\n"


def _page(title: str, introduction: str, entries: list[type[Entry]]) -> str:
    """Entries by name."""
    blocks = [_entry(entry) for entry in sorted(entries, key=lambda entry: entry.entry)]
    return "\n".join([f"# {title}\n", *([f"{introduction}\n"] if introduction else []), *blocks])


def _entry(entry: type[Entry]) -> str:
    found = reference_of(entry)
    parts = [f"## {found.name}", f"`{found.signature}`", *map(_paragraph, found.paragraphs)]
    parts += [f"**{name}**: {_escaped(text)}" for name, text in found.parts.items()]
    if found.parameters:
        parts.append("\n".join(["| parameter | default | meaning |", "|---|---|---|", *map(_row, found.parameters)]))
    if found.example:
        parts.append(f"```dl\n{found.example.rstrip()}\n```")
    notes = backend_notes(found)
    if len(set(notes.values())) == 1:
        parts.append(f"*On every backend*: {_escaped(notes['torch'])}")
    else:
        parts.append("\n".join(f"- *{BACKENDS[backend]}*: {_escaped(note)}" for backend, note in notes.items()))
    return "\n\n".join(parts) + "\n"


BACKENDS = {"torch": "PyTorch", "keras": "Keras", "onnx": "ONNX"}


def _paragraph(text: str) -> str:
    """A paragraph of a docstring as Markdown; lines that are set in stay apart."""
    return _escaped(text if "\n" in text else " ".join(text.split()))


def _escaped(text: str) -> str:
    """Text in which nothing but code in backticks is Markdown."""
    return "".join(part if part.startswith("`") else SPECIAL.sub(r"\\\1", part) for part in CODE.split(text))


def _row(parameter: Parameter) -> str:
    default = "required" if parameter.default is None else f"`{parameter.default}`"
    choices = f" ({', '.join(f'`{choice}`' for choice in parameter.choices)})" if parameter.choices else ""
    meaning = (_escaped(parameter.meaning) + choices).replace("|", "&#124;")
    return f"| `{parameter.name}` | {default} | {meaning} |"


def backends_page() -> str:
    """How many entries of each kind have passed conformance on each backend; what is not supported, with reasons."""
    rows, unsupported = [], []
    for kind, entries in all_entries().items():
        found = [(entry, outcomes(entry)) for entry in entries]
        cells = [_share([each[backend] for _, each in found]) for backend in BACKENDS]
        rows.append(f"| {_plural(kind)} | {len(entries)} | {' | '.join(cells)} |")
        unsupported += [
            f"| {kind} | `{entry.entry}` | {title} | {_escaped(each[backend].partition(': ')[2])} |"
            for entry, each in found
            for backend, title in BACKENDS.items()
            if each[backend].startswith(UNSUPPORTED)
        ]
    head = (
        "# Entries and backends\n\nWhat the conformance tests have shown, by kind: how many entries passed every check "
        "that they need. Each entry's own page says which, and `dlspec explain --list --format json` has it all.\n"
    )
    table = "\n".join(["| kind | entries | PyTorch | Keras | ONNX |", "|---|---|---|---|---|", *rows])
    pairs = "\n".join(["| kind | name | backend | reason |", "|---|---|---|---|", *unsupported])
    none = "Every entry that a backend could have, it has."
    return f"{head}\n{table}\n\n## Not supported\n\n{pairs if unsupported else none}\n"


UNSUPPORTED = "unsupported"


def _share(outcomes: list[str]) -> str:
    """`28`, `25 of 28`, or why there is nothing to pass."""
    if PASSED in outcomes:
        passed = outcomes.count(PASSED)
        return f"{passed}" if passed == len(outcomes) else f"{passed} of {len(outcomes)}"
    reasons = {outcome.partition(": ")[0] for outcome in outcomes}
    return " or ".join(sorted(reasons))


def _slug(kind: str) -> str:
    return kind.replace(" ", "_")


def _plural(kind: str) -> str:
    if kind.endswith("ss"):
        return kind + "es"
    return kind[:-1] + "ies" if kind.endswith("y") else kind + "s"
