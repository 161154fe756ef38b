"""Files of stage `hbm`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from collections.abc import Iterable
from itertools import product

from spinlearn.datasets.config import Datasets
from spinlearn.datasets.files import files, image_names
from spinlearn.hbm.config import Hbm
from spinlearn.pipeline.planning import blocks, settings, two_decimals
from spinlearn.spins.crossover import half_width_per_site
from spinlearn.streams import block_numbers


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
    """Paths of the runs of the hidden machine on parity data: every compared chain and h."""
    names = ["parity"] if "parity" in hbm.tasks else []
    return _runs(hbm, names, hbm.compared_chains, ["hidden"], hbm.h)


def further(hbm: Hbm) -> list[str]:
    """Paths of the runs of every machine on further data sets, on every compared chain."""
    return _runs(hbm, hbm.datasets, hbm.compared_chains, hbm.models, [hbm.comparison_h])


def target(hbm: Hbm, datasets: Datasets, dataset: str, block: str) -> list[str]:
    """Paths of the data set that a block of runs learns."""
    return files(datasets, dataset, hbm.visible, block_numbers(block, hbm.block))


def _image_runs(
    hbm: Hbm, datasets: Datasets, digits: Iterable[int], models: Iterable[str], h: Iterable[float]
) -> list[str]:
    names = image_names(datasets, digits) if "digits" in hbm.tasks else []
    return _runs(hbm, names, [hbm.chain], models, h)


def _runs(
    hbm: Hbm,
    names: Iterable[str],
    chains: Iterable[str],
    models: Iterable[str],
    h: Iterable[float],
) -> list[str]:
    """Paths of all blocks of runs, for the machines in the configuration only."""
    machines = [model for model in models if model in hbm.models]
    cells = product(names, chains, machines, two_decimals(h), blocks(hbm.runs, hbm.block))
    return [
        f"results/hbm/{name}/{chain}/{model}/h{x}/{block}.h5"
        for name, chain, model, x, block in cells
    ]


def train_settings(seed: int, hbm: Hbm, chain: str, model: str) -> str:
    """Settings of rule `hbm_train`; drive and hidden spins only for machines that have them."""
    machine = {"visible", "quench_time"}
    if model == "hidden":
        machine |= {"hidden"}
    if model == "driven":
        machine |= {"drive_strength", "drive_time"}
    training = {"quenches", "candidates", "initial_state", "kernel"}
    at = hbm.chains[chain]
    return settings(
        seed=seed,
        block=hbm.block,
        chain=at.couplings,
        machine=hbm.model_dump(include=machine),
        training={**hbm.model_dump(include=training), "disorder": at.disorder},
    )


def train_memory(hbm: Hbm) -> float:
    """MB for training: libraries, and the states of the candidates evolved at once."""
    states = 2 ** (hbm.visible + hbm.hidden)
    return 400 + 1e-6 * 16 * 6 * min(512 * states, 2**22 + 16 * states)


def train_minutes(hbm: Hbm, chain: str, model: str, h: float) -> float:
    """Minutes for training, generous: 4 ns per state, order of the series and candidate.

    The order is proportional to half the width of the spectrum. Next neighbours'
    couplings double the elements of a row; a field along x adds half as many.
    """
    at = hbm.chains[chain]
    sites = hbm.visible + hbm.hidden
    slices = hbm.quench_time / hbm.drive_time if model == "driven" else 1
    half_width = sites * half_width_per_site(h, **at.model_dump(exclude={"boundary"}))
    orders = 1.2 * half_width * hbm.quench_time + 30 * slices
    elements = 1 + (at.J2 != 0) + 0.5 * (at.h_x != 0)
    seconds = 4e-9 * elements * 2**sites * orders * hbm.block * hbm.quenches * hbm.candidates
    return 5 + seconds / 60
