"""Files of rule `sqrbm_train`: a block of runs of one machine on one data set."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.schemas import FIT
from spinlearn.sqrbm.training import TrainingResult
from spinlearn.storage.blocks import load_blocks
from spinlearn.storage.hdf5 import Contents


def save(path: str | Path, result: TrainingResult[Machine], attributes: Mapping[str, Any]) -> None:
    """Write one block of runs, of the kind `spinlearn.sqrbm.schemas.FIT`.

    Args:
        path: the file.
        result: the result of `train`.
        attributes: `dataset`, the name of the data set, its `source`, and provenance.

    Raises:
        DatasetError, UnwritableError: as `Schema.write`.
    """
    machine = result.machine
    fields = machine.unpack(result.parameters)
    arrays = {
        "run": result.run,
        "tvd": result.tvd,
        "kl": result.kl,
        "tvd_best": result.tvd_best,
        "kl_best": result.kl_best,
        "steps": result.steps,
        "kl_history": result.kl_history.astype(np.float32),
        "tvd_uniform": result.tvd_uniform,
        "stuck": result.stuck,
        "visible_field": fields.visible_field,
        "hidden_field": fields.hidden_field,
        "coupling": fields.coupling,
    }
    if len(result.target) == 1:
        arrays["target"] = result.target[0]
    else:
        arrays["targets"] = result.target
    FIT.write(path, arrays, {**machine.attributes, **attributes})


def load(paths: Iterable[str | Path], *names: str) -> list[Contents]:
    """All runs of each data set, n, Pauli set and m, from the files of their blocks.

    Args:
        paths: files that `save` wrote, in any order.
        names: datasets to read besides `run`; all of them if none is named.

    Raises:
        FileError: if a file is not readable, or two blocks were computed with different settings;
            see `spinlearn.storage.blocks.load_blocks`.
    """
    return load_blocks(FIT, paths, "run", names, by=("dataset", "n", "paulis", "m"))
