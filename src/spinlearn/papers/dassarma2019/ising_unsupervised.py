"""Principal components and clusters of Ising configurations, without labels."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.dassarma2019 import transition_temperature as t_c
from spinlearn.papers.verdicts import Claim, claim, is_above
from spinlearn.phases.extrapolation import half, steepest
from spinlearn.phases.onsager import T_C, magnetisation
from spinlearn.phases.schemas import UNSUPERVISED
from spinlearn.statistics.errors import standard_error
from spinlearn.statistics.rounding import pm

CAPTION = (
    "Principal components and k-means of Ising configurations at all temperatures, without labels. "
    "(a) First component p (divided by L) against the magnetisation, for the largest lattice; "
    "colour: cluster. (b) Share of the variance along the first component at each temperature, "
    "<p^2>/L^2; open: share of the configurations in the outer two of three clusters; grey: Yang's "
    "m^2 of the infinite lattice. (c) Where the explained variance falls most steeply, where half "
    "of the configurations are in the outer clusters, and where m^2 falls most steeply, the "
    "baseline; extrapolated in 1/L. Dashed: Onsager's T_c."
)

POINTS = 600

LEAST_CORRELATION = 0.99
"""Correlation of first component and magnetisation above which they count as the same."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """`transition_table` of the methods "component", "clusters" and "magnetisation".

    And the rows "explained" (`L, component, share`), "correlation" (`L, mean, error`), of the
    first component with the magnetisation, and "point" (`magnetisation, projection, cluster`).
    """
    found = UNSUPERVISED.read(files.components[0])
    sizes, temperatures = found["size"], found["temperature"]
    p, m, cluster = found["projection"], found["magnetisation"], found["cluster"]
    methods = {
        "component": (p.astype(float) ** 2, steepest),
        "clusters": ((cluster != 1).astype(float), half),
        "magnetisation": (m.astype(float) ** 2, steepest),
    }
    parts = [
        t_c.transition_table(
            t_c.by_cell(values.mean(axis=-1), sizes, temperatures), method, place,
            settings["seed"], settings["resamples"],
        )
        for method, (values, place) in methods.items()
    ]  # fmt: skip
    rank = np.arange(found["explained"].shape[1]) + 1
    for row, L in enumerate(sizes):
        shares = {"L": L, "component": rank, "share": found["explained"][row]}
        parts.append(pd.DataFrame(shares).assign(part="explained"))
        pairs = zip(*map(_by_chain, (p[row], m[row])), strict=True)
        chains = np.array([np.corrcoef(*both)[0, 1] for both in pairs])
        correlation = {"L": L, "mean": chains.mean(), "error": float(standard_error(chains))}
        parts.append(pd.DataFrame([{"part": "correlation", **correlation}]))
    step = max(1, p[-1].size // POINTS)
    columns = {"magnetisation": m, "projection": p, "cluster": cluster}
    points = {name: values[-1].ravel()[::step] for name, values in columns.items()}
    parts.append(pd.DataFrame(points).assign(part="point"))
    return pd.concat(parts, ignore_index=True).assign(configurations=p[0, 0].size)


def _by_chain(values: np.ndarray) -> np.ndarray:
    """Values (temperatures, chains, samples) as (chains, others)."""
    return values.swapaxes(0, 1).reshape(values.shape[1], -1).astype(float)


def draw(table: pd.DataFrame) -> Figure:
    """Component against magnetisation, explained variance against T, extrapolation."""
    fig, axes = style.figure(2, 2.7, 1, 3)
    style.label_panels(axes)
    points = table[table.part == "point"]
    for cluster, rows in points.groupby("cluster"):
        color = style.COLORS[int(cluster)]
        axes[0].plot(rows.magnetisation, rows.projection, ".", ms=2.5, color=color)
    axes[0].set(xlabel="magnetisation $m$", ylabel=r"first component $p/L$")
    first = table[(table.part == "explained") & (table.component < 3)]
    largest = first[first.L.max() == first.L].sort_values("component").share
    text = "explained variance\n1st: {:.0%}\n2nd: {:.1%}".format(*largest)
    axes[0].text(0.05, 0.95, text, transform=axes[0].transAxes, va="top")
    _draw_shares(axes[1], table)
    names = {"component": "component", "clusters": "clusters", "magnetisation": "$m^2$"}
    t_c.draw_places(axes[2], table, names)
    axes[2].set_ylabel(r"$T$ of the fall ($J$)")
    return fig


def _draw_shares(ax: Axes, table: pd.DataFrame) -> None:
    temperatures = table[table.part == "curve"]["T"]
    T = np.linspace(temperatures.min(), temperatures.max(), 500)
    ax.plot(T, magnetisation(T) ** 2, color="0.6", lw=1.2, zorder=0)
    t_c.draw_curves(ax, table, "component")
    handles, labels = ax.get_legend_handles_labels()
    t_c.draw_curves(ax, table, "clusters", mfc="white", ls=":", lw=0.8)
    t_c.mark_transition(ax)
    ax.set(xlabel=r"$T/J$", ylabel=r"$\langle p^2\rangle/L^2$; in outer clusters (open)")
    ax.legend(handles, labels, title=r"$L$", loc="upper right")


def claims(table: pd.DataFrame) -> list[Claim]:
    """The first component is the magnetisation; T_c of component and clusters.

    The rules: the correlation in the largest lattice is above 0.99 (`is_above`, error over chains);
    T_c is Onsager's within 0.01 (`equals`).
    """
    component, clusters, plain = (
        t_c.row_of(table, name, "limit") for name in ("component", "clusters", "magnetisation")
    )
    correlation = table[table.part == "correlation"].sort_values("L").iloc[-1]
    found = (float(correlation["mean"]), float(correlation.error))
    scale = f"{t_c.sizes_text(table)}, {table.configurations.max():.0f} configurations per (L, T)"
    about: dict[str, Any] = {"scale": scale, "needs": t_c.needs(table)}
    exact = f"{T_C:.4f} is exact; here: within {t_c.TOLERANCE:g}"
    key = "dassarma2019.ising_unsupervised"
    return [
        claim(
            f"{key}.order_parameter",
            "the first principal component is the magnetisation",
            published="finds meaningful structures without labels (Wang 2016; here: correlation "
            f"above {LEAST_CORRELATION:g})",
            measured=found,
            verdict=is_above(*found, LEAST_CORRELATION),
            needs=[("L", float(correlation.L), t_c.LEAST_L)],
            scale=scale,
        ),
        claim(
            f"{key}.critical_temperature",
            "the explained variance shows T_c of the Ising model",
            published=f"identified the transition ({exact})",
            note=f"the fall of m^2 gives {pm(plain['T'], plain.error)}",
            **t_c.judge_T_c(component),
            **about,
        ),
        claim(
            f"{key}.clusters",
            "clusters found without labels are the phases, and change at T_c",
            published=f"identified both phases and the transition ({exact})",
            note="where half of the configurations are in the outer two of three clusters",
            **t_c.judge_T_c(clusters),
            **about,
        ),
    ]
