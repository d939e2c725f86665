"""Functions that the generated losses call, as text; each is emitted where it is used."""

from __future__ import annotations

from collections.abc import Mapping

HELPERS: Mapping[str, str] = {
    "log_cosh": '''
def log_cosh(prediction: Tensor, target: Tensor) -> Tensor:
    """log(cosh(prediction - target)), written so that large errors do not overflow."""
    error = (prediction - target).abs()
    return error + F.softplus(-2 * error) - math.log(2)
''',
    "pinball": '''
def pinball(prediction: Tensor, target: Tensor, quantile: float) -> Tensor:
    """What a prediction of that quantile misses: too low costs `quantile` for each unit, too high the rest of 1."""
    error = target - prediction
    return torch.maximum(quantile * error, (quantile - 1) * error)
''',
    "gaussian_nll": '''
def gaussian_nll(mean: Tensor, log_variance: Tensor, target: Tensor) -> Tensor:
    """-log of the density of N(mean, exp(log_variance)) at the target, but for a constant."""
    return 0.5 * (log_variance + (target - mean).square() * torch.exp(-log_variance))
''',
    "perceptron": '''
def perceptron(score: Tensor, target: Tensor) -> Tensor:
    """max(0, -target * score), with the gradient -target where the score is 0: a score of 0 is a mistake."""
    margin = target * score
    return torch.where(margin > 0, torch.zeros_like(margin), -margin)
''',
    "kl_normal": '''
def kl_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The divergence of N(mean, exp(log_variance)) from N(0, 1) for each example."""
    terms = 1 + log_variance - mean.square() - log_variance.exp()
    return -0.5 * terms.reshape(len(terms), -1).sum(1)
''',
    "focal": '''
def focal(scores: Tensor, target: Tensor, gamma: float, alpha: float) -> Tensor:
    """Cross-entropy of yes and no, times the probability of the other one ** gamma."""
    yes, no = F.logsigmoid(scores), F.logsigmoid(-scores)
    return -(alpha * target * torch.exp(gamma * no) * yes + (1 - alpha) * (1 - target) * torch.exp(gamma * yes) * no)
''',
    "focal_of_classes": '''
def focal_of_classes(logits: Tensor, classes: Tensor, gamma: float, alpha: float) -> Tensor:
    """Cross-entropy of classes, the last dimension of the logits, times the probability of the others ** gamma."""
    own, total = classes.unsqueeze(-1), logits.logsumexp(-1)
    others = logits.scatter(-1, own, -torch.inf).logsumexp(-1)
    return alpha * torch.exp(gamma * (others - total)) * (total - logits.gather(-1, own).squeeze(-1))
''',
    "class_masks": '''
def class_masks(classes: Tensor, logits: Tensor) -> Tensor:
    """For each class, in the dimension behind the batch, 1 at its places and 0 elsewhere: `[N, classes, places]`."""
    return F.one_hot(classes.reshape(len(classes), -1), logits.shape[1]).movedim(-1, 1).type_as(logits)
''',
    "dice": '''
def dice(shares: Tensor, target: Tensor, smooth: float) -> Tensor:
    """One minus Dice's coefficient, over the places in the last dimension."""
    common = (shares * target).sum(-1)
    return 1 - (2 * common + smooth) / (shares.sum(-1) + target.sum(-1) + smooth)
''',
    "tversky": '''
def tversky(shares: Tensor, target: Tensor, alpha: float, beta: float, smooth: float) -> Tensor:
    """One minus Tversky's index, over the places in the last dimension: alpha weighs false alarms, beta misses."""
    common = (shares * target).sum(-1)
    wrong, missed = (shares * (1 - target)).sum(-1), ((1 - shares) * target).sum(-1)
    return 1 - (common + smooth) / (common + alpha * wrong + beta * missed + smooth)
''',
    "ctc": '''
def ctc(logits: Tensor, target: Tensor, blank: int) -> Tensor:
    """-log of the probability of each target, which ends at its first blank, over all its alignments in time."""
    lengths = target.ne(blank).cumprod(1).sum(1)
    times = torch.full_like(lengths, logits.shape[1])
    log_probabilities = logits.log_softmax(-1).movedim(1, 0)
    return F.ctc_loss(log_probabilities, target, times, lengths, blank, reduction="none")
''',
    "contrastive": '''
def contrastive(a: Tensor, b: Tensor, same: Tensor, margin: float) -> Tensor:
    """Half the squared distance of a pair of the same kind, half the squared lack of distance of any other."""
    distance = torch.linalg.vector_norm(a - b, dim=-1)
    return 0.5 * (same * distance.square() + (1 - same) * F.relu(margin - distance).square())
''',
    "info_nce": '''
def info_nce(prediction: Tensor, target: Tensor, temperature: float) -> Tensor:
    """-log of the probability to pick the own target among those of the batch, by the cosine."""
    prediction, target = F.normalize(prediction, dim=-1, eps=1e-8), F.normalize(target, dim=-1, eps=1e-8)
    own = torch.arange(len(prediction), device=prediction.device)
    return F.cross_entropy(prediction @ target.T / temperature, own, reduction="none")
''',
    "weighted_mean": '''
def weighted_mean(terms: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """The mean of terms that contain their weights already (0 where all weights are 0), and the sum of the weights."""
    total = weights.sum()
    return terms.sum() / torch.where(total == 0, 1, total), total
''',
}
"""Functions of the generated file, emitted where they are used."""
