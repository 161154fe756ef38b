"""What presets/paper.yaml costs, rule by rule: jobs, core-hours, memory, storage.

    python benchmarks/paper_costs.py [--folder DIR] [--rules RULE ...]

One job per rule and size is run alone, on one thread, at the papers' sizes but with fewer
realisations, runs, iterations or samples. Processor time is taken to be proportional to these
counts, and 1.5 s are added for the start of each job. The sum over the jobs of the plan is printed
as a Markdown table, for docs/cluster.md. What a job does once is multiplied too, so the estimates
for short jobs are too long. Of HDF5 files only the arrays grow. Numbers of hidden units and
disorder strengths in between are interpolated.

Memory is what the rules ask for; beside it is the largest peak of the jobs that were run, with the
0.1 GB of this program. The peak of `vae_train` grows with its samples, which are fewer here. The
rules of `gru` are run on the papers' number of samples, with fewer epochs and repeats; the
indicators and windows that they read are random numbers. Chains and data sets of one size are
taken to cost the same; of the long strings of `sqrbm` those with tempered chains are run, which
cost more. Figures, the scorecard and the report are not run.
"""

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import yaml
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from spinlearn.config import Config
from spinlearn.mbl.schemas import INDICATORS, WINDOWS
from spinlearn.pipeline.alone import find_job
from spinlearn.pipeline.errors import HOME
from spinlearn.pipeline.job import all_paths
from spinlearn.pipeline.plan import Plan, PlannedJob, plan

PAPER = HOME / "presets/paper.yaml"
SHORT = {"quenches": 4, "runs": 25}
OFF: dict[str, Any] = {"datasets": []}
FEWER: dict[str, Any] = {
    "mbl": {
        "h": [2.0, 8.0],
        "train_realisations": 10,
        "test_realisations": 10,
        "block": 10,
        "windows": {"block": 2},
        "level_statistics": {"h": [3.9], "chains": ["ring"], "realisations": 2},
        "transition": {"h": [1.0, 8.0], "realisations": 2},
        "dynamics": {"chains": ["ring"], "h": [1.0, 5.0], "realisations": 16, "block": 16},
    },
    "tfi": {"hx": [0.5, 1.0], "samples": 20000, "block": 20000},
    "vae": {
        "recipes": {"efficient": {"epochs": 3}},
        "models": {"left_out": {"left_out_hx": [1.0]}, "samples_40000": {"samples": 20000}},
        "runs": 1,
        "block": 1,
    },
    "hbm": {
        "experiments": {
            "images": OFF,
            "comparison": OFF,
            "disorder": {"h": [0.5, 8.0, 24.0], **SHORT},
            "parity": {"h": [0.5, 8.0, 24.0], **SHORT},
            "optimisers": {"datasets": ["digits0"], **SHORT},
            "retrieval": SHORT,
            "quantum": OFF,
            "quantum_neel": OFF,
            "controls": {"datasets": ["digits0"], **SHORT},
            "history": {"datasets": ["digits0"], "h": [8.0], **SHORT},
            "sensitivity": {"datasets": ["digits0"], **SHORT},
        },
        "optimisation": {"budget": 1000, "runs": 4},
    },
    "sqrbm": {
        "datasets": ["bars"],
        "m": [1, 20, 90],
        "iterations": 8,
        "long": {
            "datasets": ["all_bars_and_stripes_4x16"],
            "hidden": {"Z": [8, 96], "XZ": [12, 36], "XYZ": [8, 24]},
            "runs": 1,
            "steps": 200,
            "annealing_chains": 10,
        },
    },
    "phases": {
        "ising": {"configurations": 100, "block": 100, "chains": 20},
        "supervised": {"runs": 1},
        "spectra": {"h": [1.0, 3.0, 8.0], "realisations": 4, "block": 4},
        "confusion": {"runs": 1, "z_samples": 400, "povm_samples": 5000},
    },
    "nqs": {
        "ground_states": {"runs": 2, "iterations": 20},
        "dynamics": {"longest_time": 0.1},
        "tomography": {"samples": [100, 400, 1600, 6400], "runs": 2},
    },
}
"""Each machine of the papers' experiments is in one that is left on."""

FEWER_EPOCHS: dict[str, Any] = {
    "gru": {
        "epochs": 1,
        "transfer_epochs": 2,
        "networks": {"energy": {"transfer_epochs": 2}},
        "learning_curve": {"repeats": 2},
    }
}
"""For the rules of `gru`: a fifteenth of the papers' epochs, a fifth of the repeats."""

Amount = Callable[[Config, Mapping[str, str]], float]
"""Of a configuration and a job's wildcards."""


def confused_samples(config: Config, source: str) -> int:
    """Samples of one size on which networks are confused, times trial values."""
    phases, fields = config.phases, len(config.tfi.hx)
    if source in ("ising", "shuffled"):
        return len(phases.ising.temperatures) ** 2 * phases.ising.configurations
    if source == "spectra":
        spectra = phases.spectra
        return len(spectra.h) ** 2 * spectra.realisations * spectra.states
    samples = phases.confusion.povm_samples if source == "povm" else phases.confusion.z_samples
    return fields**2 * samples


WORK: dict[str, Amount] = {
    "dataset": lambda c, w: 1,
    "mbl_disorder": lambda c, w: c.mbl.block,
    "mbl_indicators": lambda c, w: c.mbl.block,
    "mbl_windows": lambda c, w: c.mbl.windows.block,
    "mbl_dynamics": lambda c, w: c.mbl.dynamics.block,
    "gru_train": lambda c, w: c.gru.epochs,
    "gru_predict": lambda c, w: 1,
    "gru_baseline": lambda c, w: 1,
    "gru_symmetric": lambda c, w: 1,
    "gru_extrapolate": lambda c, w: 1,
    "gru_learning_curve": lambda c, w: c.gru.learning_curve.repeats,
    "tfi_ground_state": lambda c, w: 1,
    "tfi_povm": lambda c, w: c.tfi.block,
    "tfi_truncated": lambda c, w: len(c.tfi.hx),
    "vae_train": lambda c, w: len(c.tfi.hx) * c.tfi.samples * c.vae.recipes["efficient"].epochs,
    "vae_divergence": lambda c, w: len(c.tfi.hx) * c.vae.fresh_samples,
    "vae_observables": lambda c, w: len(c.tfi.hx) * c.vae.samples,
    "vae_mass_function": lambda c, w: len(c.tfi.hx) * c.vae.prior_samples,
    "vae_susceptibilities": lambda c, w: len(c.tfi.hx) * c.vae.samples,
    "vae_entropies": lambda c, w: len(c.tfi.hx),
    "hbm_train": lambda c, w: c.hbm.block * int(w["quenches"]) * int(w["candidates"]),
    "hbm_optimise": lambda c, w: c.hbm.optimisation.block * c.hbm.optimisation.budget,
    "hbm_retrieve": lambda c, w: c.hbm.experiments["retrieval"].runs * int(w["quenches"]),
    "sqrbm_train": lambda c, w: c.sqrbm.block * c.sqrbm.iterations,
    "sqrbm_crossfit": lambda c, w: 1,
    "sqrbm_machines": lambda c, w: 1,
    "sqrbm_long": lambda c, w: c.sqrbm.long.block * c.sqrbm.long.steps,
    "sqrbm_gradient_costs": lambda c, w: 1,
    "sqrbm_gradient_variance": lambda c, w: 1,
    "phases_ising": lambda c, w: c.phases.ising.block,
    "phases_supervised": lambda c, w: c.phases.ising.configurations * c.phases.supervised.runs,
    "phases_unsupervised": lambda c, w: c.phases.ising.configurations,
    "phases_spectra": lambda c, w: len(c.phases.spectra.h) * c.phases.spectra.block,
    "phases_z_samples": lambda c, w: len(c.tfi.hx) * c.phases.confusion.z_samples,
    "phases_confusion": lambda c, w: c.phases.confusion.runs * confused_samples(c, w["source"]),
    "sqrbm_optimisers": lambda c, w: c.sqrbm.optimisers.runs * c.sqrbm.iterations,
    "nqs_exact_states": lambda c, w: 1,
    "nqs_ground_states": lambda c, w: c.nqs.ground_states.runs * c.nqs.ground_states.iterations,
    "nqs_dynamics": lambda c, w: c.nqs.dynamics.longest_time / c.nqs.dynamics.step,
    "nqs_measurements": lambda c, w: c.nqs.tomography.block * max(c.nqs.tomography.samples),
    "nqs_tomography": lambda c, w: c.nqs.tomography.block * sum(c.nqs.tomography.samples),
}
"""What the processor time of a script's job is proportional to, apart from `SIZES`."""

STORED: dict[str, Amount] = {
    **WORK,
    "gru_train": lambda c, w: 1,
    "vae_train": lambda c, w: 1,
    "vae_observables": lambda c, w: len(c.tfi.hx),
    "vae_mass_function": lambda c, w: len(c.tfi.hx),
    "vae_susceptibilities": lambda c, w: len(c.tfi.hx),
    "vae_entropies": lambda c, w: len(c.tfi.hx),
    "hbm_train": lambda c, w: c.hbm.block * int(w["quenches"]),
    "hbm_optimise": lambda c, w: c.hbm.optimisation.block,
    "hbm_retrieve": lambda c, w: c.hbm.experiments["retrieval"].runs,
    "sqrbm_train": lambda c, w: c.sqrbm.block,
    "sqrbm_long": lambda c, w: c.sqrbm.long.block,
    "phases_confusion": lambda c, w: c.phases.confusion.runs,
    "sqrbm_optimisers": lambda c, w: c.sqrbm.optimisers.runs,
    "nqs_ground_states": lambda c, w: c.nqs.ground_states.runs,
    "nqs_dynamics": lambda c, w: c.nqs.dynamics.times,
    "nqs_tomography": lambda c, w: c.nqs.tomography.block * len(c.nqs.tomography.samples),
}
"""The same for the size of its files."""

GRU_RULES = {rule for rule in WORK if rule.startswith("gru_")}

START = 1.5
"""Processor seconds of starting Python and importing libraries, on average."""

SIZES = (
    *("L", "N", "n", "paulis", "variant", "decoder", "machine", "optimiser", "source", "ring"),
)
"""Wildcards that the cost of a job depends on; h and m are interpolated, others do not matter."""


@dataclass(frozen=True)
class Cost:
    """Of one job: processor seconds per unit of its work; in MB its peak memory, what it stores in
    arrays and tables per unit of `STORED`, and what HDF5 files take beside their arrays."""

    seconds: float
    memory: float
    stored: float
    frame: float


def script(job: PlannedJob) -> Path:
    """The script that runs the job; a rule may use that of another, and data sets share one."""
    entry = Path(job.entry)  # of a data set or figure, the name of its module
    return entry if entry.suffix == ".py" else HOME / f"workflow_scripts/{job.rule}.py"


def size(job: PlannedJob) -> tuple[str, ...]:
    """What jobs of equal cost have in common, apart from h and m."""
    wildcards = dict(job.wildcards)
    return (job.rule, *(f"{name}={wildcards[name]}" for name in SIZES if name in wildcards))


def along(job: PlannedJob) -> float:
    """The value of h or m, between which costs are interpolated."""
    wildcards = dict(job.wildcards)
    return float(wildcards.get("m" if "m" in wildcards else "h", 0.0))


def run_one(rule: str, wildcards: dict[str, str], path: Path, overlays: list[Path]) -> None:
    """Run one job in this process, in this folder, and print its cost."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:  # Snakemake takes memory
        job = other.submit(
            find_job, rule, wildcards, snakefile=HOME / "Snakefile", configfiles=overlays
        ).result()
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with threadpool_limits(1):
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)
        begin = time.process_time()
        module.main(job)
        seconds = time.process_time() - begin
    written = all_paths(job.output)
    whole = sum(path.stat().st_size for path in written) / 1e6
    frame = sum(frame_size(path) for path in written if path.suffix == ".h5") / 1e6
    # Not getrusage: a process that another one started begins with that one's peak.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    memory = int(status.split("VmHWM:")[1].split()[0]) / 1000  # of kB
    cost = Cost(seconds, memory, whole - frame, frame)
    print(json.dumps(asdict(cost)))


def frame_size(path: Path) -> int:
    """Bytes of an HDF5 file that are not in its arrays."""
    with h5py.File(path) as file:
        return path.stat().st_size - sum(item.id.get_storage_size() for item in file.values())


def measured(
    jobs: Iterable[PlannedJob], config: Config, folder: Path, overlays: list[Path]
) -> dict[tuple[str, ...], dict[float, Cost]]:
    """Cost of jobs of a configuration by their size and h or m; all are run, since others read
    their files."""
    found: dict[tuple[str, ...], dict[float, Cost]] = defaultdict(dict)
    for job in tqdm(list(jobs), unit=" job"):
        wildcards, path = dict(job.wildcards), script(job)
        order = json.dumps([job.rule, wildcards, str(path), list(map(str, overlays))])
        with open(folder / "costs.log", "a", encoding="utf-8") as log:
            done = subprocess.run(
                [sys.executable, __file__, "--one", order],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                check=False,
                env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
            )
        if done.returncode:
            log_text = (folder / "costs.log").read_text(encoding="utf-8")
            raise SystemExit(f"{log_text[-2000:]}\n{job.name} failed")
        cost = Cost(**json.loads(done.stdout.splitlines()[-1]))
        cost = replace(
            cost,
            seconds=cost.seconds / WORK[path.stem](config, wildcards),
            stored=cost.stored / STORED[path.stem](config, wildcards),
        )
        found[size(job)].setdefault(along(job), cost)
    return found


def invent_indicators(paths: Iterable[str], folder: Path, config: Config) -> None:
    """Write files of indicators that hold random numbers, at the sizes of a configuration."""
    rng = np.random.default_rng(0)
    for path in paths:
        match = re.search(r"/L(\d+)/h([\d.]+)/\w+/(?:e([\d.]+)/)?\d+\.h5$", path)
        assert match is not None, path
        R, L, h = config.mbl.block, int(match[1]), float(match[2])
        energies = [float(match[3])] if match[3] else list(config.mbl.energy_density)
        arrays = {
            dataset.name: rng.uniform(size=(R, len(energies)))
            for dataset in INDICATORS.datasets
            if dataset.dims == ("realisation", "energy_density")
        }
        arrays["fields"] = rng.uniform(-h, h, size=(R, L))
        arrays["energy_density"] = np.array(energies)
        arrays["extremal_energies"] = np.tile([-L, L], (R, 1))
        INDICATORS.write(
            folder / path,
            arrays,
            {
                **config.mbl.chains[config.mbl.chain].model_dump(),
                "chain": config.mbl.chain,
                "h": h,
                "states_per_window": 100,
            },
        )


def invent_windows(paths: Iterable[str], folder: Path, config: Config) -> None:
    """The same for files of windows."""
    rng = np.random.default_rng(0)
    for path in paths:
        match = re.search(r"/(\w+)/L(\d+)/h([\d.]+)/e([\d.]+)/\d+\.h5$", path)
        assert match is not None, path
        R, chain, L, h = config.mbl.windows.block, match[1], int(match[2]), float(match[3])
        shapes = {"site": (L,), "state": (config.mbl.windows.states,), "2": (2,)}
        others = {"certified": True, "first_level": 0, "solver": "dense", "matvecs": 0}
        arrays = {
            dataset.name: rng.uniform(size=(R, *shapes.get(dataset.dims[-1], ())))
            for dataset in WINDOWS.datasets
            if dataset.name not in others
        }
        arrays |= {name: np.full(R, value) for name, value in others.items()}
        WINDOWS.write(
            folder / path,
            arrays,
            {
                **config.mbl.chains[chain].model_dump(),
                "chain": chain,
                "h": h,
                "energy_density": float(match[4]),
            },
        )


def interpolated(costs: dict[float, Cost], at: float, name: str) -> float:
    """One quantity between the jobs that were measured, and beyond the last as there."""
    places = sorted(costs)
    return float(np.interp(at, places, [getattr(costs[place], name) for place in places]))


def table(
    costs: dict[tuple[str, ...], dict[float, Cost]], jobs: list[PlannedJob], paper: Config
) -> list[str]:
    """Lines of the Markdown table."""
    rows: dict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
    unknown: dict[str, int] = defaultdict(int)
    for job in jobs:
        if size(job) not in costs:
            unknown[job.rule] += 1
            continue
        rule, wildcards = script(job).stem, dict(job.wildcards)
        known, at = costs[size(job)], along(job)
        seconds = START + interpolated(known, at, "seconds") * WORK[rule](paper, wildcards)
        stored = interpolated(known, at, "stored") * STORED[rule](paper, wildcards)
        stored += interpolated(known, at, "frame")
        if rule == "sqrbm_train":  # its history in single precision, before compression
            steps = paper.sqrbm.iterations - FEWER["sqrbm"]["iterations"]
            stored += 4e-6 * paper.sqrbm.block * steps * len(paper.sqrbm.paulis)
        asked = float(job.resources["mem_mb"])
        peak = max(cost.memory for cost in known.values())
        rows[job.rule].append((seconds, asked, peak, stored))
    lines = [
        "| rule | jobs | mean job | longest job | core-hours | memory asked for | peak | storage |",
        "|---|---|---|---|---|---|---|---|",
    ]
    total = np.zeros(3)
    for rule, values in rows.items():
        seconds, asked, peak, stored = np.array(values).T
        total += (len(values), seconds.sum() / 3600, stored.sum() / 1000)
        lines.append(
            f"| `{rule}` | {len(values)} | {minutes(seconds.mean())} | {minutes(seconds.max())} | "
            f"{seconds.sum() / 3600:.1f} | {asked.max() / 1000:.1f} GB | "
            f"{peak.max() / 1000:.1f} GB | {stored.sum():.0f} MB |"
        )
    lines.append(
        f"| all of these | {total[0]:.0f} | {minutes(3600 * total[1] / total[0])} | | "
        f"{total[1]:.0f} | | | {total[2]:.1f} GB |"
    )
    if unknown:
        names = ", ".join(f"{count} of `{rule}`" for rule, count in sorted(unknown.items()))
        lines += ["", f"Not measured: {names}."]
    return lines


def minutes(seconds: float) -> str:
    """A time as people write it."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="where the smaller jobs' files go")
    parser.add_argument(
        "--rules", nargs="+", choices=sorted(WORK), metavar="RULE", help="only these rules"
    )
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        rule, wildcards, path, overlays = json.loads(options.one)
        run_one(rule, wildcards, Path(path), [Path(overlay) for overlay in overlays])
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).absolute()
        print("\n".join(costs_of_rules(set(options.rules or WORK), folder)))


def costs_of_rules(rules: set[str], folder: Path) -> list[str]:
    """Lines of the table of some rules; the smaller jobs' files go into the folder."""
    empty, networks = folder / "plan", folder / "networks"
    for each in (empty, networks):
        each.mkdir(parents=True, exist_ok=True)
    # Some rules: only their stages are planned.
    stages = {"datasets" if rule == "dataset" else rule.split("_")[0] for rule in rules}
    targets = [] if rules == set(WORK) else sorted(stages)

    def planned(overlays: list[Path]) -> Plan:
        return plan(targets, configfiles=overlays, directory=empty)

    overlay = written_overlay(folder / "fewer.yaml", FEWER)
    small = planned([PAPER, overlay])
    chosen = [job for job in small.jobs if script(job).stem in rules - GRU_RULES]
    costs = measured(chosen, small.config, folder, [PAPER, overlay])

    epochs = written_overlay(networks / "fewer.yaml", FEWER_EPOCHS)
    short = planned([PAPER, epochs])
    chosen = [job for job in short.jobs if script(job).stem in rules & GRU_RULES]
    read = sorted({path for job in chosen for path in job.inputs})
    invent_indicators([path for path in read if "/indicators/" in path], networks, short.config)
    invent_windows([path for path in read if "/windows/" in path], networks, short.config)
    costs |= measured(chosen, short.config, networks, [PAPER, epochs])

    paper = planned([PAPER])
    jobs = [job for job in paper.jobs if job.outputs]
    return table(costs, jobs, paper.config)


def written_overlay(path: Path, values: dict[str, Any]) -> Path:
    """The path, at which an overlay of the configuration now is."""
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
