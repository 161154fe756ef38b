"""Scaling forms: the variable x(h, L) against which the curves of all sizes may fall together."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Bounds = list[tuple[float, float]]


@dataclass(frozen=True)
class ScalingForm:
    """A scaling variable and its parameters.

    Attributes:
        name: in words, for tables and figures.
        parameters: names of the parameters; the first is `h_c`.
        positive: those that are positive. A search uses their logarithm.
        x: the variable of points with strengths h and sizes L, both of shape (points,), for
            parameters of shape (trials, parameters); shape (trials, points).
        bounds: search range of each parameter, after taking logarithms, for h and L of the points.
    """

    name: str
    parameters: tuple[str, ...]
    positive: tuple[str, ...]
    x: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    bounds: Callable[[np.ndarray, np.ndarray], Bounds]

    def values(
        self, points: Float[np.ndarray, "minima parameters"]
    ) -> dict[str, Float[np.ndarray, " minima"]]:
        """Parameters of points of the search, without logarithms."""
        columns = dict(zip(self.parameters, points.T, strict=True))
        return columns | {name: np.exp(columns[name]) for name in self.positive}


NU_BOUNDS = (0.2, 5.0)
"""Search range of nu."""

B_BOUNDS = (0.1, 10.0)
"""Search range of b, in units of sqrt(h)."""


def _power_law(h: np.ndarray, L: np.ndarray, p: np.ndarray) -> np.ndarray:
    return (h - p[:, :1]) * L ** np.exp(-p[:, 1:2])


def _over_length(distance: np.ndarray, L: np.ndarray, log_b: np.ndarray) -> np.ndarray:
    """sign(distance) L / xi with xi = exp(b / sqrt|distance|); zero at distance zero."""
    with np.errstate(divide="ignore"):
        return np.sign(distance) * L * np.exp(-np.exp(log_b) / np.sqrt(np.abs(distance)))


def _kosterlitz_thouless(h: np.ndarray, L: np.ndarray, p: np.ndarray) -> np.ndarray:
    return _over_length(h - p[:, :1], L, p[:, 1:2])


def _drifting(h: np.ndarray, L: np.ndarray, p: np.ndarray) -> np.ndarray:
    return _over_length(h - p[:, :1] - p[:, 2:3] * (L - L.mean()), L, p[:, 1:2])


def _range(h: np.ndarray) -> tuple[float, float]:
    return float(h.min()), float(h.max())


def _logarithms(bounds: tuple[float, float]) -> tuple[float, float]:
    return float(np.log(bounds[0])), float(np.log(bounds[1]))


def _steepest_drift(h: np.ndarray, L: np.ndarray) -> tuple[float, float]:
    """Between the smallest and the largest size h_c moves over at most half the range of h."""
    steepest = float(0.5 * np.ptp(h) / np.ptp(L))
    return -steepest, steepest


POWER_LAW = ScalingForm(
    "power law",
    ("h_c", "nu"),
    ("nu",),
    _power_law,
    lambda h, L: [_range(h), _logarithms(NU_BOUNDS)],
)
"""x = (h - h_c) L^(1/nu): a finite-order transition, with correlation length |h - h_c|^(-nu)."""

KOSTERLITZ_THOULESS = ScalingForm(
    "Kosterlitz-Thouless",
    ("h_c", "b"),
    ("b",),
    _kosterlitz_thouless,
    lambda h, L: [_range(h), _logarithms(B_BOUNDS)],
)
"""x = sign(h - h_c) L / xi with xi = exp(b / sqrt|h - h_c|): a transition of infinite order.

See Suntajs, Bonca, Prosen and Vidmar, Phys. Rev. B 102, 064207 (2020). b is the same on both sides.
"""

DRIFTING_KOSTERLITZ_THOULESS = ScalingForm(
    "Kosterlitz-Thouless, drifting",
    ("h_c", "b", "drift"),
    ("b",),
    _drifting,
    lambda h, L: [_range(h), _logarithms(B_BOUNDS), _steepest_drift(h, L)],
)
"""As `KOSTERLITZ_THOULESS`, with h_c + drift (L - mean L) in the place of h_c (the same paper).

The mean is over all points. h_c is the value there, drift its change per site.
"""

FORMS = (POWER_LAW, KOSTERLITZ_THOULESS, DRIFTING_KOSTERLITZ_THOULESS)
