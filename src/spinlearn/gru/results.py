"""Files of trained networks: weights, architecture and training."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from spinlearn.gru.model import Architecture, GruNetworks
from spinlearn.pipeline.errors import SchemaError
from spinlearn.spins.choices import EntropyNormalisation
from spinlearn.storage.weights import load_weights, save_weights

KIND = "spinlearn gru 4"
"""The kind of file, stored in it."""


@dataclass(frozen=True)
class Training:
    """How networks were trained; stored with their weights.

    Attributes:
        variant: name of the networks, a key of `gru.networks` of the configuration.
        runs: numbers of the runs, one per network; they are part of the keys of random streams.
            Runs whose training diverged twice are missing.
        L: chain lengths of the training data.
        realisations: disorder realisations per (L, h) of the training data.
        recipe: a key of `spinlearn.gru.recipes.RECIPES`.
        energy_density: energy density at which the features were learned.
        entropy_normalisation: normalisation of the entropies; None if none were learned.
        h: disorder parameters of the training data, in units of J (Pauli); empty if unknown.
        deviation: smallest and largest standard deviation of a disorder vector; empty if unknown.
        disorder: distribution of the fields, see `spinlearn.gru.data.Realisations`; empty if
            unknown.
        redrawn: runs whose initial weights were drawn a second time, since the first training
            diverged.
        provenance: of the job that trained them; see `spinlearn.pipeline.job.Job.provenance`.
    """

    variant: str
    runs: tuple[int, ...]
    L: tuple[int, ...]
    realisations: int
    recipe: str
    energy_density: float
    entropy_normalisation: EntropyNormalisation | None
    h: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    disorder: str = ""
    redrawn: tuple[int, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)


def save(path: str | Path, networks: GruNetworks, training: Training) -> None:
    """Write the weights, architecture and training of networks, whole or not at all.

    Raises:
        ValueError: if there is not one run per network.
        UnwritableError: if the file cannot be written.
    """
    if len(training.runs) != networks.networks:
        raise ValueError(f"{networks.networks} networks, but runs {training.runs}")
    content = {
        "architecture": asdict(networks.architecture),
        "training": asdict(training),
        "state": networks.state_dict(),
    }
    save_weights(path, KIND, content)


def load(paths: Iterable[str | Path]) -> tuple[GruNetworks, Training]:
    """Read the files of one or several blocks of runs, and join their networks.

    Args:
        paths: the files, in the order of the blocks.

    Returns:
        The networks, in evaluation mode, and their training, with the runs of all files and the
        provenance of the first.

    Raises:
        FileError: as `spinlearn.storage.weights.load_weights`.
        SchemaError: if the networks of two files differ in architecture or training, or two files
            have the same run.
        ValueError: if there is no file.
    """
    files = [Path(path) for path in paths]
    if not files:
        raise ValueError("no file of networks was given")
    blocks = [load_weights(path, KIND, _rebuilt) for path in files]
    networks, training = blocks[0]
    for path, block in zip(files, blocks, strict=True):
        _check_alike(path, _description(*block), files[0], _description(networks, training))
    if len(blocks) == 1:
        return networks, training
    trainings = [other for _, other in blocks]
    _check_runs(files, trainings)
    joined = replace(
        training,
        runs=tuple(run for other in trainings for run in other.runs),
        redrawn=tuple(run for other in trainings for run in other.redrawn),
    )
    return GruNetworks.join([block for block, _ in blocks]), joined


def _check_runs(files: list[Path], trainings: list[Training]) -> None:
    """Refuse a run that is in two files: its network would count twice."""
    first: dict[int, Path] = {}
    for path, training in zip(files, trainings, strict=True):
        for run in training.runs:
            if run in first:
                raise SchemaError(
                    path, f"its run {run} is in {first[run]} too; give each block of runs once"
                )
            first[run] = path


def _rebuilt(stored: dict[str, Any]) -> tuple[GruNetworks, Training]:
    training = Training(**stored["training"])
    networks = GruNetworks(len(training.runs), Architecture(**stored["architecture"]))
    networks.load_state_dict(stored["state"])
    return networks.eval(), training


def _description(networks: GruNetworks, training: Training) -> dict[str, Any]:
    """What the networks of all blocks must have in common."""
    described = {**asdict(training), **asdict(networks.architecture)}
    own = ("runs", "redrawn", "provenance")
    return {name: value for name, value in described.items() if name not in own}


def _check_alike(path: Path, found: dict[str, Any], first: Path, expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        if found[name] != value:
            raise SchemaError(
                path,
                f"its networks have {name} = {found[name]}, but those of {first} have {value}; "
                "only networks with equal settings can be joined",
            )
