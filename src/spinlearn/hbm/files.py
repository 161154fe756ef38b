"""Files of stage `hbm`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from collections.abc import Iterable
from itertools import product

from spinlearn.datasets.config import Datasets
from spinlearn.datasets.files import files, image_names
from spinlearn.hbm.config import Hbm
from spinlearn.pipeline.planning import blocks, settings, two_decimals
from spinlearn.streams import block_numbers

HAS_HIDDEN_SPINS = ("hidden", "anderson")


def names(hbm: Hbm, datasets: Datasets) -> list[str]:
    """The data sets that machines learn."""
    digits = sorted({hbm.digit, *hbm.digits}) if "digits" in hbm.tasks else []
    parity = ["parity"] if "parity" in hbm.tasks else []
    return [*image_names(datasets, digits), *parity, *hbm.datasets]


def images(hbm: Hbm, datasets: Datasets) -> list[str]:
    """Paths of the runs of the hidden machine on the image of each digit."""
    digits = sorted({hbm.digit, *hbm.digits})
    return _image_runs(hbm, datasets, digits, ["hidden"], [hbm.comparison_h])


def comparison(hbm: Hbm, datasets: Datasets) -> list[str]:
    """Paths of the runs of every machine at one disorder strength."""
    return _image_runs(hbm, datasets, [hbm.digit], hbm.models, [hbm.comparison_h])


def disorder(hbm: Hbm, datasets: Datasets) -> list[str]:
    """Paths of the runs of the hidden machine at every disorder strength."""
    return _image_runs(hbm, datasets, [hbm.digit], ["hidden"], hbm.h)


def parity(hbm: Hbm) -> list[str]:
    """Paths of the runs of machines with hidden spins on parity data, at every strength."""
    names = ["parity"] if "parity" in hbm.tasks else []
    return _runs(hbm, names, HAS_HIDDEN_SPINS, hbm.h)


def further(hbm: Hbm) -> list[str]:
    """Paths of the runs of every machine on further data sets, at one disorder strength."""
    return _runs(hbm, hbm.datasets, hbm.models, [hbm.comparison_h])


def target(hbm: Hbm, datasets: Datasets, dataset: str, block: str) -> list[str]:
    """Paths of the data set that a block of runs learns."""
    return files(datasets, dataset, hbm.visible, block_numbers(block, hbm.block))


def _image_runs(
    hbm: Hbm, datasets: Datasets, digits: Iterable[int], models: Iterable[str], h: Iterable[float]
) -> list[str]:
    names = image_names(datasets, digits) if "digits" in hbm.tasks else []
    return _runs(hbm, names, models, h)


def _runs(hbm: Hbm, names: Iterable[str], models: Iterable[str], h: Iterable[float]) -> list[str]:
    """Paths of all blocks of runs, for the machines in the configuration only."""
    known = [*hbm.models, "anderson"] if hbm.anderson else hbm.models
    machines = [model for model in models if model in known]
    cells = product(names, machines, two_decimals(h), blocks(hbm.runs, hbm.block))
    return [f"results/hbm/{name}/{model}/h{x}/{block}.h5" for name, model, x, block in cells]


def train_settings(seed: int, hbm: Hbm, model: str) -> str:
    """Settings of rule `hbm_train`; drive and hidden spins only for machines that have them."""
    machine = {"visible", "boundary", "quench_time"}
    if model in HAS_HIDDEN_SPINS:
        machine |= {"hidden"}
    if model == "driven":
        machine |= {"drive_strength", "drive_time"}
    training = {"quenches", "candidates", "initial_state", "kernel"}
    return settings(
        seed=seed,
        block=hbm.block,
        machine=hbm.model_dump(include=machine),
        training=hbm.model_dump(include=training),
    )


def train_memory(hbm: Hbm) -> float:
    """MB for training: libraries, and the states of the candidates evolved at once."""
    states = 2 ** (hbm.visible + hbm.hidden)
    return 400 + 1e-6 * 16 * 6 * min(512 * states, 2**22 + 16 * states)


def train_minutes(hbm: Hbm, model: str, h: float) -> float:
    """Minutes for training, generous: 4 ns per state, order of the series and candidate."""
    sites = hbm.visible + hbm.hidden
    slices = hbm.quench_time / hbm.drive_time if model == "driven" else 1
    orders = 1.2 * sites * (h / 4 + 0.4) * hbm.quench_time + 30 * slices
    return 5 + 4e-9 * 2**sites * orders * hbm.block * hbm.quenches * hbm.candidates / 60
