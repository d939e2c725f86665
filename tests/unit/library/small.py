"""Every model of the bundled library, small enough to be compiled and compared in a moment."""

from __future__ import annotations

from typing import NamedTuple


class Small(NamedTuple):
    """A model's library, its inputs as they are written, and the arguments that make it small."""

    library: str
    inputs: str
    arguments: str

    def spec(self, name: str) -> str:
        """A spec with a model that is this one."""
        names = ", ".join(part.partition(":")[0].strip() for part in self.inputs.split(";"))
        inputs = ", ".join(part.strip() for part in self.inputs.split(";"))
        given = f"({names})" if ";" in self.inputs else names
        results = RESULTS.get(name, ("y",))
        lines = [
            f"from std.{self.library} import {name}",
            "",
            "model small {",
            f"  input {inputs}",
            f"  {', '.join(results)} = {given} -> {name}({self.arguments})",
            *(f"  output {result}" for result in results),
            "}",
        ]
        return "\n".join(lines) + "\n"


RESULTS = {
    "bert_base": ("sequence", "pooled"),
    "autoencoder": ("code", "y"),
    "vae": ("mean", "log_variance", "reconstruction"),
}
"""What models with several outputs give."""


def _picture(size: int, arguments: str, channels: int = 2) -> Small:
    return Small(
        "vision",
        f"image: float[{channels}, {size}, {size}]",
        f"{arguments}, channels={channels}, size={size}, classes=3",
    )


RESNET = _picture(32, "width=4")
DENSENET = _picture(32, "growth=2")
VGG = _picture(32, "width=2, hidden=6")
MOBILE = _picture(32, "width=0.25")
EFFICIENT = _picture(32, "width=8")

SMALL = {
    "lenet5": Small("vision", "image: float[1, 20, 20]", "classes=3, size=20"),
    "alexnet": _picture(67, "width=6, hidden=6"),
    "vgg11": VGG,
    "vgg13": VGG,
    "vgg16": VGG,
    "vgg19": VGG,
    "googlenet": _picture(32, "width=16"),
    "inception_v3": _picture(75, "width=4"),
    "resnet18": RESNET,
    "resnet34": RESNET,
    "resnet50": RESNET,
    "resnet101": RESNET,
    "resnet152": RESNET,
    "resnext50": _picture(32, "width=4, groups=4"),
    "wide_resnet50": RESNET,
    "densenet121": DENSENET,
    "densenet169": DENSENET,
    "densenet201": DENSENET,
    "mobilenet_v2": MOBILE,
    "mobilenet_v3_large": MOBILE,
    "mobilenet_v3_small": MOBILE,
    "efficientnet_b0": EFFICIENT,
    "efficientnet_b1": EFFICIENT,
    "efficientnet_b2": EFFICIENT,
    "convnext_tiny": _picture(32, "width=4, depths=[1, 1, 2, 1]"),
    "unet": _picture(16, "width=4, depth=2"),
    "vit_base": _picture(16, "dim=8, depth=2, heads=2, patch=4"),
    "vit_tiny": _picture(16, "dim=8, depth=2, heads=2, patch=4"),
    "swin_tiny": _picture(32, "dim=4, depths=[2, 2], heads=[1, 2], window=4"),
    "bert_base": Small(
        "text",
        "tokens: int[T]; part: int[T]; present: bool[T]",
        "vocabulary=11, dim=8, depth=2, heads=2, hidden=12, longest=16",
    ),
    "gpt2_small": Small("text", "tokens: int[T]", "vocabulary=11, dim=8, depth=2, heads=2, longest=16"),
    "llama": Small("text", "tokens: int[T]", "vocabulary=11, dim=8, depth=2, heads=4, kv_heads=2, hidden=12"),
    "transformer": Small(
        "text",
        "source: int[S]; target: int[T]",
        "source_vocabulary=11, target_vocabulary=7, dim=8, depth=2, heads=2, hidden=12",
    ),
    "seq2seq": Small(
        "text", "source: int[S]; target: int[T]", "source_vocabulary=11, target_vocabulary=7, dim=6, hidden=5"
    ),
    "bilstm_tagger": Small("text", "tokens: int[T]; present: bool[T]", "vocabulary=11, tags=4, dim=6, hidden=5"),
    "rnn_forecaster": Small("sequence", "series: float[T, 2]", "features=2, hidden=5, depth=2, horizon=3"),
    "lstm_forecaster": Small("sequence", "series: float[T, 2]", "features=2, hidden=5, depth=2, horizon=3"),
    "gru_forecaster": Small("sequence", "series: float[T, 2]", "features=2, hidden=5, depth=2, horizon=3"),
    "tcn": Small("sequence", "series: float[T, 2]", "features=2, channels=5, depth=2, horizon=3"),
    "mlp": Small("tabular", "facts: float[5]", "features=5, widths=[6, 4], outputs=2"),
    "wide_and_deep": Small(
        "tabular",
        "facts: float[5]; kind: int[]; crosses: float[6]",
        "features=5, kinds=7, crossed=6, size=3, widths=[6, 4]",
    ),
    "ft_transformer": Small("tabular", "facts: float[5]", "features=5, dim=8, depth=2, heads=2, hidden=12"),
    "autoencoder": Small("generative", "x: float[6]", "features=6, widths=[5], latent=3"),
    "vae": Small("generative", "x: float[6]", "features=6, hidden=5, latent=3"),
    "dcgan_generator": Small("generative", "noise: float[5]", "latent=5, width=3, depth=2, channels=2"),
    "dcgan_discriminator": Small("generative", "image: float[2, 32, 32]", "width=3, depth=2, channels=2"),
    "diffusion_unet": Small(
        "generative", "image: float[2, 8, 8]; time: float[]", "width=4, groups=2, channels=2, size=8"
    ),
}
"""By name. Sizes are as small as the networks allow."""
