"""Inputs of networks from files: configurations, spectra and measured strings."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int8, Shaped

from spinlearn.phases.schemas import ISING, SPECTRA, Z_SAMPLES
from spinlearn.pipeline.errors import DatasetError
from spinlearn.storage.blocks import load_blocks
from spinlearn.streams import rng
from spinlearn.tfi.schemas import POVM

SMALLEST = 1e-12
"""Eigenvalues below are taken for this one: rounding."""

Data = tuple[Float[np.ndarray, " values"], dict[int, np.ndarray]]
"""Values of the parameter, and inputs by size (values, groups, samples, inputs)."""


def read_ising(
    paths: Sequence[Path],
) -> tuple[Float[np.ndarray, " T"], dict[int, Int8[np.ndarray, "T chains samples sites"]]]:
    """Temperatures, and configurations (+1 or -1) by length of the lattice, all blocks joined."""
    found = load_blocks(ISING, paths, "chain", ("temperature", "up"), by=("L",))
    lattices = {int(each.attributes["L"]): 2 * each["up"].astype(np.int8) - 1 for each in found}
    return found[0]["temperature"], lattices


def read_source(source: str, paths: Sequence[Path], seed: int, samples: int = 0) -> Data:
    """The data of one kind, see `spinlearn.phases.choices.SOURCES`.

    Args:
        source: the kind.
        paths: its files.
        seed: of random temperatures and of the signs of strings.
        samples: POVM strings per field.
    """
    if source in ("ising", "shuffled"):
        values, lattices = read_ising(paths)
        if source == "ising":
            return values, lattices
        stream = rng(seed, "phases", "shuffled")
        return values, {L: shuffled(x, stream) for L, x in lattices.items()}
    if source == "spectra":
        return _read_spectra(paths)
    if source == "povm":
        return _read_povm(paths, samples)
    return _read_strings(paths, seed, flips=source == "z")


def _read_spectra(paths: Sequence[Path]) -> Data:
    found = load_blocks(SPECTRA, paths, "realisation", ("h", "spectrum"), by=("L",))
    inputs = {int(each.attributes["L"]): spectrum_inputs(each["spectrum"]) for each in found}
    return found[0]["h"], inputs


def _read_strings(paths: Sequence[Path], seed: int, *, flips: bool) -> Data:
    """Strings of sigma^z, each flipped as a whole with probability 1/2, or not."""
    inputs = {}
    for path in paths:
        stored = Z_SAMPLES.read(path)
        spins = 2.0 * stored["up"] - 1.0
        N = spins.shape[-1]
        if flips:
            stream = rng(seed, "phases", "flips", N=N)
            spins *= stream.choice([-1.0, 1.0], spins.shape[:2])[..., None]
        inputs[N] = spins[:, :, None]
    return stored["hx"], inputs


def _read_povm(paths: Sequence[Path], samples: int) -> Data:
    """POVM strings: four inputs per site, 1.5 for the outcome found and -0.5 for the others.

    Raises:
        DatasetError: if a field has fewer strings.
    """
    outcomes: dict[int, dict[float, list[np.ndarray]]] = {}
    for path in paths:
        stored = POVM.read(path, "outcomes")
        at_size = outcomes.setdefault(int(stored.attributes["N"]), {})
        at_size.setdefault(float(stored.attributes["hx"]), []).append(stored["outcomes"])
    inputs = {}
    for N, by_field in outcomes.items():
        strings = [np.concatenate(by_field[hx])[:samples] for hx in sorted(by_field)]
        if min(map(len, strings)) < samples:
            raise DatasetError(paths[0], f"a field has fewer than {samples} POVM strings")
        found = np.array(strings)[..., None] == np.arange(4)
        inputs[N] = 2.0 * found.reshape(len(strings), samples, 1, -1) - 0.5
    return np.array(sorted(by_field)), inputs


def shuffled(
    x: Shaped[np.ndarray, "values groups samples inputs"], rng: np.random.Generator
) -> Shaped[np.ndarray, "values groups samples inputs"]:
    """The same groups at random values: data that tell nothing about the parameter."""
    groups = x.reshape(-1, *x.shape[2:])
    return groups[rng.permutation(len(groups))].reshape(x.shape)


def spectrum_inputs(
    spectra: Float[np.ndarray, "*samples levels"],
) -> Float[np.ndarray, "*samples levels"]:
    """Inputs of a network: the entanglement energies -ln p, divided by 10, so of order 1."""
    return -np.log(np.maximum(spectra, SMALLEST)) / 10
