"""Settings of stage `hbm`."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from spinlearn.datasets.config import draws_fit, known_names
from spinlearn.hbm.choices import (
    Acceptance,
    DrivePlane,
    DriveVariance,
    HiddenSites,
    Kernel,
    Loss,
    Optimiser,
    Search,
    StartState,
)
from spinlearn.pipeline.settings import (
    Name,
    Positive,
    Relation,
    Section,
    Strength,
    among,
    multiple,
    setting,
)
from spinlearn.spins.config import TransverseFieldChain, has_coupling


class Machine(TransverseFieldChain):
    """A Born machine: its chain, its spins, a quench, and how it is trained."""

    hidden: int = setting(2, "hidden spins", "sites", ge=0, le=6)
    hidden_sites: HiddenSites = setting(
        "last", "where the hidden spins are: after the visible ones, or spread among them"
    )
    quench_time: float = setting(10.0, "duration of one quench", "1/J", gt=0.0, le=1000.0)
    initial_state: StartState = setting(
        "plus",
        "state before the first quench; target_sectors has the target's weight in each S^z sector",
    )
    drive_strength: float = setting(
        0.0, "D, strength of white noise along x; 0 for no drive", "J", ge=0.0
    )
    drive_time: float = setting(1.0, "tau, time for which the drive is constant", "1/J", gt=0.0)
    drive_variance: DriveVariance = setting("2D", "variance of the drive in each time tau")
    drive_plane: DrivePlane = setting("x", "directions of the drive")
    kernel: Kernel = setting("hamming", "distance in the kernel of the maximum mean discrepancy")
    acceptance: Acceptance = setting(
        "always", "when the best candidate of a quench is accepted: in the paper always"
    )
    search: Search = setting(
        "sequence", "where a quench starts: at the state of the one before, or always at the first"
    )

    @property
    def couplings(self) -> dict[str, Any]:
        """The arguments of `spinlearn.spins.hamiltonians.xxz_chain`."""
        return self.model_dump(include={*TransverseFieldChain.model_fields} - {"disorder"})


class Experiment(Section):
    """A grid of runs: every machine learns every data set at every strength."""

    datasets: tuple[Name, ...] = setting((), "data sets to learn")
    machines: tuple[Name, ...] = setting(("hidden",), "machines, out of hbm.machines")
    h: tuple[Strength, ...] = setting(
        (8.0,), "disorder strengths, in the operators of the machine's chain", "J", decimals=2
    )
    quenches: int = setting(80, "quenches per run", "quenches", ge=1, le=9999)
    candidates: int = setting(
        150, "disorder realisations tried per quench", "realisations", ge=1, le=99999
    )
    runs: Positive = setting(8, "independent runs; a multiple of hbm.block", "runs")


_SHORT: dict[str, Any] = {"quenches": 40, "candidates": 100}
_STRENGTHS = (0.5, 3.9, 8.0, 16.0)

MACHINES = {
    "hidden": Machine(),
    "basic": Machine(hidden=0),
    "driven": Machine(hidden=0, drive_strength=0.001),
    "anderson": Machine(J_zz=0.0),
    "hidden_neel": Machine(initial_state="neel"),
    "basic_sectors": Machine(hidden=0, initial_state="target_sectors"),
    "basic_field": Machine(hidden=0, h_x=0.3),
    "time_1": Machine(quench_time=1.0),
    "time_03": Machine(quench_time=0.3),
    "time_01": Machine(quench_time=0.1),
    "single": Machine(search="single"),
    "if_lower": Machine(acceptance="if_lower"),
    "hidden_random": Machine(initial_state="random_product"),
    "time_30": Machine(quench_time=30.0),
    "open": Machine(boundary="open"),
    "spread": Machine(hidden_sites="spread"),
    "one_hidden": Machine(hidden=1),
    "three_hidden": Machine(hidden=3),
    "four_hidden": Machine(hidden=4),
    "integer_kernel": Machine(kernel="integer"),
    "pixel_kernel": Machine(kernel="pixel"),
    "driven_strong": Machine(hidden=0, drive_strength=0.01),
    "driven_long": Machine(hidden=0, drive_strength=0.001, drive_time=5.0),
    "driven_white": Machine(
        hidden=0, drive_strength=0.001, drive_time=5.0, drive_variance="2D/tau"
    ),
    "driven_xy": Machine(hidden=0, drive_strength=0.001, drive_plane="xy"),
}

EXPERIMENTS = {
    "images": Experiment(datasets=tuple(f"digits{digit}" for digit in range(10)), **_SHORT),
    "comparison": Experiment(datasets=("digits0",), machines=("hidden", "basic", "driven")),
    "disorder": Experiment(datasets=("digits0",), h=_STRENGTHS),
    "parity": Experiment(datasets=("parity",), machines=("hidden", "anderson"), h=_STRENGTHS),
    "retrieval": Experiment(datasets=("digits0", "digits1", "digits01"), **_SHORT),
    "optimisers": Experiment(datasets=("digits0", "parity")),
    "quantum": Experiment(datasets=("localised_plus", "thermal_plus"), h=(0.5, 8.0), **_SHORT),
    "quantum_neel": Experiment(
        datasets=("localised_neel", "thermal_neel"),
        machines=("hidden_neel",),
        h=(0.5, 8.0),
        **_SHORT,
    ),
    "controls": Experiment(
        datasets=("digits0", "parity"),
        machines=(
            "hidden",
            "basic",
            "basic_sectors",
            "basic_field",
            "time_1",
            "time_03",
            "anderson",
            "if_lower",
        ),
        **_SHORT,
    ),
    "history": Experiment(
        datasets=("digits0", "parity"), machines=("hidden", "single"), h=(0.5, 8.0), **_SHORT
    ),
    "sensitivity": Experiment(
        datasets=("digits0",),
        machines=("hidden", "hidden_neel", "time_1", "time_03", "open", "basic", "one_hidden"),
        **_SHORT,
    ),
}


PATTERNS = ("digits0", "digits1")
LEARNED = (*PATTERNS, "digits01")
"""Patterns that are corrupted, and what the machines that retrieve them have learned."""


class Optimisation(Section):
    """All fields of a sequence of quenches at once, for the grid of experiment `optimisers`."""

    optimisers: tuple[Optimiser, ...] = setting(
        ("gradient", "cma_es"), "optimisers for the machines of hbm.experiments.optimisers"
    )
    gradient_quenches: Positive = setting(40, "quenches of a sequence for gradient", "quenches")
    cma_es_quenches: Positive = setting(5, "quenches of a sequence for cma_es", "quenches")
    budget: Positive = setting(6000, "quenches of single states per run", "quenches")
    start: float = setting(1.0, "largest magnitude of a field at a start", "J", gt=0.0)
    step: float = setting(0.05, "standard deviation of the first step of cma_es", "J", gt=0.0)
    runs: Positive = setting(4, "independent runs; a multiple of block", "runs")
    block: Positive = setting(4, "runs per file and job", "runs")

    def quenches(self, optimiser: Optimiser) -> int:
        """M, quenches of a sequence."""
        return self.gradient_quenches if optimiser == "gradient" else self.cma_es_quenches


class Leaderboard(Section):
    """The Born machine among the models of datasets.leaderboard; all its fields at once."""

    machine: Name = setting("hidden", "machine, one of hbm.machines, without a drive")
    h: Strength = setting(8.0, "largest magnitude of a field, in its operators", "J", decimals=2)
    losses: tuple[Loss, ...] = setting(
        ("kl",),
        "what is minimised: KL(target||model) as by the other models, or the paper's mmd; one "
        "model each",
        min_length=1,
    )
    budget: Positive = setting(1500, "quenches of single states per run", "quenches")


class Hbm(Section):
    """Born machines trained by quenches (Zhong 2022)."""

    visible: int = setting(
        6, "visible spins; even, for a square image", "sites", ge=2, le=12, multiple_of=2
    )
    machines: dict[Name, Machine] = setting(
        MACHINES,
        "machines, each under a name, which is part of the paths of its results; what is left out "
        "has the default of the table hbm.machines.NAME in docs/configuration.md",
    )
    experiments: dict[Name, Experiment] = setting(
        EXPERIMENTS,
        "experiments, each under a name: every machine learns every data set at every h; figures "
        "of Zhong 2022 take images (3), comparison (4), disorder (5), retrieval (6), quantum and "
        "quantum_neel (7), parity (8), and figures of our own controls and history, sensitivity, "
        "optimisers; digits are MNIST's if there is datasets.mnist_folder",
    )
    optimisation: Optimisation = Optimisation()
    leaderboard: Leaderboard = Leaderboard()
    localised_h: Strength = setting(
        8.0, "strength that stands for the localised phase, in spin-1/2 operators", "J"
    )
    block: Positive = setting(8, "runs per file and job", "runs")


def _budget_faults(budget: int, optimisers: tuple[str, ...], *quenches: int) -> Iterator[str]:
    for optimiser, M in zip(get_args(Optimiser), quenches, strict=True):
        if optimiser in optimisers and budget < 2 * M:
            yield f"hbm.optimisation.budget: must be >= {2 * M} for {optimiser}, got {budget}"


def _drive_faults(
    optimisers: tuple[str, ...],
    experiments: Mapping[str, Experiment],
    machines: Mapping[str, Machine],
) -> Iterator[str]:
    wanted = experiments["optimisers"].machines if "optimisers" in experiments else ()
    for name in wanted if optimisers else ():
        if name in machines and machines[name].drive_strength > 0:
            yield f"hbm.experiments.optimisers.machines: {name} has a drive; optimisers need none"


def _machine_faults(machines: Mapping[str, Machine]) -> Iterator[str]:
    for name, machine in machines.items():
        driven = machine.drive_strength > 0
        if driven and machine.drive_time > machine.quench_time:
            yield (
                f"hbm.machines.{name}.drive_time: must be at most quench_time = "
                f"{machine.quench_time}, got {machine.drive_time}"
            )


def _experiment_faults(
    experiments: Mapping[str, Experiment], machines: Mapping[str, Machine], block: int
) -> Iterator[str]:
    for name, experiment in experiments.items():
        path = f"hbm.experiments.{name}"
        unknown = [machine for machine in experiment.machines if machine not in machines]
        if unknown:
            yield f"{path}.machines: {unknown} not among hbm.machines = {list(machines)}"
        for part in ("machines", "h") if experiment.datasets else ():
            if not getattr(experiment, part):
                yield f"{path}.{part}: must not be empty; datasets: [] switches {name} off"
        yield from _twins(f"{path}.machines", experiment.machines, machines)
        yield from multiple(f"{path}.runs", "hbm.block").check(experiment.runs, block)


def _retrieval_faults(
    experiments: Mapping[str, Experiment], machines: Mapping[str, Machine]
) -> Iterator[str]:
    path = "hbm.experiments.retrieval"
    experiment = experiments.get("retrieval", Experiment())
    if experiment.datasets and not {*LEARNED} <= {*experiment.datasets}:
        yield (
            f"{path}.datasets: must have all of {', '.join(LEARNED)} (MNIST's if there is "
            f"datasets.mnist_folder), or be [] for no retrieval; got {list(experiment.datasets)}"
        )
    searches = [machines[name].search for name in experiment.machines if name in machines]
    if experiment.datasets and searches and "sequence" not in searches:
        yield f"{path}.machines: retrieval needs one with search: sequence"


def _twins(path: str, names: tuple[str, ...], machines: Mapping[str, Machine]) -> Iterator[str]:
    """Machines of an experiment that are equal."""
    first: dict[str, str] = {}
    for name in (name for name in names if name in machines):
        other = first.setdefault(machines[name].model_dump_json(), name)
        if other != name:
            yield f"{path}: {name} and {other} are the same machine"


def _dataset_faults(
    experiments: Mapping[str, Experiment], visible: int, *known: Any
) -> Iterator[str]:
    for name, experiment in experiments.items():
        path = f"hbm.experiments.{name}.datasets"
        yield from known_names(path, "hbm.visible").check(experiment.datasets, visible, *known)


def _draw_faults(experiments: Mapping[str, Experiment], *known: Any) -> Iterator[str]:
    for name, experiment in experiments.items():
        path = f"hbm.experiments.{name}"
        fits = draws_fit(f"{path}.datasets", f"{path}.runs")
        yield from fits.check(experiment.datasets, experiment.runs, *known)


def _leaderboard_faults(
    name: str, machines: Mapping[str, Machine], budget: int, n: tuple[int, ...], per_bit: int
) -> Iterator[str]:
    if name in machines and machines[name].drive_strength > 0:
        yield (
            f"hbm.leaderboard.machine: {name} has a drive, so that its loss has no gradient; name "
            "one of hbm.machines with drive_strength: 0.0"
        )
    if budget < (least := 4 * max(n) * per_bit):
        yield (
            f"hbm.leaderboard.budget: must be at least {least}, four quenches for each of "
            f"{max(n)} x {per_bit} parameters (datasets.leaderboard), got {budget}"
        )


RELATIONS = (
    has_coupling("hbm.machines"),
    among("hbm.leaderboard.machine", "hbm.machines"),
    Relation(
        (
            "hbm.leaderboard.machine",
            "hbm.machines",
            "hbm.leaderboard.budget",
            "datasets.leaderboard.n",
            "datasets.leaderboard.parameters_per_bit",
        ),
        _leaderboard_faults,
    ),
    Relation(("hbm.machines",), _machine_faults),
    Relation(("hbm.experiments", "hbm.machines", "hbm.block"), _experiment_faults),
    Relation(("hbm.experiments", "hbm.machines"), _retrieval_faults),
    multiple("hbm.optimisation.runs", "hbm.optimisation.block"),
    Relation(
        tuple(
            f"hbm.optimisation.{name}"
            for name in ("budget", "optimisers", *(f"{o}_quenches" for o in get_args(Optimiser)))
        ),
        _budget_faults,
    ),
    Relation(("hbm.optimisation.optimisers", "hbm.experiments", "hbm.machines"), _drive_faults),
    Relation(("hbm.experiments", *known_names("", "hbm.visible").paths[1:]), _dataset_faults),
    Relation(("hbm.experiments", *draws_fit("", "").paths[2:]), _draw_faults),
)
