"""Which classes there are, and what the text looks like."""

from __future__ import annotations

from dlspec.backends.keras.emit import emit_model_file
from tests.unit.torch_model.specs import program_of, published
from tests.unit.torch_model.test_structure import classes


def test_blocks_of_one_structure_are_one_class() -> None:
    found = classes(emit_model_file(published("resnet50"), "resnet50"))
    assert [name for name in found if name != "BatchNorm"] == [
        *("Bottleneck", "Bottleneck2", "Bottleneck3", "Resnet50"),
    ]
    assert (
        found["Bottleneck2"]
        == '''\
class Bottleneck2(layers.Layer):
    """The block `bottleneck`.

    Beside `Bottleneck`: the same block with other layers.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.main_conv = built(layers.Conv2D(channels, 1, use_bias=False, data_format="channels_last"), 4 * channels)
        self.main_batch_norm = built(BatchNorm(), channels, rank=2)
        self.main_conv_2 = built(
            layers.Conv2D(channels, 3, padding="same", use_bias=False, data_format="channels_last"), channels
        )
        self.main_batch_norm_2 = built(BatchNorm(), channels, rank=2)
        self.main_conv_3 = built(layers.Conv2D(4 * channels, 1, use_bias=False, data_format="channels_last"), channels)
        self.main_batch_norm_3 = built(BatchNorm(), 4 * channels, rank=2)
        self.built = True

    def call(self, x: Tensor) -> Tensor:
        """x [N, H, H, 4 * channels] -> [N, H, H, 4 * channels]."""
        main = ops.relu(self.main_batch_norm(self.main_conv(x)))
        main = ops.relu(self.main_batch_norm_2(self.main_conv_2(main)))
        main = self.main_batch_norm_3(self.main_conv_3(main))
        return ops.relu(main + x)'''
    )
    assert "self.logits_bottlenecks_3 = [Bottleneck2(channels=256) for _ in range(5)]" in found["Resnet50"]
    assert "for bottleneck in self.logits_bottlenecks_3:\n            x = bottleneck(x)" in found["Resnet50"]


def test_layouts_are_turned_where_the_order_shows_and_nowhere_else() -> None:
    program = program_of(
        "block up(n) { return in -> conv(n, 3x3, padding=same) -> relu -> dropout(0.5) -> max_pool(2x2) }\n"
        "model m {\n  input x: float[3, 8, 8]\n  output y = x -> up(4) -> up(8) -> flatten -> dense(3)\n}\n"
    )
    found = classes(emit_model_file(program, "m"))
    assert "moveaxis" not in found["Up"]
    assert found["M"].count("ops.moveaxis(") == 2
    assert "ops.reshape(ops.moveaxis(" in found["M"]
    assert "x [N, 8, 8, in_channels] -> [N, 4, 4, n]" in found["Up"] or "[N, H, H, in_channels]" in found["Up"]
