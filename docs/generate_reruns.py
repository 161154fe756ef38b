"""Write docs/reruns.md: for every setting, which rules a change runs again.

Each setting of the smoke preset in turn is given another legal value, and the jobs that Snakemake
plans for both configurations, in an empty folder, are compared. Run by `make docs`. Tests compare
the page with this script, and with what Snakemake plans on finished results.
"""

import json
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from spinlearn.config import Config, load  # noqa: E402
from spinlearn.mbl.choices import DEFAULT_OBSERVABLES  # noqa: E402
from spinlearn.pipeline.errors import ConfigError  # noqa: E402
from spinlearn.pipeline.plan import PlannedJob, plan  # noqa: E402
from spinlearn.pipeline.settings import all_settings, value_of  # noqa: E402

PRESET = ROOT / "presets/smoke.yaml"

HEAD = """# What a changed value runs again

For every setting: which rules run when it changes, on finished results. `make docs` writes this
page from the jobs that Snakemake plans. Tests compare it with what Snakemake plans on finished
results when that setting alone is changed, and with what the scripts compute: each job in the
second column is run with the new value, and its result must differ, or the last column says why
not.

- *Repeated*: finished jobs of these rules run again, since a setting of theirs changed.
- *New*: jobs that were not there before. Finished ones are not touched.
- *Followed by*: rules that read the results of these jobs, directly or indirectly. If a value is
  removed, only these rules run, and the files of the value are kept. If it is put back, only these
  rules run again.

Settings that name files of your own (OWN) have no row: a new name adds jobs, and a file with
other content repeats the jobs that read it; see [own_data.md](own_data.md).

In addition, every change runs `report`, since it shows the configuration, and every figure that is
made again runs `scorecard`. For lists a value is added, or removed if none can be added. The sizes
are those of `presets/smoke.yaml`; the rules are the same at every size.

Code and packages are inputs too: see [concepts](concepts.md#what-makes-a-job-run-again).
`make why` says for your results which jobs would run, and why.
"""


def chains(path: str, name: str) -> dict[str, dict[str, Any]]:
    """The chains of a setting as they are, but for the coupling J_zz of one of them."""
    present = {key: chain.model_dump() for key, chain in value_of(Config(), path).items()}
    return {**present, name: {**present[name], "J_zz": 0.5}}


NOTES = {
    "mbl.windows.tolerance": "no change if all residuals are below both tolerances",
    "mbl.windows.largest_fraction": "no change for windows that it does not limit",
    "mbl.windows.solver": "equal within the tolerance",
    "mbl.narrow_windows.largest_shift": "no change if no window lies between the two limits",
    "mbl.narrow_windows.largest_width": "no change if no window lies between the two limits",
    "tfi.bond_dimension": "no change for states that need a smaller bond dimension",
    "tfi.max_sweeps": "no change if DMRG converges in fewer sweeps",
    "tfi.energy_tolerance": "no change if the last sweep meets both tolerances",
    "mbl.edge_resamples": "no change without a mobility edge, as at this size",
    "phases.supervised.disordered_above": "no change if no temperature lies between the two limits",
    "phases.networks.weight_decay": (
        "no change of `phases_confusion` if no sample is judged otherwise"
    ),
    "datasets.leaderboard.starts": "no change if no further starting point is better",
    "hbm.leaderboard.h": "no change if no field reaches either limit",
    "hbm.localised_h": "figure 5 takes the nearest strength that was run",
    "sqrbm.patience": "no change if no run stops early",
    "sqrbm.tolerance": "no change without `sqrbm.patience`",
    "nqs.ground_states.drift": "no change if no run lies between the two limits",
    "nqs.ground_states.v_score": "no change if no run lies between the two limits",
    "nqs.tomography.iterations": "no change if all trainings stop early",
    "nqs.tomography.patience": "no change if no training stops early",
    "vae.N": "files of a chain that is removed are kept",
}
"""Settings whose change may leave a result unchanged, and when; their jobs run again anyway."""

BESIDES = {
    "datasets.block": "for data sets with a draw per run; the draws do not change",
    "datasets.samples": "if a model learns from samples",
    "datasets.tfi_hx": "if a model learns `tfi` or `tfi_samples`",
    "datasets.eigenstate.chain": "if a model learns `eigenstate`",
    "datasets.eigenstate.h": "if a model learns `eigenstate`",
    "datasets.eigenstate.energy_density": "if a model learns `eigenstate`",
    "datasets.leaderboard.block": "the same runs in other files: the figure does not change",
    "hbm.block": "the same runs in other files: the figures do not change",
    "sqrbm.block": "the same runs in other files: the figures do not change",
    "sqrbm.long.block": "the same runs in other files: the figures do not change",
    "sqrbm.m": "a job trains the machines of all m up to 16: the others again, with equal results",
    "sqrbm.paulis": "a job trains the machines of all sets: the others again, with equal results",
    "nqs.tomography.block": "the same runs in other files: the figures do not change",
    "nqs.tomography.samples": "results for the other numbers of samples do not change",
    "mbl.block": "other disorder: each block has one random stream",
    "mbl.windows.block": "other disorder: each block has one random stream",
    "tfi.block": "other samples: each block has one random stream",
    "phases.ising.block": "other configurations: each block has its own random streams",
    "phases.spectra.block": "other disorder: each block has its own random streams",
    "mbl.chains": "here J_zz of `default`: results of that chain alone",
    "hbm.machines": "the runs of this machine, in every experiment",
    "gru.networks": "here the features of `scratch`: results of this network alone",
    "hbm.experiments": "runs are added; other `h`, sizes, machines or data sets lie beside the old",
    "datasets.quenches": "here J_zz of `quench`: results of that data set alone",
    "mbl.energy_density": (
        "`gru_train` only of networks with the energy density, which use all of them; the others "
        "are only tested again (`gru_predict`, figures), with the same results"
    ),
    "mbl.observables": (
        "`gru_train` only of networks with the energy density, which read the files of the whole "
        "grid; the others are only tested again, with the same results"
    ),
    "mbl.narrow_windows.largest_fraction": (
        "`gru_train` only of networks with the energy density; the networks, and all figures but "
        "`indicator_maps`, are made again with the same results"
    ),
    "mbl.entropy_normalisation": "not `gru_train` of network `scratch`, which learns no entropies",
}
"""Explanations of other rows."""

EXAMPLES: dict[str, Any] = {
    "mbl.chain": "weak",
    "mbl.chains": chains("mbl.chains", "default"),
    "mbl.narrow_windows.largest_fraction": 0.3,
    "mbl.transition.chain": "open",
    "mbl.observables": (*DEFAULT_OBSERVABLES, "schmidt_gap"),
    "mbl.level_statistics.chains": ("ring", "open"),
    "datasets.eigenstate.chain": "open",
    "datasets.quenches": chains("datasets.quenches", "quench"),
    "datasets.leaderboard.parameters_per_bit": 8,
    "datasets.leaderboard.datasets": ("bars_and_stripes", "parity", "digits0"),
    "hbm.leaderboard.budget": 320,
    "hbm.leaderboard.machine": "anderson",
    "hbm.machines": {"anderson": {"J_zz": 0.5}},
    "hbm.experiments": {"parity": {"runs": 4}},
    "gru.batch_size": 3,
    "gru.networks": {"scratch": {"features": 3}},
    "gru.further_indicators": ("number_entropy",),
    "tfi.longitudinal_field": 1e-3,
    "tfi.noise": 0.05,
    "vae.figure_model": "left_out",
    "vae.mass_function_max_N": 6,
    "vae.models": {"factorised": {"hidden": 20}},
    "vae.recipe": "one_pass",
    "vae.recipes": {"efficient": {"epochs": 11}},
    "sqrbm.datasets": ("bars", "parity", "random"),
    "sqrbm.crossfit.cases": ((5, 1), (6, 1)),
    "sqrbm.long.datasets": ("bars", "parity", "digits_pixels"),
    "sqrbm.long.hidden.XZ": (2,),
    "sqrbm.long.n": (4, 6, 64),
    "sqrbm.long.tempered": ("bars", "digits_pixels"),
    "sqrbm.optimisers.datasets": ("bars", "parity"),
    "phases.spectra.chain": "open",
    "nqs.dynamics.h": (2.0, 1.5),
    "nqs.dynamics.J_z": (1.0, 1.5),
}
"""New values that show more than the nearest one."""


OWN_FILES = (
    "mbl.fields_files",
    "gru.fields",
    "tfi.outcomes_files",
    "datasets.files",
    "datasets.mnist_folder",
)
"""Settings that name files of the user's own, which this page has no example of."""


@dataclass(frozen=True)
class Effect:
    """What a changed setting does to the plan; rules, sorted."""

    repeated: tuple[str, ...]
    added: tuple[str, ...]
    followed: tuple[str, ...]


def effect(before: list[PlannedJob], after: list[PlannedJob]) -> Effect:
    """Compare the jobs of two configurations; `after` in an order in which data flow."""
    old = {job.name: job for job in before}
    touched: set[str] = set()
    kinds: dict[str, set[str]] = {"repeated": set(), "added": set(), "followed": set()}
    for job in after:
        known = old.get(job.name)
        if not job.outputs:
            continue
        if known is None or not set(job.outputs) <= set(known.outputs):
            kind = "added"  # also a job that writes a further file
        elif known.settings != job.settings or known.code != job.code:
            kind = "repeated"
        elif set(known.inputs) != set(job.inputs) or not touched.isdisjoint(job.inputs):
            kind = "followed"
        else:
            continue
        kinds[kind].add(job.rule)
        touched.update(job.outputs)
    return Effect(**{kind: tuple(sorted(rules)) for kind, rules in kinds.items()})


def _numbers(value: float) -> Iterator[float]:
    if isinstance(value, int):
        yield from (value + 1, value + 2, value - 1, value - 2, 2 * value, value // 2)
    else:
        yield from (float(f"{factor * value:.3g}") for factor in (1.1, 0.5, 2.0, 0.1, 0.9))
        yield from (0.25, 0.5, 0.75)


def _candidates(annotation: Any, value: Any) -> Iterator[Any]:
    """Other values of a setting, those that add to a list first; not all of them are legal."""
    if isinstance(value, tuple):
        inner = get_args(annotation)[0]
        found = dict.fromkeys(
            other for item in reversed(value) for other in _candidates(inner, item)
        )
        yield from ((*value, other) for other in found if other not in value)
        yield value[:-1]
    elif isinstance(value, Mapping):
        return
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, str):
        yield from (option for option in get_args(annotation) if option != value)
    else:
        yield from _numbers(value)


def nested(path: str, value: Any) -> dict[str, Any]:
    """A setting as an overlay of the configuration."""
    for name in reversed(path.split(".")):
        value = {name: list(value) if isinstance(value, tuple) else value}
    return value


def _laid_over(values: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(values)
    for name, value in other.items():
        inside = merged.get(name)
        if isinstance(value, Mapping) and isinstance(inside, Mapping):
            merged[name] = _laid_over(inside, value)
        else:
            merged[name] = value
    return merged


def smoke_values() -> dict[str, Any]:
    """The smoke preset as nested dictionaries."""
    return yaml.safe_load(PRESET.read_text(encoding="utf-8"))


def another_value(path: str, values: Mapping[str, Any]) -> Any:
    """A legal value of a setting that differs from its present one, all others unchanged."""
    config = load(values)
    annotation, present = all_settings(Config)[path].annotation, value_of(config, path)
    examples = [EXAMPLES[path]] if path in EXAMPLES else []
    for candidate in (*examples, *_candidates(annotation, present)):
        try:
            changed = value_of(load(_laid_over(values, nested(path, candidate))), path)
        except ConfigError:
            continue
        if changed != present:
            return candidate
    raise LookupError(f"{path}: no other legal value beside {present} was found")


def changes() -> dict[str, tuple[Any, Any]]:
    """Present and other value of every setting, on the smoke preset."""
    values = smoke_values()
    config = load(values)
    return {
        path: (value_of(config, path), another_value(path, values))
        for path in all_settings(Config)
        if path not in OWN_FILES
    }


def effects() -> dict[str, Effect]:
    """What each setting's change does, on the smoke preset."""
    with tempfile.TemporaryDirectory() as folder:
        options: dict[str, Any] = {"configfiles": [PRESET], "directory": Path(folder)}
        before = plan(**options).jobs
        return {
            path: effect(before, plan(**options, values=nested(path, other)).jobs)
            for path, (_, other) in changes().items()
        }


def _rules(names: tuple[str, ...], families: Mapping[str, Collection[str]]) -> str:
    """A short list of rules, with the figures of a family together."""
    left = {name for name in names if name not in ("report", "scorecard")}
    shown = [f"`{name}`" for name in sorted(left) if not name.startswith("figure_")]
    for family, members in families.items():
        chosen = {name.removeprefix(f"{family}_") for name in left & set(members)}
        if len(chosen) == len(members) > 1:
            shown.append(f"all `{family}_*`")
        elif chosen:
            ordered = sorted(chosen, key=lambda name: (len(name), name))
            shown.append(", ".join([f"`{family}_{ordered[0]}`", *(f"`_{x}`" for x in ordered[1:])]))
    return ", ".join(shown) or "—"


def _shown(value: Any) -> str:
    return json.dumps(value) if not isinstance(value, str) else value


def _change(old: Any, new: Any) -> str:
    """Old and new value; of chains, only what differs."""
    if not isinstance(old, Mapping):
        return f"{_shown(old)} → {_shown(new)}"
    changed = (
        f"{name}.{key}: {_shown(getattr(old[name], key))} → {_shown(value)}"
        for name, chain in new.items()
        for key, value in chain.items()
        if value != getattr(old[name], key)
    )
    return ", ".join(changed)


def figure_families() -> dict[str, set[str]]:
    """The rules of each family of figures, such as `figure_gresch2022`."""
    families: dict[str, set[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for job in plan(["figures"], configfiles=[PRESET], directory=Path(folder)).jobs:
            if job.rule.startswith("figure_"):
                families.setdefault("_".join(job.rule.split("_")[:2]), set()).add(job.rule)
    return dict(sorted(families.items()))


def page(found: Mapping[str, Effect] | None = None) -> str:
    """The text of docs/reruns.md; `found` are the effects, if they are known already."""
    found, values, figures = found or effects(), changes(), figure_families()
    lines = [HEAD.replace("OWN", ", ".join(f"`{path}`" for path in OWN_FILES))]
    sections: dict[str, list[str]] = {}
    for path in values:
        sections.setdefault(path.split(".")[0] if "." in path else "", []).append(path)
    for section, paths in sections.items():
        lines += [
            f"## {section or 'General'}",
            "",
            "| setting | e.g. | repeated | new | followed by | note |",
            "|---|---|---|---|---|---|",
        ]
        for path in paths:
            old, new = values[path]
            row = found[path]
            cells = [
                f"`{path}`",
                _change(old, new),
                _rules(row.repeated, figures),
                _rules(row.added, figures),
                _rules(row.followed, figures),
                {**NOTES, **BESIDES}.get(path, ""),
            ]
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    (ROOT / "docs/reruns.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
