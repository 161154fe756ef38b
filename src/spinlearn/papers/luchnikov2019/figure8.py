"""Luchnikov 2019, figure 8: magnetisations against the transverse field."""

import math
from functools import partial
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import agreement, common
from spinlearn.papers.luchnikov2019.common import DMRG, ROUNDING, TRANSITION
from spinlearn.papers.luchnikov2019.falls import Fall, first_fall
from spinlearn.papers.luchnikov2019.runs import OverRuns, mean_of_runs
from spinlearn.papers.verdicts import Claim, Measured, claim, equals, unjudged
from spinlearn.vae.runs import over_runs
from spinlearn.vae.schemas import OBSERVABLES

CAPTION = (
    "Magnetisations along x and z against the transverse field. Dotted lines join DMRG's points to "
    "guide the eye. The tie-breaking longitudinal field (in the title) determines the transverse "
    "field at which the magnetisation along z of a finite chain collapses. Means of the decoder's "
    "Bloch vectors, with errors that join sampling and the spread of independent trainings."
)

LABELS = {"mu_x": r"$\mu_x$", "mu_z": r"$\mu_z$"}

CLOSE = 0.01
"""Largest deviation of mu_x over all fields that a good model of the paper's size has."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """mu_x and mu_z, one row per (observable, run, field)."""
    rows = pd.concat([OBSERVABLES.read(path) for path in files.observables], ignore_index=True)
    rows = rows[rows.observable.isin(list(LABELS))].sort_values(["observable", "run", "hx"])
    return rows.reset_index(drop=True).assign(longitudinal_field=settings["longitudinal_field"])


def draw(table: pd.DataFrame) -> Figure:
    """mu_x and mu_z against the transverse field."""
    fig, ax = style.figure(1, 2.8)
    for index, (name, label) in enumerate(LABELS.items()):
        rows = agreement.best_estimate(table[table.observable == name])
        rows = over_runs(rows, ["hx"], ["estimate"])
        look = style.look(index, hollow=True)
        common.draw_ground_states(ax, rows.hx, rows.exact, look["color"], f"{label}, {DMRG}")
        vae = common.vae_name(table).replace(" ", "\n", 1)  # two lines: beside the curves
        look |= {"ls": "none", "label": f"{label}, {vae}"}
        ax.errorbar(rows.hx, rows.estimate, rows.estimate_error, **look)
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
    ax.set_title(common.sizes_and_field_label(table), fontsize=7.5)
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """Agreement of mu_x and mu_z with DMRG, and the field at which mu_z collapses.

    The rules. Agreement: see `agreement_claim`; a claim of our own, with the same rule and sizes:
    mu_x is within `CLOSE`. The collapse is the field at which mu_z falls through 1/2. At finite N
    the tie-breaking field, a choice of ours (the paper prints none), determines where. So two
    claims of our own, at any size: it equals the paper's 0.9 J within half the spacing of the
    fields there, or within 0.05 if that is larger (`equals`); it equals DMRG's within half the
    spacing (`equals`). Too small to judge if mu_z of a run does not fall through 1/2. Where the
    transition is, whatever the tie-breaking field, figure 9 tells by the maximum of the
    susceptibility. Values are means over the runs.
    """
    by_name = dict(iter(agreement.best_estimate(table).groupby("observable")))
    fits = [agreement.agreement_claim(by_name[name], 8, name, name) for name in LABELS]
    text = f"mu_x of the VAE agrees with DMRG within {CLOSE:g} at every field"
    fits.append(agreement.close_agreement_claim(by_name["mu_x"], 8, "mu_x_closely", text, CLOSE))
    rows = by_name["mu_z"].sort_values("hx")
    found = mean_of_runs(rows, _place)
    exact = over_runs(rows, ["hx"], ["estimate"])
    hx = exact.hx.to_numpy(dtype=float)
    dmrg = first_fall(hx, exact.exact.to_numpy(dtype=float), level=0.5)
    spacing = first_fall(hx, exact.estimate.to_numpy(dtype=float), level=0.5).spacing
    scale = common.long_scale(rows)
    collapses = [_collapse(found, spacing, _widths(exact), scale)]
    if math.isfinite(dmrg.place):
        collapses.append(_collapse_of_ground_states(found, dmrg, spacing, scale))
    return fits + collapses


def _place(rows: pd.DataFrame) -> Measured:
    """Where mu_z of one run falls through 1/2, and the sampling error of this field."""
    columns = (rows.hx, rows.estimate, rows.estimate_error)
    hx, values, errors = (column.to_numpy(dtype=float) for column in columns)
    fall = first_fall(hx, values, errors, level=0.5)
    return fall.place, fall.error


def _collapse(found: OverRuns, spacing: float, widths: str, scale: str) -> Claim:
    about = partial(
        claim,
        "luchnikov2019.figure8.collapse",
        "the field at which mu_z of the VAE collapses (mu_z = 1/2, in units of J)",
        published="about 0.9, with a tie-breaking field that is not printed",
        scale=scale,
        origin="spinlearn",
    )
    (place, error), runs = found
    if not math.isfinite(place):
        return about(**unjudged("mu_z of a run does not fall through 1/2"))
    tolerance = max(ROUNDING, spacing / 2)
    return about(
        measured=(place, error),
        verdict=equals(place, error, TRANSITION, tolerance, runs=runs),
        note=f"within {tolerance:g}; the tie-breaking field determines the place; {widths}",
    )


def _collapse_of_ground_states(found: OverRuns, dmrg: Fall, spacing: float, scale: str) -> Claim:
    difference = (found.measured[0] - dmrg.place, found.measured[1])
    return claim(
        "luchnikov2019.figure8.collapse_of_ground_states",
        "the VAE finds the field at which mu_z of the ground states collapses (difference, "
        "in units of J)",
        published=f"no claim (DMRG: {dmrg.place:.3f})",
        measured=difference,
        verdict=equals(*difference, 0.0, spacing / 2, runs=found.runs),
        scale=scale,
        origin="spinlearn",
        note="the tie-breaking field determines where DMRG's mu_z collapses",
    )


def _widths(rows: pd.DataFrame) -> str:
    """The widths over which mu_z of the VAE and of DMRG fall, in words; empty if one does not."""
    hx = rows.hx.to_numpy(dtype=float)
    vae, dmrg = (
        first_fall(hx, values, level=0.25).place - first_fall(hx, values, level=0.75).place
        for values in (rows.estimate.to_numpy(dtype=float), rows.exact.to_numpy(dtype=float))
    )
    if not math.isfinite(vae + dmrg):
        return ""
    return f"mu_z falls from 3/4 to 1/4 over {vae:.2f} J (DMRG: {dmrg:.2f} J)"
