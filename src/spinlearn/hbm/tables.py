"""Tidy tables of the stage `hbm`: what its figures draw.

Every table carries the sizes at which it was made (`visible, hidden, quenches, candidates, runs,
quench_time, initial_state`). `error` is the standard error of a mean over runs, `std` the standard
deviation of one run.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.hbm.choices import InitialState
from spinlearn.hbm.schemas import RUNS
from spinlearn.learning.distributions import classical_fidelity
from spinlearn.spins.entanglement import page_entropy
from spinlearn.storage.blocks import join_blocks
from spinlearn.storage.hdf5 import Contents


def join_runs(files: Iterable[Contents]) -> list[Contents]:
    """All runs of each task, machine and disorder strength, from the files of their blocks.

    Every table is made of these, so that files of several blocks may be given to it in any order.

    Args:
        files: contents of files of the kind `spinlearn.hbm.schemas.RUNS`, the dataset `run` among
            them.

    Raises:
        FileError: if two blocks of the same were not computed alike; see `join_blocks`.
    """
    return join_blocks(RUNS, files, "run", by=("task", "model", "h"))


def _sizes(contents: Contents) -> dict[str, Any]:
    attributes = contents.attributes
    runs, quenches = contents["loss"].shape
    return {
        "task": attributes["task"],
        "model": attributes["model"],
        "h": float(attributes["h"]),
        "visible": int(attributes["visible"]),
        "hidden": int(attributes["hidden"]),
        "quenches": quenches,
        "candidates": int(attributes["candidates"]),
        "runs": runs,
        "quench_time": float(attributes["quench_time"]),
        "initial_state": attributes["initial_state_kind"],
    }


def _spread(rows: Float[np.ndarray, "runs columns"]) -> dict[str, np.ndarray]:
    """Mean, standard deviation of a run and standard error of the mean, column by column."""
    mean = rows.mean(axis=0)
    if len(rows) < 2:
        unknown = np.full(rows.shape[1], np.nan)
        return {"mean": mean, "std": unknown, "error": unknown}
    std = rows.std(axis=0, ddof=1)
    return {"mean": mean, "std": std, "error": std / np.sqrt(len(rows))}


def thermal_hamming_distance(initial_state: InitialState, L: int) -> float:
    """What the Hamming distance of P1 eq. 9 tends to when a machine scrambles.

    1/2 - (1/2L) <M^2>/L with M = sum_i sigma^z_i, the overlap with the conserved magnetisation:
    <M^2> is L in |+> and 0 in a Neel state. NaN for a random product, whose <M^2> varies.

    >>> thermal_hamming_distance("plus", 8), thermal_hamming_distance("neel", 8)
    (0.4375, 0.5)
    """
    return {"plus": 0.5 - 0.5 / L, "neel": 0.5}.get(initial_state, np.nan)


def learned_images(files: Iterable[Contents]) -> pd.DataFrame:
    """Target and learned image of each digit (P1 figure 3).

    The learned image is that of the run whose final loss is the median (the lower of two).

    Returns:
        One row a pixel and `kind` ("target" or "learned"): `digit, kind, row, column, probability,
        run, fidelity` (of the run shown), `mean_fidelity, fidelity_error` (over runs),
        `uniform_fidelity` (of the flat image) and the sizes.
    """
    tables = []
    for contents in join_runs(files):
        target, learned = contents["target_distribution"], contents["model_distribution"]
        order = np.argsort(contents["loss"][:, -1])
        shown = order[(len(order) - 1) // 2]
        final = contents["fidelity"][:, -1]
        spread = _spread(final[:, None])
        side = 2 ** (int(contents.attributes["visible"]) // 2)
        row, column = np.divmod(np.arange(target.size), side)
        uniform = np.full(target.size, 1 / target.size)
        for kind, image in (("target", target), ("learned", learned[shown])):
            tables.append(
                pd.DataFrame(
                    {
                        "digit": int(contents.attributes["task"].removeprefix("digits")),
                        "kind": kind,
                        "row": row,
                        "column": column,
                        "probability": image,
                        "run": int(contents["run"][shown]),
                        "fidelity": final[shown],
                        "mean_fidelity": spread["mean"][0],
                        "fidelity_error": spread["error"][0],
                        "uniform_fidelity": float(classical_fidelity(uniform, target)),
                        **_sizes(contents),
                    }
                )
            )
    return pd.concat(tables, ignore_index=True).sort_values(
        ["digit", "kind", "row", "column"], ignore_index=True
    )


def loss_histories(files: Iterable[Contents]) -> pd.DataFrame:
    """log10 of the squared MMD against the number of quenches, for each machine (P1 figure 4).

    Returns:
        One row a quench, 0 being the initial state: `model, quench, mean, std, error` of log10
        over runs, `drive_strength, drive_time` and the sizes.
    """
    tables = []
    for contents in join_runs(files):
        losses = np.column_stack([contents["initial_loss"], contents["loss"]])
        spread = _spread(np.log10(losses))
        tables.append(
            pd.DataFrame(
                {
                    "quench": np.arange(losses.shape[1]),
                    **spread,
                    "drive_strength": float(contents.attributes["drive_strength"]),
                    "drive_time": float(contents.attributes["drive_time"]),
                    **_sizes(contents),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def disorder_sweep(files: Iterable[Contents]) -> pd.DataFrame:
    """Trainability against disorder, and the trajectories behind it (P1 figure 5).

    Returns:
        One row a `quantity`, h and quench, with `mean, std, error` over runs, `one_run` (the first
        run's value), `thermal` (of a scrambled state: `thermal_hamming_distance`, and Page's mean
        entropy; NaN where there is none) and the sizes:

        - "log10_loss" at the last quench;
        - "hamming" and "entropy_per_site" (first half of the chain, nats over L) at every quench;
        - "hamming_late", "entropy_per_site_late": averages over the second half of each run;
        - "hamming_step", "entropy_per_site_step": root mean square change from one quench to the
          next over the second half of each run.
    """
    tables = []
    for contents in join_runs(files):
        sizes = _sizes(contents)
        L = sizes["visible"] + sizes["hidden"]
        last = sizes["quenches"]
        quench = np.arange(1, last + 1)
        late = slice(last // 2, None)
        thermal = thermal_hamming_distance(sizes["initial_state"], L)
        page = page_entropy(2 ** (L // 2), 2 ** (L - L // 2)) / L
        entropy = contents["entropy"] / L
        rows: list[tuple[str, np.ndarray, np.ndarray, float]] = [
            ("log10_loss", quench[-1:], np.log10(contents["loss"][:, -1:]), np.nan)
        ]
        for name, values, scrambled in (
            ("hamming", contents["hamming"], thermal),
            ("entropy_per_site", entropy, page),
        ):
            steps = np.diff(values[:, late], axis=1)
            size = np.sqrt((steps**2).mean(axis=1)) if steps.size else np.zeros(len(values))
            rows += [
                (name, quench, values, scrambled),
                (f"{name}_late", quench[-1:], values[:, late].mean(axis=1)[:, None], scrambled),
                (f"{name}_step", quench[-1:], size[:, None], np.nan),
            ]
        for name, at, values, scrambled in rows:
            tables.append(
                pd.DataFrame(
                    {
                        "quantity": name,
                        "quench": at,
                        **_spread(values),
                        "one_run": values[0],
                        "thermal": scrambled,
                        **sizes,
                    }
                )
            )
    return pd.concat(tables, ignore_index=True)


def parity_fidelities(
    files: Iterable[Contents], thermal_h: float, localised_h: float
) -> pd.DataFrame:
    """Fidelity with the even-parity distribution after training (P1 figure 8).

    Args:
        files: histories of hidden and Anderson machines at any disorder strengths.
        thermal_h: the strength that stands for the thermal phase.
        localised_h: the strength that stands for the localised phases.

    Returns:
        One row a machine and h: `model, h, bar` ("MBL", "thermal", "Anderson" or empty), `mean,
        std, error, uniform_fidelity` and the sizes.
    """
    bars = {
        ("hidden", localised_h): "MBL",
        ("hidden", thermal_h): "thermal",
        ("anderson", localised_h): "Anderson",
    }
    rows = []
    for contents in join_runs(files):
        sizes = _sizes(contents)
        target = contents["target_distribution"]
        uniform = np.full(target.size, 1 / target.size)
        spread = _spread(contents["fidelity"][:, -1:])
        rows.append(
            {
                "bar": bars.get((sizes["model"], sizes["h"]), ""),
                **{name: float(values[0]) for name, values in spread.items()},
                "uniform_fidelity": float(classical_fidelity(uniform, target)),
                **sizes,
            }
        )
    return pd.DataFrame(rows).sort_values(["model", "h"], ignore_index=True)
