"""Luchnikov 2019, figure 11: Bhattacharyya coefficient against the field."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.papers import style
from spinlearn.papers.luchnikov2019 import common
from spinlearn.papers.luchnikov2019.mass_functions import FIDELITY, coefficient_error
from spinlearn.papers.verdicts import Claim, claim, is_above
from spinlearn.storage.blocks import load_blocks
from spinlearn.storage.hdf5 import Contents
from spinlearn.vae.schemas import MASS_FUNCTION

CAPTION = (
    "Bhattacharyya coefficient between exact and learned outcome distributions, and that of the "
    "histogram of training samples. If the tie-breaking longitudinal field (in the title) is small "
    "compared with the splitting of the two ordered states, the ground state of a short chain is "
    "an even superposition of both. A decoder that is factorised over sites must then represent "
    "its coherence by a mixture of product distributions."
)

KINDS = {
    "factorised": "VAE, factorised decoder (paper)",
    "marginal": "factorised decoder, exact likelihood",
    "autoregressive": "VAE, autoregressive decoder",
    "samples": "histogram of the training samples",
    "product": "product of exact one-site functions",
}
"""The distributions that are compared with the exact one, and their names in the legend."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Bhattacharyya coefficients of chains of any length and both decoders.

    Returns:
        One row per (chain length, kind, field): `N, hx, kind` (of `KINDS`), `bhattacharyya,
        bhattacharyya_error, training_samples, longitudinal_field`. The error is an upper limit for
        the models and NaN for the other kinds.
    """
    joined = load_blocks(MASS_FUNCTION, files.mass_functions, along="run", by=("N", "model"))
    tables = [part for contents in joined for part in _parts(contents)]
    table = pd.concat(tables, ignore_index=True)
    table = table.sort_values(["N", "kind", "hx"], kind="stable").reset_index(drop=True)
    return table.assign(longitudinal_field=settings["longitudinal_field"])


def _parts(contents: Contents) -> list[pd.DataFrame]:
    """The rows of one file: of its model and, if it is factorised, of `samples` and `product`."""
    about, learned = contents.attributes, contents["bhattacharyya"].mean(axis=0)
    error = coefficient_error(learned, int(about["prior_samples"]), contents["exact"].shape[1])
    kinds: dict[str, tuple[Any, Any]] = {about["model"]: (learned, error)}
    if about["model"] == "factorised":
        for kind in ("samples", "product"):
            kinds[kind] = (contents[f"bhattacharyya_{kind}"], np.nan)
    return [
        pd.DataFrame(
            {
                "N": int(about["N"]),
                "hx": contents["hx"],
                "kind": kind,
                "bhattacharyya": values,
                "bhattacharyya_error": errors,
                "training_samples": int(about["training_samples"]),
            }
        )
        for kind, (values, errors) in kinds.items()
    ]


def draw(table: pd.DataFrame) -> Figure:
    """Bhattacharyya coefficient against the field, one panel per chain length."""
    lengths = sorted(table.N.unique())
    width = 2 if len(lengths) > 1 else 1
    fig, (axes,) = style.figure(width, 3.0, 1, len(lengths), squeeze=False)
    for ax, N in zip(axes, lengths, strict=True):
        _draw_length(ax, table[table.N == N])
    if len(lengths) > 1:
        style.label_panels(axes)
    return fig


def _draw_length(ax: Axes, table: pd.DataFrame) -> None:
    for index, (kind, label) in enumerate(KINDS.items()):
        rows = table[table.kind == kind].sort_values("hx")
        if rows.empty:
            continue
        is_model = kind in ("factorised", "autoregressive", "marginal")
        look = style.look(index, hollow=not is_model)
        look |= {"lw": 1.2, "ls": "-"} if is_model else {"lw": 0.8, "ls": ":"}
        ax.plot(rows.hx, rows.bhattacharyya, label=label, **look)
    ax.axhline(FIDELITY, color="0.45", lw=0.8, ls="--", zorder=0)
    beside: dict[str, Any] = {"va": "center", "transform": ax.get_yaxis_transform()}
    ax.text(1.015, FIDELITY, f"{FIDELITY:g}", fontsize=7, color="0.35", **beside)
    ax.set_xlabel(r"transverse field $h_x/J$")
    ax.set_ylabel("Bhattacharyya coefficient")
    smallest = table.bhattacharyya.min()
    ax.set_ylim(smallest - 0.6 * (1.0 - smallest), 1.0 + 0.04 * (1.0 - smallest))
    ax.legend(loc="lower right", labelspacing=0.3)
    ax.set_title(common.sizes_and_field_label(table), fontsize=7.5)


def claims(table: pd.DataFrame) -> list[Claim]:
    """The coefficient exceeds 0.99, for the chain length nearest to the paper's 5.

    The rule: the smallest coefficient over the fields is above 0.99 (`is_above`). It needs the
    paper's N = 5 and 500,000 samples per field. A claim of our own, at any size: the same for the
    autoregressive decoder, which the paper does not have.
    """
    text = f"the Bhattacharyya coefficient exceeds {FIDELITY:g} at every field"
    own, unclaimed = f"{text}, autoregressive decoder", "no claim (> 0.99 for the paper's decoder)"
    cases = (
        ("factorised", "fidelity", text, "> 0.99", "paper"),
        ("autoregressive", "fidelity_autoregressive", own, unclaimed, "spinlearn"),
    )
    length = min(table.N.unique(), key=lambda N: (abs(N - 5), N))
    found = []
    for kind, name, words, published, origin in cases:
        every = table[table.kind == kind]
        rows = every[length == every.N]
        if rows.empty:
            continue
        worst = rows.loc[rows.bhattacharyya.idxmin()]
        smallest = common.value_and_error(worst, "bhattacharyya")
        found.append(
            claim(
                f"luchnikov2019.figure11.{name}",
                f"{words} (smallest)",
                published=published,
                measured=smallest,
                verdict=is_above(*smallest, FIDELITY),
                needs=common.needs(rows, 5) if origin == "paper" else (),
                scale=common.scale(rows, common.SHORT_CHAIN),
                origin=origin,
                note=_note(worst, rows, every[length != every.N]),
            )
        )
    return found


def _note(worst: Any, rows: pd.DataFrame, others: pd.DataFrame) -> str:
    """The field of the smallest coefficient, and the smallest ones of other chain lengths."""
    above = int((rows.bhattacharyya > FIDELITY).sum())
    note = f"at hx = {worst.hx:g}; {above} of {len(rows)} fields exceed it"
    for N, part in others.groupby("N"):
        note += f"; smallest {part.bhattacharyya.min():.4f} for N = {N}"
    return note
