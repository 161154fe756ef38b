"""Ensembles of networks that respect the symmetries of the indicators, with uncertainties.

A network reads statistics of the fields and exact results for small clusters (`inputs`), all of
which are the same for h and -h, for h plus a uniform field, and for a reflected ring. Indicators
that do not change when the ring is translated are predicted from those inputs that do not either.
So the symmetries hold exactly.

With x the standardised inputs, the mean of an indicator and its standard deviation are

    z = a + b.x + c.tanh(W x + w),    mean = upper(L) s(z (L/L_0)^kappa),    deviation = e^y,

with s the logistic function, upper(L) the upper limit of the mean (`upper_limits`), and y of the
form of z with its own weights. So the mean lies between 0 and this limit. As in finite-size
scaling, a longer chain makes the step from thermal (z > 0) to localised (z < 0) sharper, with a
learned exponent kappa; no input but this factor knows L.

The networks of all members and indicators are stacked in one module, as in `spinlearn.gru.model`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import nn

from spinlearn.gru.choices import LARGE_CLUSTER, SMALL_CLUSTER
from spinlearn.gru.clusters import ClusterMeans, cluster_means
from spinlearn.gru.data import unit
from spinlearn.gru.field_statistics import CUT, RING, cut_statistics, ring_statistics
from spinlearn.gru.model import DTYPE, StackedLinear
from spinlearn.mbl.choices import OBSERVABLES
from spinlearn.spins.choices import EntropyNormalisation
from spinlearn.spins.entanglement import entropy_normalisation

CLUSTER_RING = ("cluster entropy", "cluster relaxation", "cluster correlation")
"""Means over the clusters of `SMALL_CLUSTER` sites all round the ring."""

CLUSTER_CUT = ("small cluster entropy at the cuts", "large cluster entropy at the cuts")
"""Means over both cuts, each in the middle of a cluster."""

SHAPE = ("ln(mean magnitude / deviation)", "kurtosis", "ln saturated Fourier weight")
"""Shape of the distribution of the fields, and of their variation round the ring."""

RING_INPUTS = (*RING[1:], *SHAPE, *CLUSTER_RING)
"""Inputs that are the same for a translated ring: those of the regression without 1/L, and more."""

INPUTS = (*RING_INPUTS, *CUT, *CLUSTER_CUT)
"""All inputs, in the order of `inputs`."""

AMPLITUDE = RING.index("ln(1 + first Fourier amplitude)")
"""The column of the amplitude, which falls as 1/sqrt(L) for independent fields."""

AMPLITUDE_L = 10
"""Chain length at which this input is the regression's; at others it is scaled by sqrt(L)."""

ROUNDING = 1e-14
"""A ring whose fields deviate by less than this, relative to the largest, has a uniform field."""

LEAST = 1e-4
"""Distance from 0 and 1 below which logits of cluster results stop growing."""


def inputs(
    fields: Float[np.ndarray, "R T"], lengths: Int[np.ndarray, " R"]
) -> Float[np.ndarray, "R inputs"]:
    """The inputs of the networks, named in `INPUTS`, one row per ring.

    Args:
        fields: disorder vectors, in units of J (Pauli); values beyond a ring's length are padding.
        lengths: number of sites of each ring, even, at least `LARGE_CLUSTER`.
    """
    found = np.empty((len(fields), len(INPUTS)))
    for L in np.unique(lengths):
        chosen = lengths == L
        found[chosen] = _inputs_of(fields[chosen, :L])
    return found


def _inputs_of(rings: Float[np.ndarray, "R L"]) -> Float[np.ndarray, "R inputs"]:
    """The inputs of rings of one length."""
    L = rings.shape[1]
    of_ring = ring_statistics(rings)
    of_ring[:, AMPLITUDE] = np.log1p(np.expm1(of_ring[:, AMPLITUDE]) * np.sqrt(L / AMPLITUDE_L))
    cuts = np.array([0, L // 2])
    small = _clusters(rings, SMALL_CLUSTER, np.arange(L), neighbours=True)
    large = _clusters(rings, LARGE_CLUSTER, cuts, neighbours=False)
    relaxed = (1 - small.memory) * SMALL_CLUSTER / (SMALL_CLUSTER - 1)
    columns = (
        _logit(small.entropy.mean(axis=1)),
        _logit(relaxed.mean(axis=1)),
        small.correlation.mean(axis=1),
    )
    at_cuts = (
        _logit(small.entropy[:, cuts].mean(axis=1)),
        _logit(large.entropy.mean(axis=1)),
    )
    return np.hstack(
        [
            of_ring[:, 1:],
            _shape_statistics(rings),
            np.stack(columns, 1),
            cut_statistics(rings),
            np.stack(at_cuts, 1),
        ]
    )


def _shape_statistics(rings: Float[np.ndarray, "R L"]) -> Float[np.ndarray, "R 3"]:
    """The inputs named in `SHAPE`.

    The last one is the weight of the longest wave in tanh(h/2J), which the spin fraction is made
    of: its square over the mean square, 1 on average if the fields are independent, plus 0.05.

    A uniform field has no shape. Its magnitude over deviation and its kurtosis are set to 1, their
    values for two fields, +h and -h; its weight of the longest wave is 0.
    """
    tiny = np.finfo(float).tiny
    centred = rings - rings.mean(axis=1, keepdims=True)
    deviation = np.maximum(centred.std(axis=1), tiny)
    is_uniform = deviation <= np.maximum(ROUNDING * np.abs(rings).max(axis=1), tiny)
    centred[is_uniform] = 0.0
    saturated = np.tanh(centred / 2)
    saturated -= saturated.mean(axis=1, keepdims=True)
    wave = np.abs(np.fft.rfft(saturated, axis=1)[:, 1]) ** 2 / rings.shape[1]
    square = np.maximum((saturated**2).mean(axis=1), tiny)
    magnitude = np.abs(centred).mean(axis=1) / deviation
    kurtosis = (centred**4).mean(axis=1) / np.maximum(deviation**4, tiny)
    columns = (
        np.log(np.maximum(np.where(is_uniform, 1.0, magnitude), LEAST)),
        np.where(is_uniform, 1.0, kurtosis),
        np.log(wave / square + 0.05),
    )
    return np.stack(columns, axis=1)


def _clusters(
    rings: Float[np.ndarray, "R L"], m: int, middles: Int[np.ndarray, " n"], *, neighbours: bool
) -> ClusterMeans:
    """Results for the clusters of m sites whose right half begins at the sites `middles`.

    The arrays have one row per ring, one column per cluster.
    """
    sites = (middles[:, None] + np.arange(m) - m // 2) % rings.shape[1]
    return cluster_means(rings[:, sites], neighbours=neighbours)


def _logit(p: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    p = np.clip(p, LEAST, 1 - LEAST)
    return np.asarray(np.log(p / (1 - p)))


@dataclass(frozen=True)
class Shape:
    """Shape of an ensemble.

    Attributes:
        indicators: what it predicts.
        members: networks per indicator.
        width: tanh units of each.
    """

    indicators: tuple[str, ...]
    members: int
    width: int


def _seen_inputs(indicators: Sequence[str]) -> Float[torch.Tensor, "indicators 1 inputs"]:
    """1 for the inputs of each indicator; 0 for those that its symmetry forbids."""
    seen = torch.ones(len(indicators), 1, len(INPUTS), dtype=DTYPE)
    for row, name in zip(seen, indicators, strict=True):
        if OBSERVABLES[name].translation:
            row[:, len(RING_INPUTS) :] = 0.0
    return seen


class SymmetricEnsemble(nn.Module):
    """Networks of all members and indicators; none shares a parameter with another one.

    Deviations of the ensemble are multiplied by `widening`, one factor per indicator, 1 until it is
    set.

    Args:
        shape: their shape. Parameters are zero until `initialise` or `load_state_dict`.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        indicators = len(shape.indicators)
        networks = shape.members * indicators
        self.hidden = StackedLinear(networks, len(INPUTS), shape.width)
        self.curved = StackedLinear(networks, shape.width, 2)
        self.straight = StackedLinear(networks, len(INPUTS), 2)
        self.exponent = nn.Parameter(torch.zeros(networks, 1, dtype=DTYPE))
        self.centre: torch.Tensor
        self.spread: torch.Tensor
        self.reference_L: torch.Tensor
        self.widening: torch.Tensor
        self.seen: torch.Tensor
        self.register_buffer("centre", torch.zeros(len(INPUTS), dtype=DTYPE))
        self.register_buffer("spread", torch.ones(len(INPUTS), dtype=DTYPE))
        self.register_buffer("reference_L", torch.ones((), dtype=DTYPE))
        self.register_buffer("widening", torch.ones(indicators, dtype=DTYPE))
        self.register_buffer("seen", _seen_inputs(shape.indicators), persistent=False)

    def initialise(
        self,
        seeds: Sequence[int],
        x: Float[torch.Tensor, "R inputs"],
        lengths: Int[torch.Tensor, " R"],
    ) -> "SymmetricEnsemble":
        """Draw initial weights, and take the scales of inputs and lengths from training data.

        Hidden weights are normal with variance 1/inputs, those behind them with 0.01. The others
        begin at zero, the deviation at 0.1 and the exponent at 1/2.

        Args:
            seeds: one per member.
            x: inputs of the training data.
            lengths: their numbers of sites; L_0 is the geometric mean.
        """
        self.centre.copy_(x.mean(0))
        self.spread.copy_(x.std(0).clamp_min(1e-9))
        self.reference_L.copy_(lengths.to(DTYPE).log().mean().exp())
        by_member = (self.shape.members, len(self.shape.indicators))
        with torch.no_grad():
            hidden = self.hidden.weight.unflatten(0, by_member)
            curved = self.curved.weight.unflatten(0, by_member)
            for member, seed in enumerate(seeds):
                generator = torch.Generator().manual_seed(seed)
                hidden[member].normal_(0.0, len(INPUTS) ** -0.5, generator=generator)
                curved[member].normal_(0.0, 0.1, generator=generator)
            self.straight.bias[:, 1] = float(np.log(0.1))
            self.exponent.fill_(0.5)
        return self

    def select(self, members: Sequence[int]) -> "SymmetricEnsemble":
        """An ensemble of some of the members, in evaluation mode."""
        chosen = SymmetricEnsemble(replace(self.shape, members=len(members)))
        by_member = (self.shape.members, len(self.shape.indicators))
        state = self.state_dict()
        for name, _ in self.named_parameters():
            state[name] = state[name].unflatten(0, by_member)[list(members)].flatten(0, 1)
        chosen.load_state_dict(state)
        return chosen.eval()

    def forward(
        self,
        x: Float[torch.Tensor, "members batch inputs"],
        lengths: Int[torch.Tensor, "members batch"],
        upper: Float[torch.Tensor, "members batch indicators"],
    ) -> tuple[
        Float[torch.Tensor, "members batch indicators"],
        Float[torch.Tensor, "members batch indicators"],
    ]:
        """Mean and logarithm of the standard deviation of each indicator, by each member.

        Args:
            x: inputs, not standardised.
            lengths: numbers of sites.
            upper: upper limit of each mean.
        """
        members = self.shape.members
        indicators = len(self.shape.indicators)
        shown = (((x - self.centre) / self.spread)[:, None] * self.seen).flatten(0, 1)
        z = self.straight(shown) + self.curved(torch.tanh(self.hidden(shown)))
        ratio = (lengths / self.reference_L).log().repeat_interleave(indicators, dim=0)
        mean = torch.sigmoid(z[..., 0] * (self.exponent * ratio).exp())
        both = torch.stack([mean, z[..., 1]]).unflatten(1, (members, indicators)).mT
        return both[0] * upper, both[1]


def upper_limits(
    indicators: Sequence[str],
    lengths: Int[np.ndarray, " R"],
    normalisation: EntropyNormalisation,
) -> Float[np.ndarray, "R indicators"]:
    """Upper limit of each mean for each ring, in the units of the targets.

    It is the largest value of the indicator. For the entropy it is Page's, the mean over random
    states, which windows of eigenstates approach from below.
    """
    limits = {
        L: [_upper(name, L) / unit(name, L, normalisation) for name in indicators]
        for L in np.unique(lengths).tolist()
    }
    return np.array([limits[L] for L in lengths.tolist()]).reshape(len(lengths), len(indicators))


def _upper(name: str, L: int) -> float:
    if name == "entanglement_entropy":
        return entropy_normalisation(L, "page")
    return OBSERVABLES[name].limits(L)[1]


@dataclass(frozen=True)
class Distribution:
    """Predictions of an ensemble: mean and standard deviation per (ring, indicator)."""

    mean: Float[np.ndarray, "R indicators"]
    deviation: Float[np.ndarray, "R indicators"]

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays of a predictions file, for one energy density; the ensemble is one run."""
        return {
            "run": np.zeros(1, dtype=np.int64),
            "prediction": self.mean[None],
            "deviation": self.deviation[None],
        }


def predict_distribution(
    ensemble: SymmetricEnsemble,
    fields: Float[np.ndarray, "R T"],
    lengths: Int[np.ndarray, " R"],
    normalisation: EntropyNormalisation,
) -> Distribution:
    """The mean of the members, and the deviation of their equal-weight mixture.

    Its variance is the mean of the members' variances plus the variance of their means, times the
    square of `widening`. A deviation is at most the upper limit of its mean, the width of the
    indicator's range, since that of fields far beyond the training would overflow.

    Args:
        ensemble: a trained ensemble.
        fields: disorder vectors, in units of J (Pauli), padded.
        lengths: number of sites of each ring.
        normalisation: what entropies are divided by.
    """
    sites = np.asarray(lengths, dtype=np.int64)
    upper = upper_limits(ensemble.shape.indicators, sites, normalisation)
    shared = [torch.from_numpy(part) for part in (inputs(fields, sites), sites, upper)]
    members = ensemble.shape.members
    with torch.no_grad():
        mean, log_deviation = ensemble(*(part.expand(members, *part.shape) for part in shared))
        variance = (2 * log_deviation).exp().mean(0) + mean.var(0, correction=0)
        deviation = torch.minimum(ensemble.widening * variance.sqrt(), shared[2])
        return Distribution(mean.mean(0).numpy(), deviation.numpy())
