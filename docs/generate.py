"""The reference pages: every diagnostic and every entry of the catalogue, from their declarations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

from dlspec.catalog import all_entries
from dlspec.catalog.base import Entry, ParameterInfo, parameters
from dlspec.catalog.index import PLANNED, family_of
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

SECTIONS = re.compile(r"^(?=(?:Shapes|Formula|Source|Weights): )", re.M)
CODE = re.compile(r"(`[^`]*`)")
SPECIAL = re.compile(r"([\\*_\[\]<>])")


def write_reference(folder: Path) -> None:
    """Write `diagnostics.md`, and `catalogue.md` with its pages; only what changed is touched."""
    catalogue = dict(catalogue_pages())
    pages = {"diagnostics.md": diagnostics_page(), "catalogue.md": catalogue_index(list(catalogue))}
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
    infos = parameters(entry)
    parts = [f"## {entry.entry}", f"`{_signature(entry, infos)}`", *_paragraphs(cleandoc(entry.__doc__ or ""))]
    if infos:
        parts.append("\n".join(["| parameter | default | meaning |", "|---|---|---|", *map(_row, infos)]))
    return "\n\n".join(parts) + "\n"


def _paragraphs(doc: str) -> Iterator[str]:
    """The paragraphs of a docstring as Markdown; shapes, formula, source and weights have one each."""
    for block in doc.split("\n\n"):
        for part in SECTIONS.split(block):
            text = _escaped(" ".join(part.split()))
            name, colon, rest = text.partition(": ")
            if text:
                yield f"**{name}**: {rest}" if colon and SECTIONS.match(part) else text


def _escaped(text: str) -> str:
    """Text in which nothing but code in backticks is Markdown."""
    return "".join(part if part.startswith("`") else SPECIAL.sub(r"\\\1", part) for part in CODE.split(text))


def _signature(entry: type[Entry], infos: tuple[ParameterInfo, ...]) -> str:
    """The entry with its parameters as one would write it: a setting without parentheses."""
    shown = [("*" if i.variadic else "") + i.name + ("" if i.required else f"={_value(i.default)}") for i in infos]
    if not shown:
        return entry.entry
    listed = ", ".join(shown)
    return f"{entry.entry} {listed}" if entry.kind.endswith("setting") else f"{entry.entry}({listed})"


def _row(info: ParameterInfo) -> str:
    default = "required" if info.required else f"`{_value(info.default)}`"
    choices = f" ({', '.join(f'`{choice}`' for choice in info.choices)})" if info.choices else ""
    meaning = (_escaped(info.description) + choices).replace("|", "&#124;")
    return f"| `{info.name}` | {default} | {meaning} |"


def _value(value: object) -> str:
    """A default as it is written in a spec."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    if isinstance(value, Entry):
        return value.entry
    return str(value)


def _slug(kind: str) -> str:
    return kind.replace(" ", "_")


def _plural(kind: str) -> str:
    if kind.endswith("ss"):
        return kind + "es"
    return kind[:-1] + "ies" if kind.endswith("y") else kind + "s"
