"""All training runs as one table."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from spinlearn.papers.demidik2025.common import ordered
from spinlearn.sqrbm.results import load


def runs_table(paths: Iterable[str | Path]) -> pd.DataFrame:
    """One row per run: `dataset, n, paulis, m, parameters, run, tvd, kl, stuck, tvd_of_uniform`.

    The last is the distance of the uniform distribution to the target (of run 0; it is the same for
    all runs).

    Args:
        paths: files of the kind `spinlearn.sqrbm.schemas.FIT`, in any order.

    Raises:
        FileError: as `spinlearn.sqrbm.results.load`.
    """
    frames = []
    for file in load(paths, "tvd", "kl", "stuck", "target"):
        attributes, target = file.attributes, file["target"]
        frames.append(
            pd.DataFrame(
                {
                    "dataset": attributes["dataset"],
                    "n": int(attributes["n"]),
                    "paulis": attributes["paulis"],
                    "m": int(attributes["m"]),
                    "parameters": int(attributes["parameter_count"]),
                    "run": file["run"],
                    "tvd": file["tvd"],
                    "kl": file["kl"],
                    "stuck": file["stuck"].astype(int),
                    "tvd_of_uniform": 0.5 * np.abs(target - 1.0 / target.size).sum(),
                }
            )
        )
    return ordered(pd.concat(frames, ignore_index=True), "m", "run")
