"""Models of POVM outcomes beside each other, and beside small matrix product states."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.spinlearn.model_claims import judge
from spinlearn.papers.spinlearn.model_yardsticks import (
    COMPRESSED,
    ENTROPY_SITES,
    LEARNED,
    model_rows,
    over_runs_of,
)
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "Models trained on the same POVM outcomes, and ground states compressed to a small bond "
    "dimension D without learning (MPS, dotted). (a) Divergence KL(P || p) per site on fresh "
    "strings with exact probabilities, an upper limit for models with latent variables, where ln p "
    "is the importance-weighted bound. (b) Its mean over the fields against the training time. "
    "Dashes: d/(2 M N), the mean divergence that M training strings in all leave to a model with d "
    "parameters which contains the truth (asymptotic theory of maximum likelihood: the log-"
    "likelihood ratio is half a chi-squared variable of d degrees of freedom). A model can be "
    "below if its parameters are redundant, such as the gauge freedom of a matrix product, or its "
    "training stops early; one that does not contain the truth stays above. (c, d) Root mean "
    "square over the "
    "fields of the deviation of ⟨σ_1 σ_(1+r)⟩ from the ground states; the variance of drawn "
    "strings is subtracted from the squares. (e) Deviation of μ_x; (f) of its slope between "
    "neighbouring fields; (g) of the Renyi entropy S_2 of the first "
    f"{ENTROPY_SITES} spins. The matrix product model assumes a pure state with real amplitudes, "
    "the others assume nothing. Errors join runs and sampling; on logarithmic axes lower bars "
    "that would reach zero are left out."
)


LEAST = 1e-5
"""Divergences per site below this are not shown, in nats."""

LEAST_CORRELATION = 1e-4
"""Errors of correlations below this are not shown."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Yardsticks of every model and run; see `model_yardsticks.model_rows`."""
    (truncated,) = files.truncated
    return model_rows(files.divergences, files.observables, files.entropies, truncated)


def draw(table: pd.DataFrame) -> Figure:
    """Divergences above, correlations below them, then magnetisations, slopes and entropies."""
    fig, panels = style.figure(2, 8.6, 4, 2)
    style.label_panels(panels.flat[:-1])
    field = r"$h_x$ ($J$)"
    per_site = r"$\mathrm{KL}(P\,\|\,p)/N$ (nat)"
    looks = _looks(table)
    panels[0, 0].set(xlabel=field, ylabel=per_site, yscale="log")
    _curves(panels[0, 0], table, "divergence", looks)
    panels[0, 0].set_ylim(bottom=LEAST)
    _times(panels[0, 1], table, looks)
    panels[0, 1].set(xlabel="time of a training (s)", ylabel=per_site)
    for ax, name in zip(panels[1], ("zz", "xx"), strict=True):
        ax.set_yscale("log")
        _curves(ax, table, name, looks)
        ax.set_ylim(bottom=LEAST_CORRELATION)
        spins = rf"\sigma^{name[0]}_1\sigma^{name[0]}_{{1+r}}"
        ax.set(
            xlabel=r"distance $r$", yscale="log", ylabel=rf"rms error of $\langle{spins}\rangle$"
        )
    for ax, name, label in (
        (panels[2, 0], "mu_x", r"error of $\mu_x$"),
        (panels[2, 1], "chi_xx", r"error of $\Delta\mu_x/\Delta h_x$ ($1/J$)"),
        (panels[3, 0], "S_2", rf"error of $S_2$, {ENTROPY_SITES} spins (nat)"),
    ):
        _curves(ax, table, name, looks)
        ax.axhline(0, color="0.8", lw=0.6, zorder=0)
        ax.set(xlabel=field, ylabel=label)
    panels[3, 1].axis("off")
    panels[3, 1].legend(*panels[0, 0].get_legend_handles_labels(), loc="center", ncols=2)
    first = table[table.kind == LEARNED].iloc[0]
    runs = table[table.kind == LEARNED].groupby("model").run.nunique().max()
    samples = f"{first.training_samples:,}".replace(",", "\u2009")
    fig.supxlabel(f"$N$ = {first.N}, {samples} strings per field, {runs} runs", fontsize=7.5)
    return fig


def _looks(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Colour, marker and line of every model."""
    names = {kind: list(rows.model.unique()) for kind, rows in table.groupby("kind")}
    looks = {name: style.look(k) for k, name in enumerate(names[LEARNED])}
    compressed = names[COMPRESSED]
    greys = np.linspace(0.65, 0.1, len(compressed))
    for name, grey in zip(compressed, greys, strict=True):
        looks[name] = {"color": str(grey), "ls": ":"}
    return looks


def _curves(ax: Axes, table: pd.DataFrame, quantity: str, looks: dict[str, dict[str, Any]]) -> None:
    """Deviations of a quantity from its exact values, one curve per model."""
    rows = over_runs_of(table, quantity)
    for name, look in looks.items():
        part = rows[rows.model == name].sort_values("x")
        off = part.value - part.exact
        is_log = ax.get_yscale() == "log"
        shown = off > 0 if is_log else np.isfinite(off)
        error = part.error[shown]
        lower = error.where(error < off[shown], 0.0) if is_log else error
        label = name.replace("_", " ")
        ax.errorbar(part.x[shown], off[shown], [lower, error], label=label, **look)


def _times(ax: Axes, table: pd.DataFrame, looks: dict[str, dict[str, Any]]) -> None:
    """Mean divergence against training time; the floor as a dash, compressed states as lines."""
    seconds = table.value[table.quantity == "seconds"]
    span = seconds.min() / 10, seconds.max() * 10
    ax.set(xscale="log", yscale="log", xlim=span)
    found = {
        name: over_runs_of(table, name).set_index("model")
        for name in ("mean_divergence", "seconds", "floor")
    }
    for name, row in found["mean_divergence"].iterrows():
        look = looks[str(name)]
        if name in found["seconds"].index:
            time = found["seconds"].value[name]
            lower = row.error if row.error < row.value else 0.0
            ax.errorbar(time, row.value, [[lower], [row.error]], **{**look, "ls": "none"})
            ax.plot(time, found["floor"].value[name], color=look["color"], marker="_", ms=14)
        elif row.value > LEAST:
            style.reference_line(ax, row.value, str(name))


def claims(table: pd.DataFrame) -> list[Claim]:
    """Claims of our own on models with exact probabilities; see `model_claims.judge`."""
    return judge(table)
