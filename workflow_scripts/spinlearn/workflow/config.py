"""The configuration: every knob, its unit, its meaning, its range and its default.

`load` turns the dictionary that Snakemake read into frozen models, or raises one `ConfigError` that
lists every fault: the key's path, the value, what is allowed, and the nearest known key for a
misspelt one. `json_schema` is what editors complete and check `config.yaml` with.
"""

import difflib
import json
import re
import textwrap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from math import comb
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.fields import FieldInfo

from spinlearn.workflow.errors import ConfigError

Boundary = Literal["ring", "open"]
Pauli = Literal["Z", "XZ", "XYZ"]


def knob(default: Any, meaning: str, unit: str = "1", **limits: Any) -> Any:
    """One leaf of the configuration: default, meaning, unit ("1" for a pure number), limits."""
    return Field(default=default, description=meaning, json_schema_extra={"unit": unit}, **limits)


EvenSize = Annotated[int, Field(ge=4, le=20, multiple_of=2)]
Strength = Annotated[float, Field(ge=0.0, le=100.0)]
Density = Annotated[float, Field(gt=0.0, lt=1.0)]
Positive = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """A part of the configuration: frozen, unknown keys refused, no type silently turned."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, validate_default=True, allow_inf_nan=False
    )


HUNDREDTHS = (
    "mbl.h",
    "mbl.level_statistics.h",
    "mbl.transition.h",
    "mbl.transition.energy_density",
    "gru.energy_density",
    "tfi.hx",
    "hbm.h",
)
"""Leaves whose values appear in file names with two decimals."""


class Windows(Section):
    """Windows of eigenstates, of which level_statistics and transition are made."""

    states: int = knob(
        50, "eigenstates nearest to an energy density in a window", "states", ge=3, le=2000
    )
    largest_fraction: float = knob(
        0.1, "fraction of the spectrum that a window of a short chain may take", gt=0.0, le=1.0
    )
    block: Positive = knob(50, "realisations in one file and one job", "realisations")
    solver: Literal["auto", "dense", "shift_invert", "polfed"] = knob(
        "auto", "how windows are found: see docs/eigensolvers.md"
    )
    tolerance: float = knob(
        1e-10, "largest residual of an eigenstate, or the window fails", "J", ge=1e-13, le=1e-4
    )


class LevelStatistics(Section):
    """Distribution of the gap ratio in the middle of the spectrum (P1 figure 10)."""

    L: tuple[EvenSize, ...] = knob((12,), "chain lengths", "sites", min_length=1)
    h: tuple[Strength, ...] = knob(
        (0.1, 0.5, 3.9), "disorder strengths, in spin-1/2 operators (P1)", "J", min_length=1
    )
    boundary: tuple[Boundary, ...] = knob(("ring", "open"), "boundary conditions", min_length=1)
    realisations: Positive = knob(
        200,
        "disorder realisations of each ensemble; a multiple of windows.block",
        "realisations",
    )
    bins: int = knob(25, "bins of the histogram of r on [0, 1]", "bins", ge=5, le=200)


class Transition(Section):
    """Entanglement scaling (P1 figure 11) and finite-size scaling of the transition."""

    L: tuple[EvenSize, ...] = knob((8, 10, 12, 14), "chain lengths", "sites", min_length=1)
    h: tuple[Strength, ...] = knob(
        (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0),
        "disorder strengths, in spin-1/2 operators (P1)",
        "J",
        min_length=1,
    )
    boundary: Boundary = knob("ring", "boundary condition")
    energy_density: tuple[Density, ...] = knob(
        (0.5,), "energy densities; figures show the one nearest to 0.5", min_length=1
    )
    realisations: Positive = knob(
        100,
        "disorder realisations for each L and h; a multiple of windows.block",
        "realisations",
    )
    resamples: int = knob(
        1000, "bootstrap resamples behind the errors of h_c and nu", "resamples", ge=20, le=100000
    )


class Mbl(Section):
    """Disorder, exact diagonalisation and indicators; P2's Pauli convention throughout."""

    L: tuple[EvenSize, ...] = knob((8, 10, 12), "chain lengths", "sites", min_length=1)
    h: tuple[Strength, ...] = knob(
        (1.0, 2.0, 3.0, 4.5, 6.0, 8.0, 11.0, 15.0),
        "disorder parameters: fields are uniform in [-h, h], Pauli matrices; "
        "twice the value of the spin-1/2 literature",
        "J",
        min_length=1,
    )
    train_realisations: Positive = knob(
        60, "realisations for each L and h in the train split; a multiple of block", "realisations"
    )
    test_realisations: Positive = knob(
        60, "realisations for each L and h in the test split; a multiple of block", "realisations"
    )
    block: Positive = knob(60, "realisations in one file and one job", "realisations")
    boundary: Boundary = knob("ring", "boundary condition of the chain")
    energy_density: tuple[Density, ...] = knob(
        tuple(round(0.05 * i, 2) for i in range(1, 20)),
        "energy densities (E - E_min)/(E_max - E_min) at which indicators are averaged",
        min_length=1,
    )
    states_per_window: int = knob(
        30, "eigenstates nearest to each energy density that are averaged", "states", ge=3, le=1000
    )
    entropy_normalisation: Literal["page", "page_sz0", "p2_code"] = knob(
        "page", "what divides the half-chain entropy when a network learns it or a figure shows it"
    )
    edge_resamples: int = knob(
        200,
        "bootstrap resamples behind the errors of the mobility edges",
        "resamples",
        ge=20,
        le=100000,
    )
    windows: Windows = Windows()
    level_statistics: LevelStatistics = LevelStatistics()
    transition: Transition = Transition()


class Gru(Section):
    """Recurrent network: disorder vector to indicators (P2)."""

    train_L: tuple[EvenSize, ...] = knob(
        (8, 10),
        "chain lengths that the networks learn from; the others of mbl.L test them",
        "sites",
        min_length=1,
    )
    energy_train_L: tuple[EvenSize, ...] = knob(
        (8, 10, 12),
        "chain lengths that the energy-resolved network learns from",
        "sites",
        min_length=1,
    )
    energy_density: Density = knob(
        0.5, "energy density of the networks that see only one: one of mbl.energy_density, to 0.01"
    )
    recipe: Literal["text", "code"] = knob(
        "text",
        "optimiser and loss: text (Adam, mean squared error) or code (SGD, summed squared error)",
    )
    features: Positive = knob(2, "hidden features of the GRU cell", "features")
    head: Positive = knob(10, "width of the fully connected layer", "units")
    epochs: Positive = knob(200, "passes through the training split", "epochs")
    transfer_epochs: Positive = knob(
        100, "passes when only a fresh head is trained on frozen features", "epochs"
    )
    batch_size: Positive = knob(64, "disorder vectors in one update", "samples")
    learning_rate: float = knob(5e-3, "step size of the optimiser", gt=0.0, le=1.0)
    transfer_learning_rate: float = knob(
        1e-2, "step size when only a fresh head is trained", gt=0.0, le=1.0
    )
    seeds: Positive = knob(
        5, "independently trained networks of each variant; a multiple of block", "networks"
    )
    block: Positive = knob(5, "networks in one file and one job", "networks")


class Tfi(Section):
    """Transverse-field Ising chain: DMRG ground states and POVM samples (P4)."""

    N: tuple[Annotated[int, Field(ge=2, le=256)], ...] = knob(
        (5, 16), "chain lengths, open boundaries", "sites", min_length=1
    )
    hx: tuple[Annotated[float, Field(ge=0.0, le=10.0)], ...] = knob(
        (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0),
        "transverse fields",
        "J",
        min_length=2,
    )
    longitudinal_field: float = knob(
        1e-5,
        "field along z that breaks the tie between the two ordered states",
        "J",
        ge=0.0,
        le=1.0,
    )
    bond_dimension: int = knob(25, "largest bond dimension of the DMRG", "states", ge=2, le=2000)
    max_sweeps: int = knob(30, "sweeps after which DMRG gives up", "sweeps", ge=2, le=1000)
    energy_tolerance: float = knob(
        1e-10, "change of the energy between sweeps at which DMRG stops", "J", gt=0.0, le=1e-2
    )
    samples: Positive = knob(
        40000, "POVM samples of each ground state; a multiple of shard", "samples"
    )
    shard: Positive = knob(40000, "samples in one file and one job", "samples")


class Vae(Section):
    """Conditional variational autoencoder on POVM outcomes (P4)."""

    N: tuple[Annotated[int, Field(ge=2, le=256)], ...] = knob(
        (5, 16), "chain lengths to learn, out of tfi.N", "sites", min_length=1
    )
    hidden: Positive = knob(128, "width of the two hidden layers of each network", "units")
    latent: int = knob(0, "latent variables; 0 takes one for each site", "variables", ge=0)
    epochs: Positive = knob(18, "passes through the samples of all fields", "epochs")
    batch_size: Positive = knob(1000, "samples in one update", "samples")
    learning_rate: float = knob(3e-3, "step size of Adam", gt=0.0, le=1.0)
    schedule: Literal["constant", "cosine"] = knob(
        "cosine", "how the step size falls during training; P4 keeps it constant"
    )
    samples: Positive = knob(20000, "samples drawn from the trained model at each field", "samples")
    mass_function_max_N: int = knob(
        6,
        "longest chain whose 4^N outcome probabilities are compared one by one",
        "sites",
        ge=2,
        le=8,
    )
    prior_samples: Positive = knob(
        20000,
        "latent vectors over which the decoder is averaged for outcome probabilities",
        "samples",
    )


class Hbm(Section):
    """Born machines trained by quenches (P1); spin-1/2 operators throughout."""

    tasks: tuple[Literal["digits", "parity"], ...] = knob(
        ("digits", "parity"), "target distributions to learn", min_length=1
    )
    models: tuple[Literal["hidden", "basic", "driven"], ...] = knob(
        ("hidden", "basic", "driven"), "machines to train", min_length=1
    )
    h: tuple[Strength, ...] = knob(
        (0.5, 2.0, 4.0, 8.0, 16.0), "disorder strengths of the quenches", "J", min_length=1
    )
    comparison_h: Strength = knob(
        8.0, "disorder strength at which the machines are compared; one of h", "J"
    )
    digit: int = knob(0, "digit whose mean image the comparison learns", ge=0, le=9)
    digits: tuple[Annotated[int, Field(ge=0, le=9)], ...] = knob(
        (0, 1, 2, 3, 4), "digits whose images figure 3 shows", min_length=1
    )
    visible: int = knob(
        6, "visible spins; even, for a square image", "sites", ge=2, le=12, multiple_of=2
    )
    hidden: int = knob(2, "hidden spins of the hidden machine", "sites", ge=1, le=6)
    boundary: Boundary = knob("ring", "boundary condition of the chain")
    quenches: Positive = knob(80, "quenches in one run", "quenches")
    candidates: Positive = knob(150, "disorder realisations tried in each quench", "realisations")
    quench_time: float = knob(10.0, "duration of one quench", "1/J", gt=0.0, le=1000.0)
    initial_state: Literal["plus", "neel", "random_product"] = knob(
        "plus", "state before the first quench"
    )
    runs: Positive = knob(8, "independent runs; a multiple of block", "runs")
    block: Positive = knob(8, "runs in one file and one job", "runs")
    drive_strength: float = knob(
        0.001, "D, strength of the white noise of the driven machine", "J", ge=0.0
    )
    drive_time: float = knob(
        1.0, "tau, time for which one value of the drive is held", "1/J", gt=0.0
    )
    kernel: Literal["hamming", "integer", "pixel"] = knob(
        "hamming", "distance in the kernel of the maximum mean discrepancy"
    )
    anderson: bool = knob(True, "also train without interaction (J_zz = 0) on the parity task")


class CrossFit(Section):
    """Members of one family of machines fitted by another: a test of P3's theorem 1."""

    n: int = knob(6, "visible units", "units", ge=2, le=10)
    targets: Positive = knob(8, "members of each family that are fitted", "machines")
    starts: Positive = knob(30, "initial parameters tried for each fit", "starts")
    iterations: Positive = knob(200, "steps of Fisher scoring in a fit", "steps")


class Sqrbm(Section):
    """Restricted Boltzmann machines, classical and semi-quantum (P3)."""

    datasets: tuple[Literal["bars", "random", "cardinality", "parity"], ...] = knob(
        ("bars", "random", "cardinality", "parity"), "target distributions", min_length=1
    )
    n: tuple[Annotated[int, Field(ge=4, le=14, multiple_of=2)], ...] = knob(
        (6, 8), "visible units", "units", min_length=1
    )
    m: tuple[Annotated[int, Field(ge=1, le=500)], ...] = knob(
        (1, 2, 3, 4, 6, 8, 12, 16), "hidden units", "units", min_length=1
    )
    paulis: tuple[Pauli, ...] = knob(
        ("Z", "XZ", "XYZ"),
        "Pauli operators on the hidden units; Z is the classical machine",
        min_length=1,
    )
    seeds: Positive = knob(20, "independent trainings; a multiple of block", "runs")
    block: Positive = knob(20, "trainings in one file and one job", "runs")
    iterations: Positive = knob(1000, "gradient steps", "steps")
    learning_rate: float = knob(0.1, "step size of AMSGRAD", gt=0.0, le=10.0)
    tvd_threshold: float = knob(
        0.2, "total variation distance that counts as learned", gt=0.0, lt=1.0
    )
    crossfit: CrossFit = CrossFit()


class Figures(Section):
    """How figures are drawn."""

    dpi: int = knob(160, "resolution of the PNG files", "dots/inch", ge=50, le=1200)


class Config(Section):
    """The whole configuration."""

    seed: int = knob(20261120, "root of all random streams", ge=0)
    mbl: Mbl = Mbl()
    gru: Gru = Gru()
    tfi: Tfi = Tfi()
    vae: Vae = Vae()
    hbm: Hbm = Hbm()
    sqrbm: Sqrbm = Sqrbm()
    figures: Figures = Figures()

    @model_validator(mode="after")
    def _relations_hold(self, info: ValidationInfo) -> "Config":
        if not (info.context or {}).get("leaves_only"):
            faults = list(broken_relations(self))
            if faults:
                raise ValueError("\n".join(faults))
        return self


# --- relations between leaves -----------------------------------------------------------------

Check = Callable[..., Iterator[str]]
_RELATIONS: list[tuple[tuple[str, ...], Check]] = []


def _relation(*paths: str) -> Callable[[Check], Check]:
    """Register a check on the values of some leaves; it yields a line for each fault."""

    def register(check: Check) -> Check:
        _RELATIONS.append((paths, check))
        return check

    return register


def _multiple(total: str, block: str) -> None:
    @_relation(total, block)
    def check(items: int, size: int) -> Iterator[str]:
        if items % size:
            yield f"{total}: must be a multiple of {block} = {size}, got {items}"


def _among(chosen: str, pool: str) -> None:
    @_relation(chosen, pool)
    def check(values: Any, known: tuple[Any, ...]) -> Iterator[str]:
        if not isinstance(values, tuple):
            if values not in known:
                yield f"{chosen}: must be one of {pool} = {list(known)}, got {values}"
        elif strangers := [value for value in values if value not in known]:
            yield f"{chosen}: {strangers} not among {pool} = {list(known)}"


_multiple("mbl.train_realisations", "mbl.block")
_multiple("mbl.test_realisations", "mbl.block")
_multiple("mbl.level_statistics.realisations", "mbl.windows.block")
_multiple("mbl.transition.realisations", "mbl.windows.block")
_multiple("gru.seeds", "gru.block")
_multiple("tfi.samples", "tfi.shard")
_multiple("hbm.runs", "hbm.block")
_multiple("sqrbm.seeds", "sqrbm.block")
_among("gru.train_L", "mbl.L")
_among("gru.energy_train_L", "mbl.L")
_among("gru.energy_density", "mbl.energy_density")
_among("vae.N", "tfi.N")
_among("hbm.comparison_h", "hbm.h")


@_relation("mbl.states_per_window", "mbl.L")
def _windows_fit(states: int, sizes: tuple[int, ...]) -> Iterator[str]:
    L = min(sizes)
    dimension = comb(L, L // 2)
    if states > dimension:
        yield (
            f"mbl.states_per_window: must be at most {dimension}, the number of states of the "
            f"smallest chain (L = {L}), got {states}"
        )


@_relation("hbm.drive_time", "hbm.quench_time")
def _drive_fits(drive: float, quench: float) -> Iterator[str]:
    if drive > quench:
        yield f"hbm.drive_time: must be at most hbm.quench_time = {quench}, got {drive}"


def _list_faults(path: str, value: Any) -> Iterator[str]:
    """Values of a list must not repeat, and those in file names have two decimals."""
    if isinstance(value, tuple) and len(set(value)) != len(value):
        yield f"{path}: values must not repeat, got {list(value)}"
    if path in HUNDREDTHS:
        for item in value if isinstance(value, tuple) else (value,):
            if abs(100 * item - round(100 * item)) > 1e-9:
                yield f"{path}: {item} has more than the two decimals that file names carry"


def broken_relations(config: Config, without: Collection[str] = ()) -> Iterator[str]:
    """Faults between leaves that are each legal.

    Args:
        config: the configuration.
        without: leaves to leave out of account, since their values are known to be wrong.
    """
    values = {path: leaf(config, path) for path in leaves() if path not in without}
    for path, value in values.items():
        yield from _list_faults(path, value)
    for paths, check in _RELATIONS:
        if all(path in values for path in paths):
            yield from check(*(values[path] for path in paths))


def leaf(config: Config, path: str) -> Any:
    """The value of a leaf, named by its dotted path."""
    found: Any = config
    for name in path.split("."):
        found = getattr(found, name)
    return found


# --- faults -----------------------------------------------------------------------------------


def _sections(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield name, info.annotation


def leaves(model: type[BaseModel] = Config, prefix: str = "") -> dict[str, FieldInfo]:
    """Every leaf key of the configuration, as a dotted path, with its field."""
    found: dict[str, FieldInfo] = {}
    nested = dict(_sections(model))
    for name, info in model.model_fields.items():
        if name in nested:
            found |= leaves(nested[name], f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = info
    return found


def _limits(metadata: list[Any]) -> str:
    symbols = (("ge", ">="), ("gt", ">"), ("le", "<="), ("lt", "<"), ("multiple_of", "multiple of"))
    return ", ".join(
        f"{symbol} {getattr(item, name)}"
        for item in metadata
        for name, symbol in symbols
        if getattr(item, name, None) is not None
    )


def _kind(annotation: Any, metadata: list[Any]) -> str:
    """What a leaf may be, in words: "a list of integers >= 4, multiple of 2"."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extra = get_args(annotation)
        nested = [item for info in extra for item in getattr(info, "metadata", [info])]
        return _kind(inner, [*nested, *metadata])
    if origin is tuple:
        inner = _kind(get_args(annotation)[0], [])
        least = next((item.min_length for item in metadata if hasattr(item, "min_length")), 0)
        return f"a list of {least} or more, each {inner}" if least else f"a list, each {inner}"
    if origin is Literal:
        return "one of " + ", ".join(str(value) for value in get_args(annotation))
    words = {int: "an integer", float: "a number", bool: "true or false", str: "a text"}
    limits = _limits(metadata)
    return words.get(annotation, str(annotation)) + (f" {limits}" if limits else "")


def allowed(info: FieldInfo) -> str:
    """What a leaf may be, in words, with its unit."""
    unit = (info.json_schema_extra or {}).get("unit", "1")  # type: ignore[union-attr]
    text = _kind(info.annotation, list(info.metadata))
    return f"{text}; unit: {unit}" if unit != "1" else text


def _nearest(path: str, known: Iterable[str]) -> str:
    """The key or section nearest to a misspelt one: among its siblings first, then anywhere."""
    parent, _, last = path.rpartition(".")
    everything: dict[str, str] = {}
    for key in known:
        parts = key.split(".")
        for length in range(1, len(parts) + 1):
            everything.setdefault(".".join(parts[:length]), parts[length - 1].lower())
    siblings = {key: name for key, name in everything.items() if key.rpartition(".")[0] == parent}
    for pool in (siblings, everything):
        match = difflib.get_close_matches(last.lower(), pool.values(), n=1, cutoff=0.6)
        if match:
            return next(key for key, name in pool.items() if name == match[0])
    return ""


def _show(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _fault(error: Mapping[str, Any], known: dict[str, FieldInfo]) -> list[str]:
    location = [str(part) for part in error["loc"]]
    path = ".".join(location)
    key = ".".join(part for part in location if not part.isdigit())
    if error["type"] == "extra_forbidden":
        if path in known:
            return [f"{path}: unknown key; sections are nested, not joined by dots"]
        near = _nearest(path, known)
        return [f"{path}: unknown key" + (f"; did you mean {near}?" if near else "")]
    shown = f"{path} = {_show(error['input'])}"
    if error["type"] == "finite_number":
        return [f"{shown}: must be finite"]
    if key in known:
        return [f"{shown}: must be {allowed(known[key])}"]
    inside = dict.fromkeys(
        name[len(path) + 1 :].partition(".")[0] for name in known if name.startswith(f"{path}.")
    )
    return [f"{shown}: must be a section with some of the keys {', '.join(inside)}, or be left out"]


def load(values: Mapping[str, Any]) -> Config:
    """The validated configuration.

    Args:
        values: nested dictionaries, as read from YAML.

    Raises:
        ConfigError: with one line for every fault found. Relations between leaves are looked at
            even where others are wrong.
    """
    known = leaves()
    faults: list[str] = []
    wrong: set[str] = set()
    sound: Mapping[str, Any] = values
    try:
        config = _validated(values)
    except ValidationError as error:
        # A list with a bad item is also reported as too short; the item's own line is enough.
        errors = error.errors()
        parents = {item["loc"][:-1] for item in errors}
        for item in errors:
            if item["type"] != "too_short" or item["loc"] not in parents:
                faults += _fault(item, known)
            location = [part for part in item["loc"] if isinstance(part, str)]
            sound = _without(sound, location)
            path = ".".join(location)
            wrong |= {leaf for leaf in known if leaf == path or leaf.startswith(f"{path}.")}
        config = _validated(sound)
    faults += broken_relations(config, wrong)
    if faults:
        raise ConfigError(sorted(set(faults), key=faults.index))
    return config


def _validated(values: Mapping[str, Any]) -> Config:
    """Every leaf by itself. JSON has no tuples, so lists serve; an integer serves as a float."""
    text = json.dumps(_numbers(values), default=str)
    return Config.model_validate_json(text, context={"leaves_only": True})


def _numbers(value: Any) -> Any:
    """Names as texts, -0.0 as 0.0, and as a number what PyYAML takes for a text, such as 1e-5.

    YAML 1.1 wants 1.0e-5; everyone else means a number.
    """
    if isinstance(value, Mapping):
        return {str(name): _numbers(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers(item) for item in value]
    if isinstance(value, str) and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+", value):
        return float(value)
    return value + 0.0 if isinstance(value, float) else value


def _without(values: Mapping[str, Any], location: Sequence[str]) -> Mapping[str, Any]:
    """Nested dictionaries less the entry at a path."""
    if not location or not isinstance(values, Mapping):
        return values
    first, *rest = location
    kept = {str(name): value for name, value in values.items()}
    if rest and isinstance(kept.get(first), Mapping):
        kept[first] = _without(kept[first], rest)
    else:
        kept.pop(first, None)
    return kept


def json_schema() -> str:
    """The JSON Schema of `config.yaml`, as text."""
    schema = Config.model_json_schema()
    schema["title"] = "spinlearn configuration"
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def _yaml_value(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_yaml_value(item) for item in value) + "]"
    if isinstance(value, float) and "e" in repr(value):
        return f"{value:.1e}"  # YAML 1.1 reads 1e-05 as a text
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _yaml_section(model: BaseModel, indent: str) -> Iterator[str]:
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, Section):
            yield ""
            yield from (f"{indent}# {line}" for line in _wrapped(type(value).__doc__ or "", indent))
            yield f"{indent}{name}:"
            yield from _yaml_section(value, indent + "  ")
        else:
            text = f"{info.description} ({allowed(info)})"
            yield from (f"{indent}# {line}" for line in _wrapped(text, indent))
            yield f"{indent}{name}: {_yaml_value(value)}"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, width=98 - len(indent), break_long_words=False)


DEFAULT_HEAD = """\
# yaml-language-server: $schema=docs/config.schema.json
# Every knob of the pipeline, at a size that two cores finish in minutes. Change a value
# and run snakemake again: only what depends on it is computed anew. Other sizes are
# overlays: snakemake --cores all --configfile presets/paper.yaml
"""


def config_yaml(config: Config, head: str) -> str:
    """The text of a configuration with every knob, its meaning above it; `load` reads it back."""
    return head + "\n".join(_yaml_section(config, "")) + "\n"


def default_yaml() -> str:
    """The text of `config.yaml`: every knob at its default."""
    return config_yaml(Config(), DEFAULT_HEAD)


def differences(old: Config, new: Config) -> dict[str, tuple[Any, Any]]:
    """Old and new value of each leaf that two configurations do not share."""
    pairs = {path: (leaf(old, path), leaf(new, path)) for path in leaves()}
    return {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}
