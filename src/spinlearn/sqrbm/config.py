"""Settings of stage `sqrbm`."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from spinlearn.datasets.config import Quench, draws_fit, known_names
from spinlearn.datasets.registry import named
from spinlearn.pipeline.settings import Name, Positive, Relation, Section, multiple, setting
from spinlearn.sqrbm.choices import DATASETS, LARGEST_STEP, Paulis, StepSchedule

Case = tuple[Annotated[int, Field(ge=2, le=10)], Annotated[int, Field(ge=1, le=9)]]
"""Visible units and hidden qubits."""


class CrossFit(Section):
    """Fits of one family of machines to members of another (theorems 1 and 2 of Demidik 2025)."""

    cases: tuple[Case, ...] = setting(
        ((6, 1), (7, 2)), "visible units n and hidden qubits m", "units", min_length=1
    )
    targets: Positive = setting(8, "members of each family used as targets", "machines")
    starts: Positive = setting(30, "random initial parameters per target", "starts")
    iterations: Positive = setting(200, "steps of Fisher scoring per fit", "steps")


Units = Annotated[int, Field(ge=1, le=100)]
SomeUnits = tuple[Units, ...]


class HiddenUnits(Section):
    """Hidden units of the kinds of machines that are compared."""

    rbm: SomeUnits = setting((1, 2, 4, 8), "of restricted Boltzmann machines", "units")
    sqrbm: SomeUnits = setting((1, 2, 3), "of semi-quantum ones, {X, Y, Z}", "units")
    bm: SomeUnits = setting((1, 2, 3), "of classical machines with all pairs coupled", "units")
    sqbm: SomeUnits = setting((1, 2, 3), "of semi-quantum ones (definition 2)", "units")
    tfim: SomeUnits = setting((1, 2), "of quantum ones: transverse-field Ising", "units")
    qrbm: SomeUnits = setting((1,), "of quantum ones: all Paulis (definition 4)", "units")


class Machines(Section):
    """Machines with lateral couplings or quantum visible units, beside the restricted ones."""

    n: int = setting(6, "visible units", "units", ge=2, le=8)
    hidden: HiddenUnits = HiddenUnits()
    runs: Positive = setting(2, "independent runs", "runs")
    iterations: Positive = setting(120, "gradient steps", "steps")
    cost_units: tuple[Annotated[int, Field(ge=2, le=12)], ...] = setting(
        (5, 6, 7, 8), "visible and hidden units of machines whose gradients are timed", "units",
        min_length=1,
    )  # fmt: skip


class GradientVariance(Section):
    """Variance of the gradients of random machines (supplementary note 9 of Demidik 2025)."""

    n: tuple[Annotated[int, Field(ge=2, le=14)], ...] = setting(
        (6, 8, 10), "visible units; there are half as many hidden ones", "units", min_length=1
    )
    runs: int = setting(100, "random machines per number of units", "machines", ge=3)


class LongHiddenUnits(Section):
    """Hidden units of machines on long strings, by their Paulis."""

    Z: SomeUnits = setting((8, 24), "of restricted Boltzmann machines", "units")
    XZ: SomeUnits = setting((), "of semi-quantum ones, {X, Z}", "units")
    XYZ: SomeUnits = setting((8,), "of semi-quantum ones, {X, Y, Z}", "units")


class LongStrings(Section):
    """Machines on strings too long for sums over all of them, trained from samples."""

    datasets: tuple[Name, ...] = setting(("digits_pixels",), "data sets to learn; may be none")
    n: tuple[Annotated[int, Field(ge=2, le=1024)], ...] = setting(
        (64,), "visible units", "units", min_length=1
    )
    hidden: LongHiddenUnits = LongHiddenUnits()
    runs: Positive = setting(2, "independent runs; a multiple of block", "runs")
    block: Positive = setting(2, "runs per file and job", "runs")
    steps: Positive = setting(2000, "gradient steps; the step size decays to 0", "steps")
    learning_rate: float = setting(0.005, "step size of AMSGRAD", gt=0.0, le=LARGEST_STEP)
    batch: int = setting(200, "strings of the data per step; 0: all", "strings", ge=0)
    chains: Positive = setting(50, "Markov chains that represent the machine", "chains")
    sweeps: Positive = setting(2, "sweeps of the chains per step", "sweeps")
    tempered: tuple[Name, ...] = setting(
        ("all_bars_and_stripes_4x16",), "data sets with chains at several temperatures"
    )
    levels: int = setting(12, "temperatures of these chains", "levels", ge=2, le=100)
    tempered_chains: Positive = setting(20, "chains per temperature", "chains")
    annealing_chains: int = setting(100, "chains that estimate log Z", "chains", ge=2)
    annealing_steps: Positive = setting(1000, "temperatures of the estimate of log Z", "steps")


class Optimisers(Section):
    """Both step schedules from the same starting points."""

    datasets: tuple[Name, ...] = setting(("bars",), "data sets, of those of Demidik 2025")
    n: int = setting(8, "visible units", "units", ge=2, le=20)
    m: tuple[Annotated[int, Field(ge=1, le=500)], ...] = setting(
        (1, 2, 4, 8, 16), "hidden units", "units", min_length=1
    )
    runs: Positive = setting(20, "independent runs", "runs")


class Sqrbm(Section):
    """Restricted Boltzmann machines, classical and semi-quantum (Demidik 2025)."""

    datasets: tuple[Name, ...] = setting(DATASETS, "data sets to learn", min_length=1)
    n: tuple[Annotated[int, Field(ge=2, le=20)], ...] = setting(
        (6, 8), "visible units", "units", min_length=1
    )
    m: tuple[Annotated[int, Field(ge=1, le=500)], ...] = setting(
        (1, 2, 3, 4, 6, 8, 12, 16), "hidden units", "units", min_length=1
    )
    paulis: tuple[Paulis, ...] = setting(
        ("Z", "XZ", "XYZ"),
        "Pauli operators on the hidden units; Z is the classical machine",
        min_length=1,
    )
    runs: Positive = setting(20, "independent runs; a multiple of block", "runs")
    block: Positive = setting(20, "runs per file and job", "runs")
    iterations: Positive = setting(2000, "gradient steps", "steps")
    learning_rate: float = setting(0.1, "step size of AMSGRAD", gt=0.0, le=LARGEST_STEP)
    schedule: StepSchedule = setting(
        "constant", "step size: constant as in the paper, or decaying to 0 in the second half"
    )
    patience: int = setting(
        0, "a run stops if its divergence has not fallen in so many steps; 0: never", "steps", ge=0
    )
    tolerance: float = setting(1e-6, "least fall of the divergence for patience", "nat", ge=0.0)
    tvd_threshold: float = setting(
        0.2, "total variation distance below which a target counts as learned", gt=0.0, lt=1.0
    )
    crossfit: CrossFit = CrossFit()
    machines: Machines = Machines()
    gradient_variance: GradientVariance = GradientVariance()
    long: LongStrings = LongStrings()
    optimisers: Optimisers = Optimisers()


def _at_most(kind: str, most: int) -> Relation:
    """The relation "machines of this kind have at most so many units, visible and hidden"."""
    path = f"sqrbm.machines.hidden.{kind}"

    def check(n: int, hidden: tuple[int, ...]) -> Iterator[str]:
        for m in hidden:
            if n + m > most:
                yield f"{path}: {m} with sqrbm.machines.n = {n} are over {most} units, the most"

    return Relation(("sqrbm.machines.n", path), check)


def parameter_count(n: int, m: int, paulis: int) -> int:
    """Parameters of a restricted machine with so many Paulis, as `Machine.size` counts them.

    (Planning does not load the machines' kernels.)
    """
    return n + paulis * m * (n + 1)


def _has_few_parameters(cases: tuple[tuple[int, int], ...]) -> Iterator[str]:
    """Machines of as many parameters as a distribution has may represent all of them."""
    for n, m in cases:
        if (size := parameter_count(n, m, 3)) >= 2**n - 1:
            yield (
                f"sqrbm.crossfit.cases: [{n}, {m}] has {size} parameters with {{X, Y, Z}}; "
                f"fewer than 2^{n} - 1 = {2**n - 1} are needed to test anything"
            )


def _shared_by_runs(names: tuple[str, ...], quenches: Mapping[str, Quench]) -> Iterator[str]:
    known = named(quenches, ())
    for name in names:
        if name in known and known[name].draws:
            yield f"sqrbm.long.datasets: {name} is drawn anew for each run; choose another"


def _tempered_are_known(
    names: tuple[str, ...], quenches: Mapping[str, Quench], files: Mapping[str, str]
) -> Iterator[str]:
    for name in names:
        if name not in named(quenches, files):
            yield f"sqrbm.long.tempered: {name!r} is no data set"


RELATIONS = (
    Relation(("sqrbm.crossfit.cases",), _has_few_parameters),
    *(_at_most(kind, 12) for kind in ("bm", "sqbm")),
    *(_at_most(kind, 8) for kind in ("tfim", "qrbm")),
    multiple("sqrbm.runs", "sqrbm.block"),
    multiple("sqrbm.long.runs", "sqrbm.long.block"),
    known_names("sqrbm.long.datasets", "sqrbm.long.n"),
    Relation(("sqrbm.long.datasets", "datasets.quenches"), _shared_by_runs),
    Relation(("sqrbm.long.tempered", "datasets.quenches", "datasets.files"), _tempered_are_known),
    known_names("sqrbm.datasets", "sqrbm.n"),
    known_names("sqrbm.optimisers.datasets", "sqrbm.optimisers.n"),
    draws_fit("sqrbm.datasets", "sqrbm.runs"),
    draws_fit("sqrbm.datasets", "sqrbm.machines.runs"),
    draws_fit("sqrbm.optimisers.datasets", "sqrbm.optimisers.runs"),
)
