"""Luchnikov 2019, figure 9: susceptibilities by differentiation through the network."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import common, maxima, susceptibility_claims
from spinlearn.papers.luchnikov2019.runs import mean_of_runs
from spinlearn.papers.luchnikov2019.susceptibility_claims import relative_bias, temperatures
from spinlearn.papers.verdicts import Claim
from spinlearn.tfi.susceptibility import susceptibility
from spinlearn.vae.runs import over_runs
from spinlearn.vae.schemas import SUSCEPTIBILITIES

CAPTION = (
    "Susceptibilities from the exact derivative of the decoder's mean, from Gumbel-softmax samples "
    "(the paper's method; biased at any temperature T above zero, by the share of the exact "
    "derivative in the legend) and from central differences of sampled magnetisations. Error bars "
    "join sampling and the spread of independent trainings. The line is the ground state without "
    "the tie-breaking field, by free fermions; dotted lines join slopes between neighbouring "
    "fields of the stored ground states."
)

LABELS = {"chi_xx": r"$\chi_{xx}$", "chi_zx": r"$\chi_{zx}$"}

EXACT = "free_fermions"
"""Route of the rows of the exact curve, on a finer grid of fields."""

FINE = 0.02
"""Spacing of the fields of the exact curve, in units of J."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """χ_xx and χ_zx by every route, one row per (susceptibility, route, temperature, run, field).

    The route `free_fermions` has no run: χ_xx of the ground state on a fine grid of fields.
    """
    rows = pd.concat([SUSCEPTIBILITIES.read(path) for path in files.susceptibilities])
    N = int(rows.N.iloc[0])
    fields = np.arange(rows.hx.min(), rows.hx.max() + FINE / 2, FINE).round(9)
    exact = {
        "hx": fields,
        "observable": "chi_xx",
        "route": EXACT,
        "value": [susceptibility(N, hx) for hx in fields],
        "N": N,
        "training_samples": rows.training_samples.iloc[0],
    }
    return pd.concat([rows, pd.DataFrame(exact)], ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """χ_xx and χ_zx against the field: all routes through the VAE, and the ground states."""
    fig, axes = style.figure(2, 3.4, 1, 2)
    style.label_panels(axes)
    for ax, (name, label) in zip(axes, LABELS.items(), strict=True):
        rows = table[table.observable == name]
        _draw_exact(ax, rows)
        for number, (route, temperature) in enumerate(_routes(rows)):
            part = susceptibility_claims.by_route(rows, route, temperature)
            part = over_runs(part, ["hx"], ["value"])
            look: dict[str, Any] = {**style.look(number, hollow=True), "ms": 3.6, "ls": "none"}
            look["label"] = _name(table, route, temperature)
            if route == "autograd":  # below the unbiased ones of the others
                look |= {"ms": 5.5, "alpha": 0.45, "mfc": look["color"]}
            ax.errorbar(part.hx, part.value, part.value_error, elinewidth=0.8, **look)
        ax.set_xlabel(r"transverse field $h_x/J$")
        ax.set_ylabel(f"{label} " + r"$(1/J)$")
    handles: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    fig.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=2)
    fig.suptitle(common.sizes_label(table), fontsize=7.5)
    return fig


def _routes(rows: pd.DataFrame) -> list[tuple[str, float]]:
    """The routes through the VAE, each with its temperature, NaN for those without."""
    soft = [("gumbel_softmax", T) for T in temperatures(rows)]
    return [("autograd", np.nan), *soft, ("central_difference", np.nan)]


def _name(table: pd.DataFrame, route: str, temperature: float) -> str:
    """Name of a route in the legend; of Gumbel-softmax with its biases."""
    vae = common.vae_name(table[table.route != EXACT])
    if route != "gumbel_softmax":
        return {
            "autograd": f"{vae}, exact derivative",
            "central_difference": f"{vae}, central difference of samples",
        }[route]
    biases = []
    for name, label in LABELS.items():
        rows = table[(table.observable == name) & (table.route != EXACT)]
        (bias, _), _ = mean_of_runs(rows, lambda run: relative_bias(run, temperature))
        biases.append(f"{label} {round(100 * bias):+d} %".replace("-", "\u2212"))
    return f"{vae}, Gumbel-softmax, $T$ = {temperature:g}\n({', '.join(biases)})"


def _draw_exact(ax: Axes, rows: pd.DataFrame) -> None:
    exact = rows[rows.route == EXACT]
    if not exact.empty:
        ax.plot(exact.hx, exact.value, color="0.3", lw=1.0, zorder=0, label="free fermions")
        return
    slopes = rows.dropna(subset=["midpoint"]).drop_duplicates("midpoint").sort_values("midpoint")
    label = "ground states, slope between fields"
    common.draw_ground_states(ax, slopes.midpoint, slopes.exact_difference, style.COLORS[6], label)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Derivatives by Gumbel-softmax, their bias, and the maximum of χ_xx.

    The rules are those of `susceptibility_claims` and `maxima`.
    """
    rows = table[table.route != EXACT]
    found = []
    for name in LABELS:
        part = rows[rows.observable == name]
        found.append(susceptibility_claims.agreement_of_routes(part, name))
        if len(temperatures(part)) > 1:
            found.append(susceptibility_claims.bias_falls(part, name))
    chi = rows[(rows.observable == "chi_xx") & (rows.route == "autograd")]
    return [*found, *maxima.maxima(chi)]
