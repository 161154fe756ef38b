"""Shared by the figures of Luchnikov 2019: labels, sizes, points of the ground states.

Errors join those of evaluating a model with the spread of its independent trainings; see `runs`.
"""

from collections.abc import Iterable

import pandas as pd
from matplotlib.axes import Axes

from spinlearn.papers.verdicts import Measured, Need

VAE, DMRG = "VAE", "DMRG"
"""Names of the learned and the computed ground states in legends."""

PAPER_MODEL = "factorised"
"""Name of the paper's own model, and of its decoder."""

AUTOREGRESSIVE = "autoregressive"
"""Name of the model that figures 5 and 6 show beside the VAE."""

SAMPLES = 500000
"""The paper's training samples per field. Fewer leave a model with larger errors of its own."""

TRANSITION, ROUNDING = 0.9, 0.05
"""Field of the transition in the paper, in units of J, and half of its last digit."""

LONG_CHAIN = "paper: N = 32, 21 fields, 500000 samples each"
SHORT_CHAIN = "paper: N = 5"
"""Sizes of the paper, for the scorecard."""


def nearest_field(fields: Iterable[float], wanted: float) -> float:
    """The field nearest to the one wanted; of two at equal distance the smaller.

    >>> nearest_field([0.8, 1.0], 0.9)
    0.8
    """
    return min(sorted(fields), key=lambda hx: round(abs(hx - wanted), 9))


def shown_model(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the VAE that figures 5 to 9 show and judge (`vae.figure_model`)."""
    return table[table.model != AUTOREGRESSIVE]


def vae_name(table: pd.DataFrame) -> str:
    """Name in legends of the VAE that figures 5 to 9 show: with its decoder, and its own name.

    The name stands alone if it contains that of the decoder.
    """
    decoder, name = _decoder_and_name(shown_model(table))
    about = [decoder, name] if name and decoder not in name else [name or decoder]
    return f"{VAE} ({', '.join(about)})".replace("_", " ")


def _decoder_and_name(table: pd.DataFrame) -> tuple[str, str]:
    """Decoder and name of a model; no name if that says no more than the decoder."""
    decoder, name = table.decoder.iloc[0], table.model.iloc[0]
    return decoder, "" if name in (decoder, PAPER_MODEL) else name


def value_and_error(row: pd.Series, column: str) -> Measured:
    """The value in a column, and the error in the column of this name with `_error`."""
    return float(row[column]), float(row[f"{column}_error"])


def needs(table: pd.DataFrame, N: int) -> list[Need]:
    """The sizes that a claim on a trained model needs: the paper's chain length and samples."""
    samples = int(table.training_samples.iloc[0])
    return [("N", int(table.N.max()), N), ("samples", samples, SAMPLES)]


def scale(table: pd.DataFrame, paper: str, further: str = "") -> str:
    """The sizes of a table, what else is to be said of it, and the paper's, for the scorecard."""
    fields, runs = table.hx.nunique(), table.run.nunique()
    samples = int(table.training_samples.iloc[0])
    N = int(table.N.max())
    return (
        f"N = {N}, {fields} field{'s'[: fields != 1]}, {samples} samples each, "
        f"{runs} run{'s'[: runs != 1]}{further} ({paper})"
    )


def long_scale(table: pd.DataFrame) -> str:
    """`scale` of figures 5 to 9; it names a decoder and a model that are not the paper's."""
    decoder, name = _decoder_and_name(table)
    further = "" if decoder == PAPER_MODEL else f", decoder {decoder}"
    return scale(table, LONG_CHAIN, f"{further}, model {name}" if name else further)


def sizes_label(table: pd.DataFrame) -> str:
    """Size of the chain and of the training set, for a title."""
    samples = f"{int(table.training_samples.iloc[0]):,}".replace(",", "\u2009")
    return f"$N$ = {int(table.N.max())}, {samples} training samples per field"


def sizes_and_field_label(table: pd.DataFrame) -> str:
    """The sizes and the tie-breaking longitudinal field, for a title of two lines."""
    field = rf"tie-breaking field $\lambda$ = {table.longitudinal_field.iloc[0]:g} $J$"
    return f"{sizes_label(table)}\n{field}"


def draw_ground_states(ax: Axes, x: pd.Series, y: pd.Series, color: str, label: str) -> None:
    """Values of the ground states as points, joined by a dotted line to guide the eye."""
    ax.plot(x, y, color=color, label=label, lw=0.9, ls=":", marker="_", ms=7, mew=1.5, zorder=1)
