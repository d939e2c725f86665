"""Types that know where the channels of a tensor stand, and the layers that move them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dlspec.catalog.base import Layer
from dlspec.tensor import TensorType


class Relayout(Layer):
    """Moves the channels. The type of a tensor is that of the catalogue, channels first, in either layout."""

    kind = "layout"
    batchless: ClassVar[bool] = True

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]


class ChannelsLast(Relayout):
    """Moves the channels from the front to the end."""

    entry = "channels_last"


class ChannelsFirst(Relayout):
    """Moves the channels from the end to the front."""

    entry = "channels_first"


@dataclass(frozen=True, slots=True)
class Laid(TensorType):
    """A type as the catalogue knows it, channels first, and where the channels of the tensor stand."""

    last: bool = False
