"""What is published of the models of the bundled library: parameters, multiply-adds, and where the figures stand."""

from __future__ import annotations

from typing import NamedTuple

TORCHVISION = "torchvision, `num_params` of its weights"
CAFFE = "Caffe model zoo, `{}`"
FACES = "Hugging Face Transformers, `{}`"
DCGAN = "PyTorch examples, `dcgan`"


class Published(NamedTuple):
    """Parameters in full size (weights, not running statistics), and who says so."""

    parameters: int
    source: str


PUBLISHED = {
    "lenet5": Published(61_706, "LeCun et al., 1998: 156 + 48,120 + 10,164 for C1, C5, F6; C3 and the output dense"),
    "alexnet": Published(60_965_224, CAFFE.format("bvlc_alexnet")),
    "vgg11": Published(132_863_336, TORCHVISION),
    "vgg13": Published(133_047_848, TORCHVISION),
    "vgg16": Published(138_357_544, TORCHVISION),
    "vgg19": Published(143_667_240, TORCHVISION),
    "googlenet": Published(6_998_552, CAFFE.format("bvlc_googlenet") + ", less the auxiliary classifiers"),
    "inception_v3": Published(23_834_568, TORCHVISION + ", less the auxiliary classifier's 3,326,696"),
    "resnet18": Published(11_689_512, TORCHVISION),
    "resnet34": Published(21_797_672, TORCHVISION),
    "resnet50": Published(25_557_032, TORCHVISION),
    "resnet101": Published(44_549_160, TORCHVISION),
    "resnet152": Published(60_192_808, TORCHVISION),
    "resnext50": Published(25_028_904, TORCHVISION),
    "wide_resnet50": Published(68_883_240, TORCHVISION),
    "densenet121": Published(7_978_856, TORCHVISION),
    "densenet169": Published(14_149_480, TORCHVISION),
    "densenet201": Published(20_013_928, TORCHVISION),
    "mobilenet_v2": Published(3_504_872, TORCHVISION),
    "mobilenet_v3_large": Published(5_483_032, TORCHVISION),
    "mobilenet_v3_small": Published(2_542_856, TORCHVISION),
    "efficientnet_b0": Published(5_288_548, TORCHVISION),
    "efficientnet_b1": Published(7_794_184, TORCHVISION),
    "efficientnet_b2": Published(9_109_994, TORCHVISION),
    "convnext_tiny": Published(28_589_128, TORCHVISION),
    "unet": Published(31_030_658, "Ronneberger et al., 2015, the layers of figure 1 with biases; `tf_unet` (5, 64)"),
    "vit_base": Published(86_567_656, TORCHVISION),
    "vit_tiny": Published(5_717_416, "timm, `vit_tiny_patch16_224`"),
    "swin_tiny": Published(28_288_354, TORCHVISION),
    "bert_base": Published(109_482_240, FACES.format("bert-base-uncased")),
    "gpt2_small": Published(124_439_808, FACES.format("gpt2")),
    "llama": Published(6_738_415_616, FACES.format("meta-llama/Llama-2-7b")),
    "dcgan_generator": Published(3_576_704, DCGAN),
    "dcgan_discriminator": Published(2_765_568, DCGAN),
}
"""By name. The other models have no size of their own to be published."""

KERAS = {
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "inception_v3": "InceptionV3",
    "densenet121": "DenseNet121",
    "densenet169": "DenseNet169",
    "densenet201": "DenseNet201",
    "mobilenet_v2": "MobileNetV2",
    "mobilenet_v3_large": "MobileNetV3Large",
    "mobilenet_v3_small": "MobileNetV3Small",
    "efficientnet_b0": "EfficientNetB0",
    "efficientnet_b1": "EfficientNetB1",
    "efficientnet_b2": "EfficientNetB2",
    "convnext_tiny": "ConvNeXtTiny",
}
"""What they are called in keras.applications; the tests count its trainable weights and compare outputs."""

MACS = {
    "vgg11": 7.609,
    "vgg13": 11.308,
    "vgg16": 15.47,
    "vgg19": 19.632,
    "inception_v3": 5.713,
    "resnet18": 1.814,
    "resnet34": 3.664,
    "resnet50": 4.089,
    "resnet101": 7.801,
    "resnet152": 11.514,
    "resnext50": 4.23,
    "wide_resnet50": 11.398,
    "densenet121": 2.834,
    "densenet169": 3.36,
    "densenet201": 4.291,
    "mobilenet_v2": 0.301,
    "mobilenet_v3_large": 0.217,
    "mobilenet_v3_small": 0.057,
    "efficientnet_b0": 0.386,
    "efficientnet_b1": 0.687,
    "convnext_tiny": 4.456,
    "vit_base": 17.564,
    "swin_tiny": 4.491,
}
"""Billions of multiply-adds that torchvision states for its weights (`GFLOPS`), where the picture has the same size."""
