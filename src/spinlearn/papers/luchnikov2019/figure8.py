"""Luchnikov 2019, figure 8: magnetisations against the transverse field."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019.common import (
    DMRG,
    LONG_CHAIN,
    VAE,
    agreement_claim,
    claim,
    draw_ground_states,
    longitudinal_field_label,
    scale,
    sizes_label,
)
from spinlearn.papers.verdicts import INCONCLUSIVE, Claim, equals
from spinlearn.vae.schemas import OBSERVABLES

CAPTION = (
    "Magnetisations along x and z against the transverse field. Dotted lines join DMRG's points to "
    "guide the eye. The tie-breaking longitudinal field (in the title) determines the transverse "
    "field at which the magnetisation along z of a finite chain collapses."
)

COLLAPSE, COLLAPSE_ROUNDING = 0.9, 0.05
"""Field of the transition in Luchnikov 2019, in units of J, and half of its last digit."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """mu_x and mu_z, one row per (observable, field)."""
    rows = pd.concat([OBSERVABLES.read(path) for path in files.observables], ignore_index=True)
    rows = rows[rows.observable.isin(["mu_x", "mu_z"])].sort_values(["observable", "hx"])
    return rows.reset_index(drop=True).assign(longitudinal_field=settings["longitudinal_field"])


def draw(table: pd.DataFrame) -> Figure:
    """mu_x and mu_z against the transverse field."""
    fig, ax = style.figure(1, 2.8)
    names = (("mu_x", r"$\mu_x$"), ("mu_z", r"$\mu_z$"))
    for color, marker, (name, label) in zip(style.COLORS, style.MARKERS, names, strict=False):
        rows = table[table.observable == name].sort_values("hx")
        draw_ground_states(ax, rows.hx, rows.exact, color, f"{label}, {DMRG}")
        ax.errorbar(
            rows.hx,
            rows.vae,
            rows.vae_error,
            color=color,
            marker=marker,
            mfc="white",
            ls="none",
            label=f"{label}, {VAE}",
        )
    ax.axvline(1.0, color="0.6", lw=0.8, ls=":", zorder=0)
    ax.annotate(
        r"$h_x = J$",
        xy=(1.0, 0.98),
        xycoords=("data", "axes fraction"),
        xytext=(3, -2),
        textcoords="offset points",
        va="top",
        color="0.4",
        fontsize=7,
    )
    ax.set_xlabel(r"transverse field $h_x/J$")
    ax.set_ylabel("magnetisation per site")
    ax.legend(loc="center right", labelspacing=0.3)
    ax.set_title(f"{sizes_label(table)}\n{longitudinal_field_label(table)}", fontsize=7.5)
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """Agreement of mu_x and mu_z with DMRG, and the field at which mu_z collapses.

    The rules. Agreement: see `agreement_claim`. The collapse is the field at which mu_z falls
    through 1/2. It equals the paper's 0.9 J within half the spacing of the fields there, or within
    0.05 if that is larger (`equals`). A claim of our own: it equals DMRG's within half the spacing
    (`equals`); at finite N the tie-breaking field determines where mu_z collapses. Inconclusive if
    mu_z does not fall through 1/2.
    """
    fits = [
        agreement_claim(table[table.observable == name], 8, name, name) for name in ("mu_x", "mu_z")
    ]
    return fits + _collapse_claims(table[table.observable == "mu_z"].sort_values("hx"))


def _collapse_claims(rows: pd.DataFrame) -> list[Claim]:
    columns = (rows.hx, rows.decoder_mean, rows.decoder_mean_error, rows.exact)
    hx, mean, errors, exact = (column.to_numpy(dtype=float) for column in columns)
    place, error, spacing = _crossing(hx, mean, errors)
    exact_place = _crossing(hx, exact, np.zeros(len(hx)))[0]
    found = math.isfinite(place)
    tolerance = max(COLLAPSE_ROUNDING, spacing / 2) if found else COLLAPSE_ROUNDING
    found_note = f"within {tolerance:g}; {_sharpness(hx, mean, exact)}"
    collapse = claim(
        "luchnikov2019.figure8.collapse",
        "the field at which mu_z of the VAE collapses (mu_z = 1/2, in units of J)",
        figure=8,
        published="about 0.9",
        measured=place,
        error=error,
        verdict=equals(place, error, COLLAPSE, tolerance) if found else INCONCLUSIVE,
        scale=scale(rows, LONG_CHAIN),
        note=found_note if found else "mu_z of the VAE does not fall through 1/2",
    )
    if not math.isfinite(exact_place):
        return [collapse]
    difference = place - exact_place
    beside_dmrg = claim(
        "luchnikov2019.figure8.collapse_of_ground_states",
        "the VAE finds the field at which mu_z of the ground states collapses (difference, "
        "in units of J)",
        figure=8,
        published=f"no claim (DMRG: {exact_place:.3f})",
        measured=difference,
        error=error,
        verdict=equals(difference, error, 0.0, spacing / 2) if found else INCONCLUSIVE,
        scale=scale(rows, LONG_CHAIN),
        origin="spinlearn",
        note="the tie-breaking field determines where DMRG's mu_z collapses",
    )
    return [collapse, beside_dmrg]


def _crossing(
    hx: np.ndarray, values: np.ndarray, errors: np.ndarray, level: float = 0.5
) -> tuple[float, float, float]:
    """First field at which values fall through a level, by linear interpolation.

    Returns:
        The field, its error from that of the values, and the spacing of the fields around it; NaN
        if the values do not fall through the level.
    """
    falls = np.flatnonzero((values[:-1] >= level) & (values[1:] < level))
    if not len(falls):
        return math.nan, math.nan, math.nan
    k = falls[0]
    spacing, drop = float(hx[k + 1] - hx[k]), float(values[k] - values[k + 1])
    share = float(values[k] - level) / drop
    error = math.hypot((1 - share) * errors[k], share * errors[k + 1]) * spacing / drop
    return float(hx[k]) + share * spacing, error, spacing


def _sharpness(hx: np.ndarray, mean: np.ndarray, exact: np.ndarray) -> str:
    """The widths over which mu_z of the VAE and of DMRG fall, in words; empty if one does not."""
    none = np.zeros(len(hx))
    vae, dmrg = (
        _crossing(hx, values, none, 0.25)[0] - _crossing(hx, values, none, 0.75)[0]
        for values in (mean, exact)
    )
    if not math.isfinite(vae + dmrg):
        return ""
    return f"mu_z falls from 3/4 to 1/4 over {vae:.2f} J (DMRG: {dmrg:.2f} J)"
