"""Statistics of disorder vectors that respect the symmetries of the indicators.

All of them are the same for h and -h, for h plus a uniform field (which does nothing at S^z = 0),
and for a reflected ring. Those of `ring_statistics` are also the same for a translated ring. A
translation changes the half-chain entropy, so `cut_statistics` describe the fields at the two cuts.
"""

import numpy as np
from jaxtyping import Float, Int

from spinlearn import arguments

RING = (
    "1/L",
    "ln(1 + deviation)",
    "deviation",
    "resonance",
    "squared resonance",
    "resonance of second neighbours",
    "product of adjacent resonances",
    "ln resonance",
    "ln(1 + first Fourier amplitude)",
)
"""Names of `ring_statistics`; all but the first, second, third and last are means over the ring."""

CUT = ("resonance at the cuts", "ln resonance at the cuts", "resonance beside the cuts")
"""Names of `cut_statistics`, means over both cuts."""


def resonance(difference: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """How much two neighbouring sites with opposite spins hybridise, from 0 to 1.

    An exchange of the two spins has the matrix element 2 J and the detuning 2 d + s, with d the
    difference of the fields and s = -4 J, 0, 0 or 4 J from the coupling to the outer neighbours.
    The two-level problem gives 1 / (1 + (d/2 + s/4)^2); this is the mean over s. Units of J.

    >>> resonance(np.array([0.0, 2.0])).round(3).tolist()
    [0.75, 0.55]
    """
    terms = [
        weight / (1.0 + (difference / 2 + shift) ** 2)
        for shift, weight in ((-1.0, 0.25), (0.0, 0.5), (1.0, 0.25))
    ]
    return np.asarray(sum(terms))


def field_statistics(
    fields: Float[np.ndarray, "R T"], lengths: Int[np.ndarray, " R"]
) -> Float[np.ndarray, "R statistics"]:
    """The statistics named in `RING` and then those in `CUT`, one row per ring.

    Args:
        fields: disorder vectors, in units of J; values beyond a ring's length are padding.
        lengths: number of sites of each ring, from 2 to T.

    Raises:
        InvalidArgumentError: if a field of a ring is not finite, or a length is not in 2..T.
    """
    fields = arguments.real("fields", fields, (None, None), nan=True)
    lengths = arguments.whole("lengths", lengths, (len(fields),), low=2, high=fields.shape[1])
    found = np.empty((len(fields), len(RING) + len(CUT)))
    for L in np.unique(lengths):
        chosen = np.flatnonzero(lengths == L)
        rings = fields[chosen, :L]
        if (unknown := np.isnan(rings).any(axis=1)).any():
            row = int(chosen[unknown][0])
            raise arguments.InvalidArgumentError("fields", f"row {row} has NaN within its ring")
        found[chosen] = np.hstack([ring_statistics(rings), cut_statistics(rings)])
    return found


def ring_statistics(rings: Float[np.ndarray, "R L"]) -> Float[np.ndarray, "R statistics"]:
    """The statistics named in `RING`, of rings of one length."""
    R, L = rings.shape
    centred = rings - rings.mean(axis=1, keepdims=True)
    deviation = centred.std(axis=1)
    near = resonance(np.roll(centred, -1, axis=1) - centred)
    far = resonance(np.roll(centred, -2, axis=1) - centred)
    amplitude = np.abs(np.fft.rfft(centred, axis=1)[:, 1]) / L
    columns = (
        np.full(R, 1.0 / L),
        np.log1p(deviation),
        deviation,
        near.mean(axis=1),
        (near**2).mean(axis=1),
        far.mean(axis=1),
        (near * np.roll(near, -1, axis=1)).mean(axis=1),
        np.log(near).mean(axis=1),
        np.log1p(amplitude),
    )
    return np.stack(columns, axis=1)


def cut_statistics(rings: Float[np.ndarray, "R L"]) -> Float[np.ndarray, "R statistics"]:
    """The statistics named in `CUT`, of rings of one length.

    Half of a ring has two cuts: after site L/2, and after site L.
    """
    L = rings.shape[1]
    near = resonance(np.roll(rings, -1, axis=1) - rings)
    cuts = np.array([L // 2 - 1, L - 1])
    beside = np.concatenate([cuts - 1, (cuts + 1) % L])
    columns = (
        near[:, cuts].mean(axis=1),
        np.log(near[:, cuts]).mean(axis=1),
        near[:, beside].mean(axis=1),
    )
    return np.stack(columns, axis=1)
