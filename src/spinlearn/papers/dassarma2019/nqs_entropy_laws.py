"""Area law of short-range machines and volume law of generic ones."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.nqs.schemas import ENTROPIES
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim, claim, equals, is_above
from spinlearn.statistics.lines import Line, weighted_line
from spinlearn.statistics.rounding import value_with_error

CAPTION = (
    "Entanglement of restricted Boltzmann machines with as many hidden units as spins, on rings: "
    "mean over random machines, with standard errors. Hidden units of short-range machines are "
    "coupled to a few neighbouring spins, those of generic ones to all. The couplings are complex "
    "and normal; their spread was chosen so that generic machines spread over many configurations "
    "(with large real parts the weight gathers on few of them, and entropies are small). (a) A "
    "block of neighbouring spins in the longest ring. Dotted: at most ln 2 per hidden unit coupled "
    "to both sides. (b) Half of the ring, with straight lines fitted to the means."
)

LABELS = {
    "short_range": "short range",
    "generic": "generic",
    "maximal": "maximal family",
}

ROUNDING = 1e-6
"""Error of a slope below which all machines have the same entropy."""

FLAT = 0.05
"""Slope (nat per spin of the block) below which an entropy counts as constant."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Mean entropies, one row per (ensemble, N, block): `mean, error` (nats), `draws`, `bound`."""
    rows = pd.concat([ENTROPIES.read(path) for path in files.entropies], ignore_index=True)
    groups = rows.groupby(["ensemble", "N", "sites"])
    found = groups.entropy.agg(mean="mean", error="sem", draws="size")
    found["bound"] = groups.cut_units.max() * np.log(2)
    return found.reset_index()


def halves(table: pd.DataFrame, ensemble: str) -> pd.DataFrame:
    """The rows of half rings of one ensemble."""
    return table[(table.ensemble == ensemble) & (2 * table.sites == table.N)]


def draw(table: pd.DataFrame) -> Figure:
    """Entropy against block size in the longest ring, and of half rings against N."""
    fig, axes = style.figure(2, 2.7, 1, 2)
    style.label_panels(axes)
    longest = table[table.N.max() == table.N]
    for place, (ensemble, label) in enumerate(LABELS.items()):
        rows, look = longest[longest.ensemble == ensemble], style.look(place)
        axes[0].errorbar(rows.sites, rows["mean"], rows.error, **look, label=label)
        if ensemble == "short_range":
            axes[0].plot(
                rows.sites, rows.bound, ls=":", color=look["color"], label="limit, short range"
            )
        _draw_halves(axes[1], halves(table, ensemble), look)
    axes[0].set_xlabel("spins of the block")
    axes[0].set_title(f"ring of {table.N.max()} spins")
    axes[1].set_xlabel("spins $N$ of the ring")
    axes[1].set_title("half of the ring")
    for ax in axes:
        ax.set_ylabel("entropy $S$ (nat)")
        ax.set_ylim(0, 1.05 * table["mean"].max())
        ax.legend(loc="upper left")
    return fig


def slope(rows: pd.DataFrame) -> Line:
    """The line through mean entropies against the spins of the block, of two lengths at least.

    Errors of 0 (all machines equal) are taken as rounding, 1e-12.
    """
    return weighted_line(rows.sites, rows["mean"], np.maximum(rows.error, 1e-12), places=2)


def _draw_halves(ax: Axes, rows: pd.DataFrame, look: dict[str, Any]) -> None:
    """Means of half rings, and the line through them."""
    ax.errorbar(rows.N, rows["mean"], rows.error, ls="", **look)
    fit = slope(rows)
    text = f"{fit.slope:.3f}" if fit.error < ROUNDING else value_with_error(fit.slope, fit.error)
    line = fit.intercept + fit.slope * rows.sites
    ax.plot(rows.N, line, color=look["color"], lw=0.9, label=f"{text} nat per spin")


def claims(table: pd.DataFrame) -> list[Claim]:
    """Both laws, from straight lines through the entropies of half rings against their spins.

    The slope (nat per spin of the half) is 0 within `FLAT` for an area law; for a volume law it is
    above `FLAT`. Its error comes from the spread over machines, and from the scatter of the means
    round the line if that is larger.
    """
    draws = int(table[table.ensemble != "maximal"].draws.min())
    scale = f"rings of {table.N.min()} to {table.N.max()} spins, {draws} machines each"
    short, generic = (slope(halves(table, name)) for name in ("short_range", "generic"))
    needs = [("N", int(table.N.max()), 14), ("machines", draws, 20)]
    return [
        claim(
            "dassarma2019.nqs_entropy_laws.area_law",
            "Short-range restricted Boltzmann machines obey an area law "
            "(slope of the half ring's entropy, nat per spin)",
            published="area law: 0",
            measured=(short.slope, short.error),
            verdict=equals(short.slope, short.error, 0.0, FLAT),
            needs=needs,
            scale=scale,
        ),
        claim(
            "dassarma2019.nqs_entropy_laws.volume_law",
            "Generic restricted Boltzmann machines obey a volume law "
            "(slope of the half ring's entropy, nat per spin)",
            published="volume law: positive",
            measured=(generic.slope, generic.error),
            verdict=is_above(generic.slope, generic.error, FLAT),
            needs=needs,
            scale=scale,
            note="at most ln 2 = 0.693; the spread of couplings is ours",
        ),
    ]
