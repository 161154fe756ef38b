"""Zhong 2022, figure 3: learned images of digits."""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spinlearn.hbm.results import load
from spinlearn.learning.distributions import classical_fidelity
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022 import common
from spinlearn.papers.zhong2022.common import data_label, rows_with, sizes, spread
from spinlearn.papers.zhong2022.image_claims import judge
from spinlearn.storage.hdf5 import Contents

CAPTION = (
    "Target image (top) and distribution learned by the hidden Born machine (bottom), for the run "
    "with the median loss. The images are class means of handwritten digits, whose source is below "
    f"them; the paper uses MNIST. {common.CHOICE_OF_STRENGTH}"
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Target and learned image of each digit, or of each data set if none is a digit.

    The learned image is that of the run whose final loss is the median (the lower of two). Of
    several machines or strengths, the first is shown.

    Returns:
        One row per pixel and `kind` ("target" or "learned"): `kind, row, column,
        probability, run, fidelity` (of the run shown), `mean_fidelity, fidelity_error` (over runs),
        `uniform_fidelity` (of the flat image) and the sizes.
    """
    datasets = ("loss", "fidelity", "last_distribution", "target_distribution")
    found = common.like_first(load(files.runs, *datasets), "machine", "h")
    digits = [contents for contents in found if is_digit(contents.attributes["dataset"])]
    images = pd.concat([_images(contents) for contents in digits or found])
    return images.sort_values(["dataset", "kind", "row", "column"], ignore_index=True)


def is_digit(dataset: str) -> bool:
    """Whether a data set is the mean image of one digit."""
    return re.fullmatch(r"(digits|mnist)\d", dataset) is not None


def _images(contents: Contents) -> pd.DataFrame:
    """The rows of one data set."""
    target, learned = contents["target_distribution"], contents["last_distribution"]
    order = np.argsort(contents["loss"][:, -1])
    shown = order[(len(order) - 1) // 2]
    final = contents["fidelity"][:, -1]
    over_runs = spread(final[:, None])
    side = 2 ** (int(contents.attributes["visible"]) // 2)
    row, column = np.divmod(np.arange(target.size), side)
    uniform = np.full(target.size, 1 / target.size)
    images = [
        pd.DataFrame(
            {
                "kind": kind,
                "row": row,
                "column": column,
                "probability": image,
                "run": int(contents["run"][shown]),
                "fidelity": final[shown],
                "mean_fidelity": over_runs["mean"][0],
                "fidelity_error": over_runs["error"][0],
                "uniform_fidelity": float(classical_fidelity(uniform, target)),
                **sizes(contents),
            }
        )
        for kind, image in (("target", target), ("learned", learned[shown]))
    ]
    return pd.concat(images, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """Target images above, learned images below, one column per digit."""
    datasets = list(dict.fromkeys(table.dataset))
    columns = 1 if len(datasets) <= 4 else 2
    side = (style.COLUMN_WIDTHS[columns] - 0.35) / max(len(datasets), 3)
    fig, axes = style.figure(columns, 2 * side + 0.62, 2, len(datasets), squeeze=False)
    for column, dataset in enumerate(datasets):
        pair = rows_with(table, dataset=dataset)
        for ax, kind in zip(axes[:, column], ("target", "learned"), strict=True):
            pixels = rows_with(pair, kind=kind)
            image = pixels.pivot(index="row", columns="column", values="probability")
            ax.imshow(image.to_numpy(), cmap="Greys", vmin=0, vmax=pair.probability.max())
            ax.set(xticks=[], yticks=[])
            if column == 0:
                ax.set_ylabel(kind)
        label = f"$F$ = {pair.fidelity.iloc[0]:.2f}"
        if not is_digit(dataset):
            label = f"{data_label(pair.iloc[0])}\n{label}"
        axes[1, column].set_xlabel(label, fontsize=7.5, labelpad=2)
    first = table.iloc[0]
    fig.supxlabel(
        f"{first.source}{'' if data_label(first).endswith('(MNIST)') else ' (paper: MNIST)'}; "
        f"$h_d$ = {first.h:g}, {first.quenches} quenches, {first.candidates} candidates;\n"
        f"run of median loss out of {first.runs}; a flat image has $F$ = "
        f"{table.uniform_fidelity.min():.2f} to {table.uniform_fidelity.max():.2f}"
        f"{common.chain_label(first)}",
        fontsize=7.5,
    )
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """The machine learns the digits; the rules are those of `image_claims.judge`.

    Returns:
        No claim if the data sets are not digits, or for a chain that is not the paper's.
    """
    if common.chain_label(table.iloc[0]) or not is_digit(table.dataset.iloc[0]):
        return []
    return judge(table)
