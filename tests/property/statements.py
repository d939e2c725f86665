"""The statements of a random model beside plain layers: operators, slices, repetition, sharing, blocks, choices."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from dlspec.catalog.base import Layer
from dlspec.catalog.index import find, names
from dlspec.tensor import TensorType
from tests.property.arguments import built, call
from tests.property.fitting import least, results
from tests.property.growth import Growth, Statement, type_text
from tests.property.values import BOUNDED, GUARDED, SIZES

ONE_TO_ONE = tuple(
    name for name in names("layer") if name not in GUARDED and name not in SIZES and name not in ("embedding", "gather")
)


def recipe(growth: Growth, types: tuple[TensorType, ...]) -> tuple[str, tuple[TensorType, ...]] | None:
    """A layer of one input and one result, as text, for these types; and what comes out."""
    for _ in range(12):
        cls = find("layer", growth.random.choice(ONE_TO_ONE))
        if not isinstance(cls, type) or not issubclass(cls, Layer) or cls.many or len(cls.inputs) != len(types):
            continue
        arguments = growth.drawer.arguments(cls, types)
        made = built(cls, arguments)
        found = None if made is None else results(made, types)
        if found is not None and len(found) == 1:
            return call(cls, arguments, growth.random), found
    return None


def _bind(growth: Growth, text: str, sources: list[str], scale: float, before: tuple[str, ...] = ()) -> bool:
    name = growth.name()
    return growth.add(Statement([*before, f"{name} = {text}"], [name], sources=sources, scale=scale))


def flow(growth: Growth) -> bool:
    """Two or three layers in one line."""
    source = growth.pick()
    if source is None:
        return False
    text, scale = growth.tame(source)
    types: tuple[TensorType, ...] = (growth.types[source],)
    for _ in range(growth.random.randint(2, 3)):
        made = recipe(growth, types)
        if made is None:
            return False
        text, types = f"{text} -> {made[0]}", made[1]
    return _bind(growth, text, [source], scale * 6)


def operator(growth: Growth) -> bool:
    """Arithmetic on tensors, numbers and lists."""
    random = growth.random
    left = growth.pick()
    if left is None:
        return False
    if growth.types[left].element == "bool":
        return False
    a, size = growth.tame(left)
    whole = growth.types[left].element == "int"
    match random.randrange(12):
        case 0:
            return _bind(growth, f"-{a}", [left], size)
        case 1:
            return _bind(growth, f"{a} {random.choice('+-*/')} {_number(random)}", [left], 2 * size)
        case 2:
            return _bind(growth, f"{_number(random)} {random.choice('+-*')} {a}", [left], 2 * size)
        case 3:
            return _bind(growth, f"{a} {random.choice(('//', '%'))} {random.choice((2, 3, 0.7))}", [left], 2 * size)
        case 4:
            base = a if whole else f"(({a} -> abs) + 0.1)"
            small = growth.tame(left, 3.0)[0]
            base = base.replace(a, small)
            return _bind(growth, f"{base} ** {random.choice((2, 0.5, 1.5, 3))}", [left], 30.0)
        case 5:
            last = growth.types[left].shape[-1:] or (1,)
            if not isinstance(last[0], int) or last[0] > 8:
                return False
            numbers = [round(random.uniform(-2, 2), 1) for _ in range(last[0])]
            return _bind(growth, f"{a} {random.choice('+-*')} {numbers}", [left], 3 * size)
        case 6:
            return _matrix(growth, left)
        case 7:
            axis = random.randrange(growth.types[left].rank) if growth.types[left].rank else 0
            if not growth.types[left].rank:
                return False
            return _bind(growth, f"{a} {random.choice('+*/')} {left}.shape[{axis}]", [left], 9 * size)
    right = growth.pick()
    if right is None or growth.types[right].element == "bool":
        return False
    b, other = growth.tame(right)
    sign = random.choice("++--**/") if random.random() < 0.8 else random.choice(("//", "%"))
    if sign in ("/", "//", "%"):
        return _bind(growth, f"{a} {sign} (({b} -> square) + 1)", [left, right], size)
    return _bind(growth, f"{a} {sign} {b}", [left, right], size * other)


def own_weight(growth: Growth) -> bool:
    """A layer's weight as a tensor: tied, or beside the results."""
    random, source = growth.random, growth.pick("float")
    if source is None or not growth.types[source].rank:
        return False
    text, scale = growth.tame(source)
    layer = f"l{growth.name()}"
    before = (f"{layer} = dense({random.randint(1, 6)})",)
    use = random.choice(("({0} -> {1}) @ {1}.weight", "({0} -> {1}) * {1}.bias", "({0} -> {1}) + ({1}.weight -> mean)"))
    return _bind(growth, use.format(text, layer), [source], scale * 6, before)


def constants(growth: Growth) -> bool:
    """Tensors without a batch, where layers take only those with one."""
    random, source = growth.random, growth.pick("float")
    if source is None:
        return False
    shape = growth.types[source].shape
    if not all(isinstance(size, int) for size in shape) or not shape:
        return False
    text, scale = growth.tame(source)
    sizes = ", ".join(map(str, shape))
    made = recipe(growth, (TensorType("float", shape),))
    head = f"parameter([{sizes}], init={random.choice(('ones', 'normal(0.3)', 'uniform(-1, 1)'))})"
    flow = f"({head} -> {made[0]})" if made else head
    forms = ("({0}, {1}) -> concat(axis=0)", "{0} + {1}", "({0}, {1}) -> bilinear(3)", "({0}, {1}) -> stack(axis=0)")
    pair = random.choice(forms)
    return _bind(growth, pair.format(text, flow), [source], scale * 3)


def _matrix(growth: Growth, left: str) -> bool:
    shape, random = growth.types[left].shape, growth.random
    if not shape or not isinstance(shape[-1], int):
        return False
    a, size = growth.tame(left, 4.0)
    if random.random() < 0.5:
        return _bind(growth, f"{a} @ parameter([{shape[-1]}, {random.randint(1, 4)}], init=normal(0.5))", [left], 9.0)
    right = growth.pick()
    if right is None:
        return False
    b, other = growth.tame(right, 4.0)
    turned = f"({b} -> transpose)" if random.random() < 0.5 else b
    return _bind(growth, f"{a} @ {turned}", [left, right], 6 * size * other)


def _number(random: Random) -> str:
    return random.choice(("2", "0.5", "1.5", "3", "0.1"))


def slices(growth: Growth) -> bool:
    """Places and ranges of the written dimensions."""
    source = growth.pick()
    if source is None or not growth.types[source].rank:
        return False
    random, items = growth.random, []
    for size in growth.types[source].shape[: random.randint(1, growth.types[source].rank)]:
        most = least(size)
        start = random.choice(("", str(random.randrange(most)), str(-random.randint(1, most))))
        stop = random.choice(("", "", str(random.randint(1, most)), str(-random.randint(1, most))))
        step = random.choice(("", "", "", ":2", ":3"))
        items.append(str(random.randrange(-most, most)) if random.random() < 0.3 else f"{start}:{stop}{step}")
    text = f"{source}[{', '.join(items)}]"
    return _bind(growth, text, [source], growth.scale[source])


def repeated(growth: Growth) -> bool:
    """`layer * n`, of one layer or of a flow, and `chain` of a comprehension."""
    random, source = growth.random, growth.pick()
    if source is None:
        return False
    text, scale = growth.tame(source)
    type = growth.types[source]
    if random.random() < 0.25:
        sizes = [random.randint(1, 5) for _ in range(random.randint(1, 3))]
        inner = random.choice(("dense(c)", "dense(c) -> relu", "conv(c, 3, padding=same)", "gru(c)", "maxout(c)"))
        return _bind(growth, f"{text} -> chain({inner} for c in {sizes})", [source], 6.0)
    made = recipe(growth, (type,))
    if made is None:
        return False
    bounded = random.choice(("relu", *BOUNDED))
    body = f"({made[0]} -> {bounded})" if random.random() < 0.5 else made[0]
    return _bind(growth, f"{text} -> {body} * {random.choice((0, 1, 2, 2, 3))}", [source], scale * 6)


def shared(growth: Growth) -> bool:
    """One layer, or one flow, used twice."""
    random, source = growth.random, growth.pick()
    if source is None:
        return False
    made = recipe(growth, (growth.types[source],))
    if made is None:
        return False
    text, scale = growth.tame(source)
    layer = f"l{growth.name()}"
    other = growth.pick() if random.random() < 0.4 else source
    assert other is not None
    again = growth.tame(other)[0] if other != source else f"{text} * 0.5"
    before = (f"{layer} = {made[0]}{random.choice(('', ' -> tanh', ' -> dropout'))}",)
    pair = random.choice(("({0} -> {1}, {2} -> {1}) -> concat(axis=0)", "({0} -> {1}) - ({2} -> {1})"))
    return _bind(growth, pair.format(text, layer, again), [source, other], scale * 4, before)


def chosen(growth: Growth) -> bool:
    """A choice at compile time."""
    random, source = growth.random, growth.pick()
    if source is None or not growth.types[source].rank:
        return False
    made = recipe(growth, (growth.types[source],))
    if made is None:
        return False
    text, scale = growth.tame(source)
    size = random.randint(1, 6)
    test = random.choice((f"{source}.shape[0] > {size}", "2 < 1", f"len({source}.shape) == 2 or false", "not true"))
    return _bind(growth, f"{text} -> {made[0]} if {test} else {text}", [source], scale * 3)


# ---------------------------------------------------------------- blocks


def grown_block(growth: Growth) -> bool:
    """A block that grew on the types of tensors which are there, used on them."""
    random = growth.random
    sources = list(dict.fromkeys(filter(None, (growth.pick() for _ in range(random.choice((1, 1, 2)))))))
    if not sources:
        return False
    ports = [f"p{place}" for place in range(len(sources))]
    types = [TensorType(growth.types[name].element, growth.types[name].shape) for name in sources]
    name = growth.name()
    inner = Growth(random, dict(zip(ports, types, strict=True)), closed=True, prefix=f"{name}_")
    for _ in range(random.randint(1, 3)):
        random.choice((layer, layer, operator, slices, flow, repeated, shared))(inner)
    leaves = inner.leaves()[-2:]
    if not leaves:
        return False
    returned = leaves if random.random() < 0.6 else leaves[-1:]
    body = "\n".join(f"  {line}" for line in inner.lines)
    parameters, arguments = "", ""
    if (number := re.search(r"\b(dense|conv|gru|lstm|rnn|maxout)\((\d+)", body)) and random.random() < 0.7:
        value = number[2]
        body = body.replace(f"{number[1]}({value}", f"{number[1]}(width", 1)
        default, arguments = (value, "") if random.random() < 0.5 else ("7", f"(width={value})")
        parameters = f"(width{random.choice(('', ': int'))} = {default})"
    kind = random.choice(("block", "block", "model"))
    block = f"{'b' if kind == 'block' else 't'}{name}"
    if kind == "model":
        head = "".join(f"  input {port}: {type_text(type)}\n" for port, type in zip(ports, types, strict=True))
        foot = "\n".join(f"  output {each}" for each in returned)
    else:
        declared = [f"{p}: {type_text(t)}" if random.random() < 0.3 else p for p, t in zip(ports, types, strict=True)]
        head, foot = f"  input {', '.join(declared)}\n", f"  return {', '.join(returned)}"
        if len(ports) == 1 and random.random() < 0.6:
            head, body = "", re.sub(r"\bp0\b", "in", body)
            foot = re.sub(r"\bp0\b", "in", foot)
    declaration = f"{kind} {block}{parameters} {{\n{head}{body}\n{foot}\n}}\n"
    bound = [growth.name() for _ in returned]
    data = sources[0] if len(sources) == 1 else f"({', '.join(sources)})"
    line = f"{', '.join(bound)} = {data} -> {block}{arguments}"
    statement = Statement([line], bound, declarations=[*inner.declarations, declaration], sources=sources, scale=9.0)
    return growth.add(statement)


def known_block(growth: Growth) -> bool:
    """Another use of a block that is there, shared or repeated."""
    random = growth.random
    blocks = re.findall(r"^block (\w+)", "\n".join(growth.declarations), re.MULTILINE)
    source = growth.pick()
    if not blocks or source is None:
        return grown_block(growth)
    block = random.choice(blocks)
    text, _ = growth.tame(source)
    match random.randrange(3):
        case 0:
            return _bind(growth, f"{text} -> {block} * 2", [source], 9.0)
        case 1:
            before = (f"l{growth.name()} = {block}",)
            layer = before[0].split()[0]
            return _bind(growth, f"({text} -> {layer}) + ({text} * 2 -> {layer})", [source], 9.0, before)
    return _bind(growth, f"{text} -> {block}", [source], 9.0)


TEMPLATES = (
    "block {0}(inner: layer = relu) {{\n  return in -> inner -> tanh\n}}\n|{0}(inner={1})",
    "block {0}(inner: layer, times = 2) {{\n  return in -> inner * times\n}}\n|{0}({1})",
    "block {0}(depth) {{\n  return in -> tanh -> {0}(depth - 1) if depth > 0 else in\n}}\n|{0}(2)",
    "block {0}(widths) {{\n  return in -> chain(dense(w) -> relu for w in widths)\n}}\n|{0}([3, 4])",
    "block {0}(mode: choice = same) {{\n  return in -> conv(3, 3, padding=mode)\n}}\n|{0}(mode=causal)",
    "block {0} {{\n  input x, mask = none\n  return x -> gru(4, mask=mask)\n}}\n|{0}",
    "block {0}(rate: float = 0.5, on: bool = true) {{\n  h = in * rate if on else in\n  return h -> {1}\n}}\n|{0}(0.2)",
    "block {0} {{\n  input x: float[N, C]\n  return x -> dense(C) -> layer_norm\n}}\n|{0}",
    "block {0}(size: size = 3x3) {{\n  return in -> conv(in.shape[0], size, padding=same) + in\n}}\n|{0}",
    "block {0}(width = 2 * 3) {{\n  a, b = in -> dense(2 * width) -> split(2, axis=-1)\n"
    "  return a * (b -> sigmoid)\n}}\n|{0}(width=2)",
)  # fmt: skip
"""A declaration and its use, for what a block can declare; `{1}` is a layer."""


def template_block(growth: Growth) -> bool:
    """A block with parameters of every type."""
    source = growth.pick("float")
    if source is None:
        return False
    made = recipe(growth, (growth.types[source],))
    block = f"b{growth.name()}"
    text = growth.random.choice(TEMPLATES).format(block, made[0] if made else "relu")
    declaration, use = text.split("|")
    name = growth.name()
    data, _ = growth.tame(source)
    line = f"{name} = {data} -> {use}{growth.random.choice(('', '', ' * 2'))}"
    return growth.add(Statement([line], [name], declarations=[declaration], sources=[source], scale=9.0))


def layer(growth: Growth) -> bool:
    """A layer of the catalogue, any of them alike."""
    return growth.layer_statement()


KINDS: dict[Callable[[Growth], bool], int] = {
    layer: 50, flow: 8, operator: 12, slices: 5, repeated: 6, shared: 6, chosen: 2, grown_block: 6, known_block: 3,
    template_block: 3, own_weight: 2, constants: 2,
}  # fmt: skip
"""Each kind of statement, and how often."""


def statement(growth: Growth) -> bool:
    """A statement of any kind; False where the resolver takes none of it."""
    (kind,) = growth.random.choices(list(KINDS), list(KINDS.values()))
    return kind(growth)
