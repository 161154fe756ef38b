"""Observables of eigenstates by name, and what files, figures and networks need to know of them.

The function that computes one has its name, in `spinlearn.mbl.observables`.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from math import comb, inf, log


def _unit_interval(L: int) -> tuple[float, float]:
    return 0.0, 1.0


@dataclass(frozen=True)
class Observable:
    """One observable; its value belongs to an eigenstate, or to two or three neighbouring ones.

    Attributes:
        symbol: what it is called on figures, as mathtext.
        meaning: what it is, in a few words.
        unit: its unit; "1" for a pure number.
        limits: smallest and largest value in the sector S^z = 0 of L sites, L even; they may be
            infinite.
        reflection: whether it stays the same when the fields of the chain are reflected; tests hold
            the functions to it, and models that respect symmetries can ask for it.
        translation: whether it stays the same when the fields are moved round a ring.
        levels: neighbouring eigenstates to which a value belongs: one, two or three.
        needs_sz: whether it is only defined for chains that conserve S^z.
        undefined: when a value is undefined (NaN) although the window has no degenerate levels, in
            words; empty if that never happens.
    """

    symbol: str
    meaning: str
    unit: str = "1"
    limits: Callable[[int], tuple[float, float]] = _unit_interval
    reflection: bool = True
    translation: bool = True
    levels: int = 1
    needs_sz: bool = False
    undefined: str = ""

    @property
    def reasons(self) -> str:
        """When a value is undefined, in words."""
        return f"{DEGENERATE}, or {self.undefined}" if self.undefined else DEGENERATE


DEGENERATE = "a window has degenerate levels, closer than 1e-12 of the spectrum's width"
"""When all observables are undefined, in words: eigenvectors and gaps are arbitrary there."""

OBSERVABLES = {
    "gap_ratio": Observable(
        r"\langle r\rangle",
        "ratio of adjacent gaps",
        levels=3,
    ),
    "entanglement_entropy": Observable(
        "S",
        "half-chain von Neumann entropy",
        "nat",
        lambda L: (0.0, L / 2 * log(2)),
        translation=False,
    ),
    "number_entropy": Observable(
        r"S_{\rm n}",
        "entropy of the left half's magnetisation",
        "nat",
        lambda L: (0.0, log(L / 2 + 1)),
        translation=False,
        needs_sz=True,
    ),
    "spin_fraction": Observable("f", "dynamical spin fraction"),
    "participation_entropy": Observable(
        r"S_{\rm p}",
        "Shannon entropy of the basis states' probabilities",
        "nat",
        lambda L: (0.0, log(comb(L, L // 2))),
    ),
    "kl_divergence": Observable(
        r"D_{\rm KL}",
        "Kullback-Leibler divergence of neighbouring states' probabilities",
        "nat",
        lambda L: (0.0, inf),
        levels=2,
    ),
    "schmidt_gap": Observable(
        r"\Delta\lambda",
        "difference of the two largest eigenvalues of the left half's density matrix",
        translation=False,
    ),
    "staggered_magnetisation": Observable(
        r"m_{\rm st}^2", "squared staggered magnetisation per site, in units of its Neel value"
    ),
}
"""All observables, in the order of files and figures."""

DEFAULT_OBSERVABLES = ("gap_ratio", "entanglement_entropy", "number_entropy", "spin_fraction")
"""Those that are computed unless others are asked for."""


def name_fault(name: str) -> str:
    """What is wrong with the name of an observable; empty if nothing is.

    >>> name_fault("gap_ratios").partition("?")[0]
    "'gap_ratios' is no observable; did you mean gap_ratio"
    """
    if name in OBSERVABLES:
        return ""
    near = difflib.get_close_matches(name, OBSERVABLES, n=1)
    hint = f"; did you mean {near[0]}?" if near else "."
    return f"{name!r} is no observable{hint} The names are {', '.join(OBSERVABLES)}"
