"""A graph under construction: unique names, nodes, constants, inputs, and sizes that are known only at run time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail
from dlspec.tensor import Dim, Quotient, Sym, TensorType

OPSET = 21
IR_VERSION = 10
LABELS_DOMAIN = "ai.onnx.ml"
LABELS_OPSET = 5
BATCH = "batch"
"""The name of the dimension in front of batched tensors."""

Array = np.ndarray[Any, np.dtype[Any]]

ELEMENT_TYPES: dict[str, int] = {
    "float": TensorProto.FLOAT,
    "int": TensorProto.INT64,
    "bool": TensorProto.BOOL,
    "string": TensorProto.STRING,
}
"""The ONNX type of each element type."""

_NUMPY_TYPES: dict[str, Any] = {"float": np.float32, "int": np.int64, "bool": np.bool_}


def full_shape(type: TensorType) -> list[int | str]:
    """The dimensions of a tensor as ONNX writes them: numbers, and text for what is known at run time only."""
    dims: list[int | str] = [dim if isinstance(dim, int) else str(dim) for dim in type.shape]
    return [BATCH, *dims] if type.batched else dims


class Graph:
    """Collects the parts of an ONNX graph. Values and nodes are known by name; every name is given out once."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.value_info: list[onnx.ValueInfoProto] = []
        self.uses_labels = False
        self._values: set[str] = set()
        self._node_names: set[str] = set()
        self._counts: dict[str, int] = {}
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._sizes: dict[Dim | None, str] = {}
        self._symbols: dict[str, tuple[str, int, Dim]] = {}
        self._batch: str | None = None

    # ------------------------------------------------------------ names

    def reserve(self, name: str) -> str:
        """Take a name for a value that must have exactly this one."""
        self._values.add(name)
        return name

    def take(self, name: str) -> str:
        """A name for a value: this one, or numbered where it is taken."""
        return self._fresh(name, self._values)

    def _fresh(self, wanted: str, taken: set[str]) -> str:
        name = wanted
        while name in taken:
            self._counts[wanted] = self._counts.get(wanted, 1) + 1
            name = f"{wanted}_{self._counts[wanted]}"
        taken.add(name)
        return name

    # ------------------------------------------------------------ parts

    def add_input(self, name: str, type: TensorType) -> str:
        """An input of the graph, off which sizes can be read."""
        self.inputs.append(helper.make_tensor_value_info(name, ELEMENT_TYPES[type.element], full_shape(type)))
        self.reserve(name)
        if type.batched and self._batch is None:
            self._batch = name
        for axis, dim in enumerate(type.shape):
            self._learn_symbol(dim, name, axis + int(type.batched))
        return name

    def add_output(self, name: str, type: TensorType) -> None:
        self.outputs.append(helper.make_tensor_value_info(name, ELEMENT_TYPES[type.element], full_shape(type)))

    def add_initializer(self, name: str, array: Array) -> str:
        """A tensor that the file holds, under exactly this name."""
        self.initializers.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return self.reserve(name)

    def describe(self, name: str, type: TensorType) -> None:
        """Note the type of a value inside the graph."""
        self.value_info.append(helper.make_tensor_value_info(name, ELEMENT_TYPES[type.element], full_shape(type)))

    def add_node(
        self,
        op_type: str,
        inputs: Sequence[str],
        *,
        name: str,
        outputs: int = 1,
        doc: str = "",
        domain: str = "",
        **attributes: Any,
    ) -> onnx.NodeProto:
        """A node of that name (numbered where it is taken); its first output has the node's name."""
        node_name = self._fresh(name, self._node_names)
        results = [self._fresh(name if place == 0 else f"{name}/{place}", self._values) for place in range(outputs)]
        node = helper.make_node(
            op_type, inputs, results, name=node_name, doc_string=doc or None, domain=domain or None, **attributes
        )
        self.uses_labels = self.uses_labels or domain == LABELS_DOMAIN
        self.nodes.append(node)
        return node

    def rename_node(self, node: onnx.NodeProto, name: str) -> None:
        """Give a node another name (numbered where it is taken)."""
        self._node_names.discard(node.name)
        node.name = self._fresh(name, self._node_names)

    def rename_output(self, nodes: Iterable[onnx.NodeProto], old: str, new: str, *, reserved: bool = False) -> str:
        """Rename a value that only `nodes` know; gives the new name, numbered where it is taken and not `reserved`."""
        self._values.discard(old)
        name = new if reserved else self._fresh(new, self._values)
        for node in nodes:
            for values in (node.input, node.output):
                for place, value in enumerate(values):
                    if value == old:
                        values[place] = name
        return name

    # ------------------------------------------------------------ constants

    def constant(self, array: Array) -> str:
        """A constant; equal constants are held once, under a name that a weight cannot have."""
        key = (array.dtype.str, array.shape, array.tobytes() if array.dtype != np.object_ else repr(array).encode())
        known = self._constants.get(key)
        if known is None:
            name = self._fresh(_constant_name(array), self._values)
            known = self._constants[key] = self.add_initializer(name, array)
        return known

    def ints(self, values: Iterable[int]) -> str:
        """A constant vector of whole numbers."""
        return self.constant(np.array(list(values), dtype=np.int64))

    def scalar(self, value: float, element: str = "float") -> str:
        """A constant number of an element type."""
        return self.constant(np.array(value, dtype=_NUMPY_TYPES[element]))

    # ------------------------------------------------------------ sizes

    def _learn_symbol(self, dim: Dim, name: str, axis: int) -> None:
        if not isinstance(dim, Sym) or len(dim.symbols) != 1:
            return
        (symbol,) = dim.symbols
        if any(monomial not in ((), (symbol,)) for monomial, _ in dim.terms):
            return  # Only `a*T + b` can be solved.
        plain = dim == Sym.named(symbol)
        known = self._symbols.get(symbol)
        if known is None or (plain and known[2] != dim):
            self._symbols[symbol] = (name, axis, dim)

    def batch(self) -> str:
        """The number of examples, as a vector of one whole number."""
        if None not in self._sizes:
            assert self._batch is not None
            self._sizes[None] = self._dimension(self._batch, 0, f"sizes/{BATCH}")
        return self._sizes[None]

    def _dimension(self, value: str, axis: int, name: str) -> str:
        node = self.add_node("Shape", [value], name=name, start=axis, end=axis + 1)
        return str(node.output[0])

    def size(self, dim: Dim) -> str:
        """A dimension as a vector of one whole number, worked out from the inputs' sizes where it is symbolic."""
        if isinstance(dim, int):
            return self.ints([dim])
        if dim not in self._sizes:
            self._sizes[dim] = self._size_of(dim)
        return self._sizes[dim]

    def sizes(self, dims: Iterable[Dim | None]) -> str:
        """Dimensions as one vector; None is the batch."""
        parts: list[str] = []
        known: list[int] = []
        for dim in dims:
            if isinstance(dim, int):
                known.append(dim)
                continue
            if known:
                parts.append(self.ints(known))
                known = []
            parts.append(self.batch() if dim is None else self.size(dim))
        if known or not parts:
            parts.append(self.ints(known))
        return parts[0] if len(parts) == 1 else self._sized("Concat", *parts, name="sizes/vector", axis=0)

    def _sized(self, op_type: str, *inputs: str, name: str, **attributes: Any) -> str:
        return str(self.add_node(op_type, inputs, name=name, **attributes).output[0])

    def _size_of(self, dim: Sym) -> str:
        name = f"sizes/{dim}"
        if len(dim.terms) == 1:
            (monomial, factor) = dim.terms[0]
            if len(monomial) == 1 and factor == 1:
                atom = monomial[0]
                return self._symbol(atom) if isinstance(atom, str) else self._quotient(atom, name)
        total: str | None = None
        for monomial, factor in dim.terms:
            term = self._term(monomial, factor, name)
            total = term if total is None else self._sized("Add", total, term, name=name)
        assert total is not None
        return total

    def _term(self, monomial: tuple[str | Quotient, ...], factor: int, name: str) -> str:
        if not monomial:
            return self.ints([factor])
        value: str | None = None if factor == 1 else self.ints([factor])
        for atom in monomial:
            found = self.size(Sym((((atom,), 1),)))
            value = found if value is None else self._sized("Mul", value, found, name=name)
        assert value is not None
        return value

    def _quotient(self, atom: Quotient, name: str) -> str:
        """Floor division and its remainder: Mod has the sign of the divisor, Div cuts towards zero."""
        left, right = self.size(atom.left), self.size(_plain(atom.right))
        rest = self._sized("Mod", left, right, name=name)
        if atom.operator == "%":
            return rest
        return self._sized("Div", self._sized("Sub", left, rest, name=name), right, name=name)

    def _symbol(self, symbol: str) -> str:
        """A named size from the input that has it, solved where the input has `a*T + b`."""
        if symbol not in self._symbols:
            raise fail(
                codes.UNKNOWN_SIZE,
                f"the size '{symbol}' cannot be read off any input",
                help=f"give an input a dimension that is '{symbol}' itself, or compile a finished run",
            )
        value, axis, dim = self._symbols[symbol]
        assert isinstance(dim, Sym)
        found = self._dimension(value, axis, f"sizes/{dim}")
        for monomial, factor in dim.terms:
            if not monomial:
                found = self._sized("Sub", found, self.ints([factor]), name=f"sizes/{symbol}")
        for monomial, factor in dim.terms:
            if monomial and factor != 1:
                found = self._sized("Div", found, self.ints([factor]), name=f"sizes/{symbol}")
        return found


def _plain(size: Sym) -> Dim:
    """A size that holds no symbol as a number: the divisor of a quotient may be one."""
    if not size.terms:
        return 0
    (monomial, factor) = size.terms[0]
    return factor if len(size.terms) == 1 and not monomial else size


def _constant_name(array: Array) -> str:
    """`constant/0.5`, `constant/int64/[0, 2]`, or the shape where the values are many or text."""
    kind = "" if array.dtype == np.float32 else "text/" if array.dtype == np.object_ else f"{array.dtype.name}/"
    few = array.dtype != np.object_ and array.size <= 4
    return f"constant/{kind}{array.tolist() if few else list(array.shape)}"
