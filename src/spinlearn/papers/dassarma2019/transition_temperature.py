"""Estimates of the Ising model's T_c from curves of several lattices: tables, panels, verdicts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from spinlearn.papers import style
from spinlearn.papers.verdicts import Measured, Need, equals
from spinlearn.phases.extrapolation import Place, extrapolated
from spinlearn.phases.onsager import T_C
from spinlearn.statistics.bootstrap import Realisations, can_scale, mean_curves, with_errors
from spinlearn.statistics.collapse import collapse, scaled
from spinlearn.statistics.crossings import crossing
from spinlearn.statistics.errors import standard_error
from spinlearn.statistics.rounding import value_with_error

TOLERANCE = 0.01
"""Largest deviation from T_c that counts as agreement: five errors of Carrasquilla and Melko."""

NU_TOLERANCE = 0.1
"""Largest deviation of the exponent from 1 that counts as agreement."""

LEAST_SIZES, LEAST_L, LEAST_CONFIGURATIONS = 4, 40, 2000
"""Lattices, the longest length, and configurations per (L, T) that a verdict on T_c needs."""

ESTIMATES = ("place", "limit", "collapse", "crossing")
"""Parts of a table with estimates and their errors."""


def by_cell(
    values: np.ndarray, sizes: np.ndarray, temperatures: np.ndarray
) -> dict[tuple[int, float], np.ndarray]:
    """Averages over chains (sizes, temperatures, chains) by (L, T)."""
    return {
        (int(L), float(T)): values[row, column]
        for row, L in enumerate(sizes)
        for column, T in enumerate(temperatures)
    }


def transition_table(
    data: Realisations, method: str, place: Place, seed: int, resamples: int
) -> pd.DataFrame:
    """Curves, places and their extrapolation, of one method.

    Returns:
        `method`, and `part`: "curve" (`L, T, mean, error`), "place" (`L, T, error`), "limit"
        (`T, error, slope, chi_square`).
    """
    places, limit = extrapolated(data, place, seed, resamples=resamples)
    curves = mean_curves(data).rename(columns={"h": "T"}).drop(columns="realisations")
    parts = [
        curves.assign(part="curve"),
        places.assign(part="place"),
        pd.DataFrame([{**limit, "T": limit.pop("T_c"), "part": "limit"}]),
    ]
    return pd.concat(parts, ignore_index=True).assign(method=method)


def collapse_table(data: Realisations, method: str, seed: int, resamples: int) -> pd.DataFrame:
    """The collapse of one method's curves at the temperatures that are given.

    Returns:
        `method`, and `part`: "collapse" (`T, error, nu, nu_error, quality`; errors are NaN if the
        best fit is at the edge of the search, so that the data do not determine it), and
        "collapsed" (`L, T, mean, error, x`), with x = (T - T_c) L^(1/nu), if there is one.
    """
    known = with_errors(data)
    names = ("h_c", "h_c_error", "nu", "nu_error", "quality")
    fit = pd.Series(np.nan, index=names)
    if can_scale(known):
        fit = collapse(known, seed, resamples=resamples).iloc[0]
        if fit.at_bound:
            fit[["h_c_error", "nu_error"]] = np.nan
    found = {"T": fit.h_c, "error": fit.h_c_error, "part": "collapse"}
    parts = [pd.DataFrame([found | {name: fit[name] for name in names[2:]}])]
    if np.isfinite(fit.h_c):
        curves = scaled(mean_curves(data), fit.h_c, fit.nu).rename(columns={"h": "T"})
        parts.append(curves.drop(columns="realisations").assign(part="collapsed"))
    return pd.concat(parts, ignore_index=True).assign(method=method)


def crossing_table(data: Realisations, method: str, seed: int, resamples: int) -> pd.DataFrame:
    """Where the curves of successive sizes cross.

    Returns:
        `method`, and `part`: "crossing" (`L, T, error, value`), with the larger L; a row without
        values if there are too few data.
    """
    known, names = with_errors(data), ["L_large", "h_crossing", "error", "value"]
    found = pd.DataFrame([dict.fromkeys(names, np.nan)])
    if can_scale(known):
        found = crossing(known, seed, resamples=resamples)[names]
    found = found.rename(columns={"L_large": "L", "h_crossing": "T"})
    return found.assign(part="crossing", method=method)


def with_trainings(table: pd.DataFrame, trainings: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Errors of the estimates of a mean over trainings, joined with how the trainings differ.

    The trainings have the same chains, so that their spread s holds nothing of the error of these:
    hypot(error, s / sqrt(trainings)). NaN for a single training, or if one of them has no estimate.

    Args:
        table: tables of the mean curves.
        trainings: the same of the curves of each training.
    """
    keys = ["part", "L"]
    groups = pd.concat(trainings).groupby(keys, dropna=False)[["T", "nu"]]
    each = groups.agg(_error_of_mean)[groups.size() == len(trainings)].reset_index()
    spread = table[keys].merge(each, on=keys, how="left", validate="many_to_one")
    known = table.part.isin(ESTIMATES).to_numpy()
    joined = table.copy()
    for value, error in (("T", "error"), ("nu", "nu_error")):
        joined.loc[known, error] = np.hypot(table[error], spread[value])[known]
    return joined


def _error_of_mean(values: pd.Series) -> float:
    return float(standard_error(values.to_numpy(dtype=float)))


def row_of(table: pd.DataFrame, method: str, part: str) -> pd.Series:
    """The only row of one method and part."""
    return table[(table.method == method) & (table.part == part)].iloc[0]


def draw_curves(
    ax: Axes, table: pd.DataFrame, method: str, x: str = "T", part: str = "curve", **line: Any
) -> None:
    """The curves of one method, from dark to light by L."""
    curves = table[(table.method == method) & (table.part == part)]
    sizes = sorted(curves.L.unique())
    for color, (index, L) in zip(style.sequential(len(sizes)), enumerate(sizes), strict=True):
        rows = curves[curves.L == L].sort_values("T")
        looks = {"marker": style.MARKERS[index], "color": color, "label": f"{L:.0f}", **line}
        ax.errorbar(rows[x], rows["mean"], rows.error.fillna(0.0), **looks)


def draw_places(ax: Axes, table: pd.DataFrame, methods: dict[str, str]) -> None:
    """Places against 1/L with their lines; methods are named with the limit."""
    for index, (method, name) in enumerate(methods.items()):
        places = table[(table.method == method) & (table.part == "place")]
        limit, looks = row_of(table, method, "limit"), style.look(index, hollow=index > 0)
        label = f"{name}\n{value_with_error(limit['T'], limit.error)}"
        ax.errorbar(1 / places.L, places["T"], places.error, ls="none", label=label, **looks)
        if np.isfinite(limit["T"]):
            ends = np.array([0.0, 1 / places.L.min()])
            ax.plot(ends, limit["T"] + limit.slope * ends, color=looks["color"], lw=0.9)
            ax.errorbar(0, limit["T"], limit.error, color=looks["color"], marker="_", zorder=4)
    ax.axhline(T_C, color="0.45", lw=0.8, ls="--", zorder=0)
    ax.set_xlabel(r"$1/L$")
    ax.set_xlim(left=-0.004)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.22 * len(methods) * (high - low))
    ax.legend(loc="upper left", handletextpad=0.3, labelspacing=0.4)


def mark_transition(ax: Axes) -> None:
    """A thin line at Onsager's T_c."""
    ax.axvline(T_C, color="0.45", lw=0.8, ls="--", zorder=0)


def sizes_text(table: pd.DataFrame) -> str:
    """The lengths of the lattices in words."""
    sizes = sorted(table[table.part == "curve"].L.unique())
    return "L = " + ", ".join(f"{L:.0f}" for L in sizes)


def judge_T_c(found: pd.Series, runs: int | None = None) -> dict[str, Any]:
    """Value and verdict of a T_c: Onsager's within `TOLERANCE`; `runs` as for `margin`."""
    measured: Measured = (float(found["T"]), float(found.error))
    return {"measured": measured, "verdict": equals(*measured, T_C, TOLERANCE, runs=runs)}


def judge_nu(found: pd.Series, runs: int | None = None) -> dict[str, Any]:
    """Value and verdict of the exponent: 1 within `NU_TOLERANCE`; `runs` as for `margin`."""
    measured: Measured = (float(found.nu), float(found.nu_error))
    return {"measured": measured, "verdict": equals(*measured, 1.0, NU_TOLERANCE, runs=runs)}


def needs(table: pd.DataFrame) -> list[Need]:
    """The sizes that a verdict on T_c needs."""
    sizes = table[table.part == "curve"].L.unique()
    return [
        ("lattices", len(sizes), LEAST_SIZES),
        ("L", float(max(sizes)), LEAST_L),
        ("configurations per (L, T)", float(table.configurations.max()), LEAST_CONFIGURATIONS),
    ]
