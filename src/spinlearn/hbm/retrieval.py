"""Retrieval of a pattern from a corrupted one by a trained Born machine (Zhong 2022, section V.A).

A pattern is a distribution over the visible strings, such as an image. Let psi_m be the machine's
state after m quenches, and p_m its distribution. A corrupted pattern is written into the amplitudes
of a state, m* is the m for which p_m is closest to it, and the state evolves under the learned
quenches m* + 1 to M. What is then measured is the retrieved pattern. The paper prints argmax of the
discrepancy for m*; as in its algorithm 1, argmin is meant. It states neither the phases of the
state nor its hidden part: `ENCODINGS` has several.

The map is unitary: |<phi|psi_m*>|^2 before is |<phi_M|psi_M>|^2 after. Since a measurement does not
lower a fidelity, F(retrieved, learned) is at least this overlap. It is at most F(corrupted, p_m*),
which the encoding "closest_state" reaches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from jaxtyping import Bool, Complex, Float, Int

from spinlearn import arguments
from spinlearn.hbm.choices import Corruption, Encoding, Kernel
from spinlearn.hbm.loss import MaximumMeanDiscrepancy
from spinlearn.hbm.machine import BornMachine
from spinlearn.hbm.training import replay
from spinlearn.pipeline.progress import track
from spinlearn.storage.hdf5 import Contents
from spinlearn.streams import rng as stream

CORRUPTIONS: tuple[Corruption, ...] = get_args(Corruption)
ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)

REPLACED = 0.25
"""Share of the pixels that the corruption "pixels" replaces."""

NOISE = 0.5
"""Largest noise that the corruption "noise" adds, relative to the pattern's largest value."""


def corrupted(
    pattern: Float[np.ndarray, " outcomes"], kind: Corruption, rng: np.random.Generator
) -> Float[np.ndarray, " outcomes"]:
    """A corrupted pattern, normalised.

    Args:
        pattern: the probability of each pixel of a square image, row by row.
        kind: "lower_half" or "right_half" sets half of the image to 0; "pixels" replaces the share
            `REPLACED` of the pixels, drawn at random, by values uniform in [0, largest value];
            "noise" adds values uniform in [0, `NOISE` x largest value]; "flat" is the flat image.
        rng: generator of pixels and values.

    Raises:
        InvalidArgumentError: if the pattern is no distribution over the pixels of a square image,
            or nothing of it is left.
    """
    arguments.one_of("kind", kind, CORRUPTIONS)
    pattern = arguments.distribution("pattern", pattern, (None,)).clip(0.0)
    side = 2 ** ((pattern.size.bit_length() - 1) // 2)
    if side * side != pattern.size:
        raise arguments.InvalidArgumentError(
            "pattern", f"{pattern.size} pixels are no square image"
        )
    image, largest = pattern.reshape(side, side).copy(), pattern.max()
    if kind == "lower_half":
        image[side // 2 :] = 0.0
    elif kind == "right_half":
        image[:, side // 2 :] = 0.0
    elif kind == "pixels":
        replaced = rng.choice(pattern.size, round(REPLACED * pattern.size), replace=False)
        image.flat[replaced] = rng.uniform(0.0, largest, replaced.size)
    elif kind == "noise":
        image += rng.uniform(0.0, NOISE * largest, image.shape)
    else:
        image[:] = 1.0
    if not image.any():
        raise arguments.InvalidArgumentError("pattern", f"nothing is left of it after {kind}")
    return image.ravel() / image.sum()


def encoded(
    machine: BornMachine,
    pattern: Float[np.ndarray, " outcomes"],
    kind: Encoding,
    closest: Complex[np.ndarray, " D"],
    rng: np.random.Generator,
) -> Complex[np.ndarray, " D"]:
    """A state of the machine whose distribution is a pattern.

    Args:
        machine: the machine.
        pattern: xi(z) over the visible strings.
        kind: "zero_phases": sqrt(xi(z)) |z>, hidden spins in |+>; "random_phases": the same with a
            random phase for each z; "closest_state": sqrt(xi(z)) times the normalised hidden part
            of `closest` at z, with its phase, and as "zero_phases" where `closest` has no weight;
            "plus": all spins in |+>, whatever the pattern, as a control.
        closest: the state psi_m*.
        rng: generator of the phases.
    """
    arguments.one_of("kind", kind, ENCODINGS)
    z = machine.outcomes
    plain = np.sqrt(pattern[z] / 2**machine.hidden).astype(complex)
    if kind == "zero_phases":
        return plain
    if kind == "random_phases":
        return plain * np.exp(2j * np.pi * rng.random(pattern.size))[z]
    if kind == "plus":
        return np.full(z.size, z.size**-0.5, dtype=complex)
    p = machine.distribution(closest)
    is_reached = p[z] > 0
    return np.where(is_reached, np.sqrt(pattern / np.where(p > 0, p, 1.0))[z] * closest, plain)


@dataclass(frozen=True, eq=False)
class Retrieval:
    """Patterns retrieved by one run.

    Attributes:
        learned: p_M.
        closest: m* of each corrupted pattern; 0 is the initial state.
        overlap_before: |<phi|psi_m*>|^2 of each corrupted pattern and encoding.
        overlap_after: |<phi_M|psi_M>|^2.
        retrieved: the pattern retrieved with each encoding.
    """

    learned: Float[np.ndarray, " outcomes"]
    closest: Int[np.ndarray, " patterns"]
    overlap_before: Float[np.ndarray, "patterns encodings"]
    overlap_after: Float[np.ndarray, "patterns encodings"]
    retrieved: Float[np.ndarray, "patterns encodings outcomes"]


def retrieve(
    machine: BornMachine,
    initial_state: Complex[np.ndarray, " D"],
    fields: Float[np.ndarray, "quenches L"],
    patterns: Float[np.ndarray, "patterns outcomes"],
    rng: np.random.Generator,
    *,
    drives: Float[np.ndarray, "quenches slices L axes"] | None = None,
    accepted: Bool[np.ndarray, " quenches"] | None = None,
    encodings: Sequence[Encoding] = ENCODINGS,
    kernel: Kernel = "hamming",
) -> Retrieval:
    """Retrieve patterns by the quenches of one run.

    Args:
        machine, initial_state, fields, drives, accepted: as for `spinlearn.hbm.training.replay`.
        patterns: corrupted patterns, one per row.
        rng: generator of random phases.
        encodings: how patterns are written into states; see `encoded`.
        kernel: distance in the kernel of the discrepancy that defines m*.

    Raises:
        InvalidArgumentError: if the state is not normalised, a pattern is no distribution over the
            visible strings, or a shape does not fit.
    """
    patterns = arguments.distribution("patterns", patterns, (None, 2**machine.visible)).clip(0.0)
    passed = replay(machine, initial_state, fields, drives, accepted)
    distributions = machine.distribution(passed)
    losses = [MaximumMeanDiscrepancy(pattern, kernel)(distributions) for pattern in patterns]
    closest = np.array(losses).argmin(axis=1)
    states = np.array(
        [
            encoded(machine, pattern, kind, passed[m], rng)
            for pattern, m in zip(patterns, closest, strict=True)
            for kind in encodings
        ]
    )
    begins = np.repeat(closest, len(encodings))
    before = _overlaps(states, passed[begins])
    for m, h in enumerate(fields):
        evolving = np.flatnonzero(begins <= m)
        if evolving.size and (accepted is None or accepted[m]):
            noise = None if drives is None else np.repeat(drives[m : m + 1], evolving.size, axis=0)
            alike = np.repeat(h[None], evolving.size, axis=0)
            states[evolving] = machine.quench(states[evolving], alike, noise)
    shape = (len(patterns), len(encodings))
    return Retrieval(
        learned=distributions[-1],
        closest=closest,
        overlap_before=before.reshape(shape),
        overlap_after=_overlaps(states, passed[-1:]).reshape(shape),
        retrieved=machine.distribution(states).reshape(*shape, -1),
    )


def retrieve_all(
    machine: BornMachine, learned: Mapping[str, Contents], patterns: Sequence[str], seed: int
) -> dict[str, np.ndarray]:
    """Retrieve every pattern, corrupted in every way and with every encoding, by every run.

    Corruption is drawn for each run and pattern, and is the same whatever a machine has learned.

    Args:
        machine: the machine that was trained.
        learned: runs by the data set that they learned, the same numbers of runs of each.
        patterns: the data sets among them that are patterns to corrupt.
        seed: root of the random streams.

    Returns:
        The datasets of `spinlearn.hbm.schemas.RETRIEVALS`.
    """
    targets = np.array([learned[name]["target_distribution"] for name in patterns])
    runs = next(iter(learned.values()))["run"]
    inputs = np.array([_all_corrupted(targets, patterns, seed, int(run)) for run in runs])
    found = [
        [
            _retrieve_by_run(
                machine, contents, row, inputs[row].reshape(-1, targets.shape[1]), seed
            )
            for row in range(len(runs))
        ]
        for contents in track(list(learned.values()), "retrieving", unit="data set")
    ]
    cases = (len(learned), len(runs), len(patterns), len(CORRUPTIONS))

    def joined(name: str, *last: int) -> np.ndarray:
        values = [[getattr(result, name) for result in row] for row in found]
        return np.array(values).reshape(*cases, *last)

    return {
        "run": runs,
        "pattern": targets,
        "corrupted": inputs,
        "last_distribution": np.array([[result.learned for result in row] for row in found]),
        "closest": joined("closest"),
        "overlap_before": joined("overlap_before", len(ENCODINGS)),
        "overlap_after": joined("overlap_after", len(ENCODINGS)),
        "retrieved": joined("retrieved", len(ENCODINGS), targets.shape[1]),
    }


def _all_corrupted(
    targets: Float[np.ndarray, "patterns outcomes"], names: Sequence[str], seed: int, run: int
) -> Float[np.ndarray, "patterns corruptions outcomes"]:
    return np.array(
        [
            [
                corrupted(
                    pattern, kind, stream(seed, "hbm", "corruption", kind=kind, name=name, run=run)
                )
                for kind in CORRUPTIONS
            ]
            for name, pattern in zip(names, targets, strict=True)
        ]
    )


def _retrieve_by_run(
    machine: BornMachine,
    contents: Contents,
    row: int,
    patterns: Float[np.ndarray, "patterns outcomes"],
    seed: int,
) -> Retrieval:
    run = int(contents["run"][row])
    return retrieve(
        machine,
        contents["initial_state"][row] @ np.array([1, 1j]),
        contents["fields"][row],
        patterns,
        stream(seed, "hbm", "phases", run=run),
        drives=contents["drives"][row] if "drives" in contents else None,
        accepted=contents["accepted"][row],
        kernel=contents.attributes["kernel"],
    )


def _overlaps(
    first: Complex[np.ndarray, "n D"], second: Complex[np.ndarray, "#n D"]
) -> Float[np.ndarray, " n"]:
    return np.asarray(np.abs((first.conj() * second).sum(axis=1)) ** 2)
