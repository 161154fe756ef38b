"""Luchnikov 2019, figure 11: Bhattacharyya coefficient against the field."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import common, learned
from spinlearn.papers.luchnikov2019.learned import MODELS, Learned
from spinlearn.papers.luchnikov2019.mass_functions import FIDELITY
from spinlearn.papers.luchnikov2019.runs import mean_of_runs
from spinlearn.papers.verdicts import Claim, Measured, claim, is_above
from spinlearn.vae.runs import over_runs

CAPTION = (
    "Bhattacharyya coefficient between exact and learned outcome distributions, and that of the "
    "histogram of training samples. The paper's decoder is trained by its evidence lower bound "
    "(ELBO), and by the likelihood itself, which short chains allow. The legend has the latent "
    "vectors z over which a model is averaged: fewer for an autoregressive decoder. If the "
    "tie-breaking longitudinal field (in the title) is small compared with the splitting of the "
    "ordered states, the ground state of a short chain is an even superposition of both. A "
    "factorised decoder must represent its coherence by a mixture of product distributions."
)

KINDS = {
    **MODELS,
    "samples": "histogram of the training samples",
    "product": "product of exact one-site functions",
}
"""The distributions that are compared with the exact one, and their names in the legend."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Bhattacharyya coefficients of chains of any length and all models.

    Returns:
        One row per (chain length, kind, run, field): `N, hx, kind` (of `KINDS`), `run`,
        `bhattacharyya, bhattacharyya_error` (an upper limit for the models, NaN for other kinds),
        `latent_vectors` (0 for other kinds), `training_samples, longitudinal_field`.
    """
    runs = learned.read(files.mass_functions, MODELS)
    table = pd.concat([part for found in runs for part in _parts(found)], ignore_index=True)
    table = table.sort_values(["N", "kind", "run", "hx"], kind="stable").reset_index(drop=True)
    return table.assign(longitudinal_field=settings["longitudinal_field"])


def _parts(found: Learned) -> list[pd.DataFrame]:
    """The rows of one run: of its model and, for the paper's model, of `samples` and `product`."""
    own = (found.bhattacharyya, found.bhattacharyya_error, found.latent_vectors)
    kinds: dict[str, tuple[Any, Any, int]] = {found.model: own}
    if found.model == common.PAPER_MODEL:
        kinds["samples"] = (found.bhattacharyya_samples, np.nan, 0)
        kinds["product"] = (found.bhattacharyya_product, np.nan, 0)
    columns = {name: getattr(found, name) for name in ("N", "hx", "run", "training_samples")}
    measured = ("bhattacharyya", "bhattacharyya_error", "latent_vectors")
    return [
        pd.DataFrame({**columns, "kind": kind, **dict(zip(measured, values, strict=True))})
        for kind, values in kinds.items()
    ]


def draw(table: pd.DataFrame) -> Figure:
    """Bhattacharyya coefficient against the field, one panel per chain length."""
    lengths = sorted(table.N.unique())
    width = 2 if len(lengths) > 1 else 1
    fig, (axes,) = style.figure(width, 3.2, 1, len(lengths), squeeze=False)
    for ax, N in zip(axes, lengths, strict=True):
        _draw_length(ax, table[table.N == N])
    if len(lengths) > 1:
        style.label_panels(axes)
    return fig


def _draw_length(ax: Axes, table: pd.DataFrame) -> None:
    for index, (kind, label) in enumerate(KINDS.items()):
        rows = table[table.kind == kind]
        if rows.empty:
            continue
        rows = over_runs(rows, ["hx"], ["bhattacharyya"])
        look = style.look(index, hollow=kind not in MODELS)
        look |= {"lw": 1.2, "ls": "-"} if kind in MODELS else {"lw": 0.8, "ls": ":"}
        if kind in MODELS:
            label += f" ({rows.latent_vectors.iloc[0]} z)"
        ax.errorbar(rows.hx, rows.bhattacharyya, rows.bhattacharyya_error, label=label, **look)
    ax.axhline(FIDELITY, color="0.45", lw=0.8, ls="--", zorder=0)
    beside: dict[str, Any] = {"va": "center", "transform": ax.get_yaxis_transform()}
    ax.text(1.015, FIDELITY, f"{FIDELITY:g}", fontsize=7, color="0.35", **beside)
    ax.set_xlabel(r"transverse field $h_x/J$")
    ax.set_ylabel("Bhattacharyya coefficient")
    span = 1.0 - table.bhattacharyya.min()
    ax.set_ylim(1.0 - 1.7 * span, 1.0 + 0.04 * span)
    ax.legend(loc="lower right", labelspacing=0.3)
    ax.set_title(common.sizes_and_field_label(table), fontsize=7.5)


def claims(table: pd.DataFrame) -> list[Claim]:
    """The coefficient exceeds 0.99, for the chain length nearest to the paper's 5.

    The rule: the smallest coefficient over the fields, averaged over the runs, `is_above` 0.99. It
    needs the paper's N = 5 and 500,000 samples per field. Claims of our own need N = 5: the same
    for the paper's decoder trained by the likelihood itself, and for the autoregressive one.
    """
    text = f"the Bhattacharyya coefficient exceeds {FIDELITY:g} at every field"
    cases = (
        ("factorised", "fidelity", text),
        ("marginal", "fidelity_marginal", f"{text}, trained by the likelihood itself"),
        ("autoregressive", "fidelity_autoregressive", f"{text}, autoregressive decoder"),
    )
    length = min(table.N.unique(), key=lambda N: (abs(N - 5), N))
    found = []
    for kind, name, words in cases:
        rows = table[(table.kind == kind) & (length == table.N)]
        if rows.empty:
            continue
        smallest, runs = mean_of_runs(rows, _smallest)
        sizes, is_paper = common.needs(rows, 5), kind == common.PAPER_MODEL
        found.append(
            claim(
                f"luchnikov2019.figure11.{name}",
                f"{words} (smallest)",
                published="> 0.99" if is_paper else "no claim (> 0.99 for the paper's training)",
                measured=smallest,
                verdict=is_above(*smallest, FIDELITY, runs=runs),
                needs=sizes if is_paper else sizes[:1],
                scale=common.scale(rows, common.SHORT_CHAIN),
                origin="paper" if is_paper else "spinlearn",
                note=_note(rows, table[(table.kind == kind) & (length != table.N)]),
            )
        )
    return found


def _smallest(rows: pd.DataFrame) -> Measured:
    """The smallest coefficient of one run, and its error."""
    return common.value_and_error(rows.loc[rows.bhattacharyya.idxmin()], "bhattacharyya")


def _note(rows: pd.DataFrame, others: pd.DataFrame) -> str:
    """The field of the smallest coefficient, and the smallest ones of other chain lengths."""
    mean = rows.groupby("hx").bhattacharyya.mean()
    above = int((mean > FIDELITY).sum())
    vectors = rows.latent_vectors.iloc[0]
    note = (
        f"at hx = {mean.idxmin():g}; {above} of {len(mean)} fields exceed it; {vectors} vectors z"
    )
    for N, part in others.groupby("N"):
        note += f"; smallest {part.bhattacharyya.min():.4f} for N = {N}"
    return note
