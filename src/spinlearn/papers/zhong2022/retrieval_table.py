"""Retrieved patterns as tables: fidelities of every case over runs, and images of a run."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.learning.distributions import classical_fidelity
from spinlearn.papers.zhong2022.common import spread
from spinlearn.spins.chain_text import chain_text_with_operators
from spinlearn.storage.hdf5 import Contents

HALVES = ("lower_half", "right_half")
FIRST, SECOND, BOTH = "digit 0", "digit 1", "digits 0 and 1"
"""The patterns, and both superposed; in words, since readers of CSV take 01 for the number 1."""

IMAGE_CASES = ((FIRST, FIRST), (BOTH, FIRST), (BOTH, SECOND))
"""What the machine has learned, and the pattern that is corrupted (Zhong 2022, figure 6)."""

Cases = Float[np.ndarray, "learned runs patterns corruptions encodings"]


def retrieval_table(contents: Contents) -> pd.DataFrame:
    """Fidelities and images of one machine at one strength; see `figure6.table`."""
    about = contents.attributes
    names = {
        "learned": [_digits(name) for name in about["learned"]],
        "pattern": [_digits(name) for name in about["patterns"]],
        "corruption": list(about["corruptions"]),
        "encoding": list(about["encodings"]),
    }
    shared = {
        "dataset": about["patterns"][0],
        **{name: about[name] for name in ("source", "machine")},
        **{name: int(about[name]) for name in ("visible", "hidden", "quenches", "candidates")},
        "h": float(about["h"]),
        "runs": len(contents["run"]),
        "initial_state": about["initial_state_kind"],
        "system": chain_text_with_operators(about),
    }
    found = _quantities(contents, names)
    rows = [*_fidelity_rows(found, names), *_image_rows(contents, found["own"], names)]
    return pd.DataFrame(rows).assign(**shared)


def _digits(name: str) -> str:
    """What a data set shows, from its name.

    >>> _digits("digits01"), _digits("mnist1")
    ('digits 0 and 1', 'digit 1')
    """
    digits = name.lstrip("abcdefghijklmnopqrstuvwxyz")
    return f"digit{'s' * (len(digits) > 1)} {' and '.join(digits)}"


def _quantities(contents: Contents, names: dict[str, list[str]]) -> dict[str, Cases]:
    """What is averaged over runs, by name; see `figure6.table`.

    Differences are taken in each run: both sides share its corrupted patterns, or its quenches.
    """
    pattern = contents["pattern"][:, None, None]
    retrieved, inputs = contents["retrieved"], contents["corrupted"][:, :, :, None]
    own = classical_fidelity(retrieved, pattern)
    other = classical_fidelity(retrieved, pattern[::-1])
    input_own = np.broadcast_to(classical_fidelity(inputs, pattern), own.shape)
    input_other = np.broadcast_to(classical_fidelity(inputs, pattern[::-1]), own.shape)
    plus = own[..., [names["encoding"].index("plus")]]
    opposite = [names["learned"].index(name) for name in names["pattern"][::-1]]
    other_machine = np.stack([own[m, :, p] for p, m in enumerate(opposite)], axis=1)
    flat = classical_fidelity(np.full(pattern.shape[-1], 1 / pattern.shape[-1]), pattern)
    return {
        "own": own,
        "input_own": input_own,
        "gain": own - input_own,
        "above_flat": own - flat,
        "above_plus": own - plus,
        "above_other_machine": own - other_machine,
        "selectivity": own - other,
        "input_selectivity": input_own - input_other,
        "added_selectivity": own - other - input_own + input_other,
        "overlap": contents["overlap_before"],
        "closest": np.broadcast_to(contents["closest"][..., None].astype(float), own.shape),
    }


def _fidelity_rows(found: dict[str, Cases], names: dict[str, list[str]]) -> Iterator[dict]:
    """Means over runs of every case; pattern "both" and corruption "half" average in each run."""
    halves = [names["corruption"].index(name) for name in HALVES]
    patterns, corruptions = [*names["pattern"], "both"], [*names["corruption"], "half"]
    columns: dict[str, np.ndarray] = {}
    for name, values in found.items():
        wide = np.concatenate([values, values.mean(axis=2, keepdims=True)], axis=2)
        half = wide[:, :, :, halves].mean(axis=3, keepdims=True)
        over_runs = np.moveaxis(np.concatenate([wide, half], axis=3), 1, 0)
        statistics = spread(over_runs.reshape(len(over_runs), -1))
        columns |= {name: statistics["mean"], f"{name}_error": statistics["error"]}
    index = pd.MultiIndex.from_product(
        [names["learned"], patterns, corruptions, names["encoding"]],
        names=["learned", "pattern", "corruption", "encoding"],
    )
    cases = pd.DataFrame(columns, index=index).reset_index()
    yield from cases.assign(part="fidelity").to_dict("records")


def _image_rows(
    contents: Contents, own: Cases, names: dict[str, list[str]], corruption: str = "lower_half"
) -> Iterator[dict]:
    """Pixels of the run with the median fidelity of the pattern retrieved with zero phases."""
    c, plain = names["corruption"].index(corruption), names["encoding"].index("zero_phases")
    side = 2 ** (int(contents.attributes["visible"]) // 2)
    for learned, pattern in IMAGE_CASES:
        machine, p = names["learned"].index(learned), names["pattern"].index(pattern)
        order = np.argsort(own[machine, :, p, c, plain])
        run = order[(len(order) - 1) // 2]
        opposite = names["learned"].index(names["pattern"][1 - p])
        retrieved = contents["retrieved"][:, run, p, c]
        images = {
            "pattern": contents["pattern"][p],
            "learned": contents["last_distribution"][machine, run],
            "corrupted": contents["corrupted"][run, p, c],
            **{name: retrieved[machine, e] for e, name in enumerate(names["encoding"])},
            "other_machine": retrieved[opposite, plain],
        }
        about: dict[str, Any] = {"learned": learned, "pattern": pattern, "corruption": corruption}
        for image, pixels in images.items():
            about["own"] = float(classical_fidelity(pixels, contents["pattern"][p]))
            for index, probability in enumerate(pixels):
                at = dict(zip(("row", "column"), divmod(index, side), strict=True))
                yield {
                    "part": "image",
                    "image": image,
                    "run": int(contents["run"][run]),
                    **about,
                    **at,
                    "probability": probability,
                }
