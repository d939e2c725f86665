"""A network of mine."""

import torch


class Net(torch.nn.Module):
    """Mine."""
