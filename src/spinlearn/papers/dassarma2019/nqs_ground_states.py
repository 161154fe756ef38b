"""Energies of machines as ground states of rings, against hidden units per site."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator, ScalarFormatter

from spinlearn.nqs.schemas import GROUND_STATES
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim, Measured, claim, difference, is_below, is_positive
from spinlearn.statistics.errors import error_over_runs

CAPTION = (
    "Relative error of the variational energy against the real numbers that describe the state, "
    "for the transverse-field Ising ring and the antiferromagnetic Heisenberg ring. Filled: "
    "restricted Boltzmann machines, trained by stochastic reconfiguration (NetKet), mean over "
    "converged runs with standard error, which joins their spread and, beyond 20 sites, the errors "
    "of their samples; small dots: the runs. From left to right: more hidden units per site. "
    "Hollow, dashed: matrix product states of about as many numbers, by DMRG on the ring, whose "
    "ends are joined by a long bond."
)

NAMES = {"tfi": "Ising", "heisenberg": "Heisenberg"}

ACCURATE = 1e-3
"""Relative error below which a machine counts as a faithful ground state."""

ROUNDING = 1e-12
"""Relative error up to which a matrix product state is exact, and is not drawn."""

LEAST_N = 10
"""Sites that this needs: with 8, a machine of alpha = 4 has more numbers than the vector."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """All runs and matrix product states, one per row."""
    return pd.concat([GROUND_STATES.read(path) for path in files.energies], ignore_index=True)


def converged(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of machines that converged."""
    return table[(table.method == "rbm") & (table.converged == 1)]


def mean_error(runs: pd.DataFrame) -> Measured:
    """Mean relative error of runs of one alpha and its standard error, see `_over_runs`."""
    return _over_runs(runs.relative_error, _sampling_errors(runs))


def _sampling_errors(runs: pd.DataFrame) -> "pd.Series[float]":
    """Standard errors of relative errors, from the samples of the energies; 0 without samples."""
    return runs.energy_error / runs.exact.abs()


def _over_runs(values: "pd.Series[float]", errors: "pd.Series[float]") -> Measured:
    """Mean over runs, and its error by their spread and by their own errors; NaN for one run."""
    error = error_over_runs(values.to_numpy(), errors.to_numpy()) if len(values) > 1 else np.nan
    return float(values.mean()), float(error)


def draw(table: pd.DataFrame) -> Figure:
    """One panel per Hamiltonian, two in a row; one pair of curves per N."""
    rings = [(name, h) for name in NAMES for h in sorted(set(table.h[table.model == name]))]
    columns, sizes = min(len(rings), 2), sorted(set(table.N))
    rows = -(-len(rings) // columns)
    fig, axes = style.figure(2, 0.6 + 2.4 * rows, rows, columns, sharey=True, squeeze=False)
    style.label_panels(axes.flat[: len(rings)])
    for ax, (model, h) in zip(axes.flat, rings, strict=False):
        part = table[(table.model == model) & (table.h == h)]
        for N, one in part.groupby("N"):
            _draw_curves(ax, one, sizes.index(N))
        field = f", $h = {h:g}J$" if model == "tfi" else ""
        ax.set(xscale="log", yscale="log", title=f"{NAMES[model]} ring{field}")
        ax.set_xlabel("numbers that describe the state")
        _set_ticks(ax, sorted(set(part.parameters[part.method == "rbm"])))
    for ax in axes.flat[len(rings) :]:
        ax.set_axis_off()
    for ax in axes[:, 0]:
        ax.set_ylabel("relative error of the energy")
    fig.legend(handles=_legend(sizes), loc="outside lower center", ncols=len(sizes) + 1)
    return fig


def _set_ticks(ax: Axes, sizes: list[int]) -> None:
    """The numbers of the machines, or round ones if there are too many of these."""
    if len(sizes) > 4:
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter(ScalarFormatter())
    else:
        ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.xaxis.set_minor_locator(NullLocator())


def _legend(sizes: list[int]) -> list[Line2D]:
    """Machines of every N, and what is hollow."""
    machines = [
        Line2D([], [], **style.look(place), label=f"machine, $N = {N}$")
        for place, N in enumerate(sizes)
    ]
    hollow: dict[str, Any] = {"color": "0.4", "marker": "o", "mfc": "white", "ls": "--"}
    return [*machines, Line2D([], [], **hollow, label="matrix product state")]


def _draw_curves(ax: Axes, rows: pd.DataFrame, place: int) -> None:
    """Machines and matrix product states of one ring."""
    look, machines = style.look(place), converged(rows)
    means = {size: mean_error(runs) for size, runs in machines.groupby("parameters")}
    values, errors = np.array([*means.values()]).reshape(-1, 2).T
    ax.errorbar([*means], values, errors, **look)
    ax.plot(machines.parameters, machines.relative_error, ".", ms=2, color=look["color"])
    states = rows[(rows.method == "mps") & (rows.converged == 1)].sort_values("parameters")
    states = states[states.relative_error > ROUNDING]
    hollow = {**style.look(place, hollow=True), "ls": "--"}
    ax.plot(states.parameters, states.relative_error, **hollow)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Two claims per model, at the longest ring and, of Ising rings, the field nearest to J.

    The ground state is faithful: the mean relative error at the largest alpha is below `ACCURATE`.
    The error falls with alpha: the mean of its logarithm at the smallest alpha less that at the
    largest is positive; energies from samples that are below E_0 have none and do not count. Errors
    come from the spread over converged runs, with Student's t.
    """
    found = []
    for model in (name for name in NAMES if (table.model == name).any()):
        part = table[table.model == model]
        part = part[part.N.max() == part.N]
        part = part[part.h == part.h.iloc[(part.h - 1).abs().argmin()]]
        found += _claims_of(model, converged(part), part[part.method == "rbm"])
    return found


def _mean_logarithm(runs: pd.DataFrame) -> Measured:
    """Mean logarithm of the relative error, where it is positive, and its standard error."""
    positive = runs[runs.relative_error > 0]
    sampled = _sampling_errors(positive) / positive.relative_error.mean()
    return _over_runs(np.log(positive.relative_error), sampled)


def _claims_of(model: str, runs: pd.DataFrame, tried: pd.DataFrame) -> list[Claim]:
    """Both claims of one ring."""
    first, last = tried.alpha.min(), tried.alpha.max()
    least, most = (runs[runs.alpha == alpha] for alpha in (first, last))
    drop = difference(_mean_logarithm(least), _mean_logarithm(most))
    fewest = min(int((part.relative_error > 0).sum()) for part in (least, most))
    size = f"N = {tried.N.iloc[0]}, alpha = {first} to {last}"
    field = f", h = {tried.h.iloc[0]:g}J" if model == "tfi" else ""
    scale = f"{size}{field}, {len(runs)} of {len(tried)} runs converged"
    mean, error = mean_error(most)
    alphas = ("values of alpha", tried.alpha.nunique(), 2)
    return [
        claim(
            f"dassarma2019.nqs_ground_states.{model}_faithful",
            f"A restricted Boltzmann machine captures the ground state of the {NAMES[model]} ring "
            f"(relative error of the energy, below {ACCURATE:g})",
            published="faithfully captured",
            measured=(mean, error),
            verdict=is_below(mean, error, ACCURATE, runs=len(most)),
            needs=[("N", int(tried.N.iloc[0]), LEAST_N)],
            scale=scale,
        ),
        claim(
            f"dassarma2019.nqs_ground_states.{model}_hidden_units",
            f"The error falls with the number of hidden units, {NAMES[model]} ring (logarithm of "
            "the relative error, smallest less largest alpha)",
            published="systematically improved",
            measured=drop,
            verdict=is_positive(*drop, runs=fewest),
            needs=[("converged runs", fewest, 4), alphas],
            scale=scale,
            paper="dassarma2019",
            note="from the work that the review cites (Carleo and Troyer 2017)",
        ),
    ]
