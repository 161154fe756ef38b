"""Windows of eigenstates of longer rings, in the units of the networks' training data."""

import logging
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from spinlearn.gru.data import Realisations, pad, unit
from spinlearn.gru.schemas import INDICATORS
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.pipeline.errors import DatasetError
from spinlearn.spins.chain_text import chain_text
from spinlearn.spins.choices import EntropyNormalisation, Operators

_log = logging.getLogger("spinlearn.gru")

PAULI_FIELD: dict[Operators, float] = {"pauli": 1.0, "spin": 2.0}
"""What a field is multiplied by to get that of the equal chain in Pauli matrices.

H_pauli(J, h) = 4 H_spin(J, h/2), so that eigenstates, their order, and indicators are the same.
"""


def load_windows(
    paths: Iterable[str | Path], normalisation: EntropyNormalisation
) -> tuple[Realisations, int]:
    """Gather windows of any L and h, with fields in Pauli matrices.

    Windows that are not certified are left out: a level may be missing in them.

    Args:
        paths: files of kind `mbl/windows`, in any order, of one chain and energy density.
        normalisation: what the half-chain entropy is divided by.

    Returns:
        The realisations, and the number of windows that were left out.

    Raises:
        FileError: if a file is missing, damaged or of another kind, or lacks an indicator.
        DatasetError: if files are of different chains, kinds of disorder or energy densities.
        ValueError: if there is no file.
    """
    fields, sizes, strengths, targets = [], [], [], []
    alike: dict[tuple[str, str, float], str] = {}
    left_out = 0
    for path in sorted(map(str, paths)):
        block = WINDOWS.read(path, "fields", "certified", *INDICATORS)
        certified, about = block["certified"], block.attributes
        scale = PAULI_FIELD[about["operators"]]
        R, L = block["fields"].shape
        kept = np.stack([block[name] / unit(name, L, normalisation) for name in INDICATORS], 1)
        fields.append(scale * block["fields"][certified])
        sizes.append(np.full(certified.sum(), L))
        strengths.append(np.full(certified.sum(), scale * float(about["h"])))
        targets.append(kept[certified, None])
        left_out += R - int(certified.sum())
        this = (chain_text(about), about["disorder"], float(about["energy_density"]))
        alike.setdefault(this, path)
        if len(alike) > 1:
            raise DatasetError(path, f"its windows are not alike those of {min(alike.values())}")
    if not alike:
        raise ValueError("no file of windows was given")
    ((system, disorder, energy_density),) = alike
    if left_out:
        _log.warning("left out %d windows that are not certified", left_out)
    found = Realisations(
        fields=pad(fields),
        L=np.concatenate(sizes),
        h=np.concatenate(strengths),
        energy_density=np.array([energy_density]),
        targets=np.concatenate(targets),
        disorder=disorder,
        system=system,
    )
    return found, left_out
