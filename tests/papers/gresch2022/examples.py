"""Shared by the tests of the figures of Gresch 2022: files of predictions, tables, checks."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from spinlearn.gru.data import Realisations, pad
from spinlearn.gru.evaluation import Prediction, prediction_arrays
from spinlearn.gru.schemas import INDICATORS, PREDICTIONS
from spinlearn.papers.output import claims_table

GRID = np.array([0.25, 0.5])
SIZES, STRENGTHS, COUNT = (6, 8), (2.0, 5.0), 12
SETTINGS = {"energy_density": 0.5, "seed": 0, "dpi": 150}
"""As the rule of a figure gives them: with the resolution of the picture."""

ON_TABLES = {"system": "ring", "train_L": "8, 10", "runs": 100}
ON_TABLES |= {"train_realisations": 40, "test_realisations": 20}
"""Sizes behind tables, unless a test states others."""

ATTRIBUTES = {
    "variant": "multitask",
    "indicators": list(INDICATORS),
    "system": "ring",
    "disorder": "uniform",
    "train_L": [6],
    "train_realisations": 40,
    "recipe": "paper",
    "entropy_normalisation": "page",
    "parameters": {"epochs": 5},
    "training_code_digest": "0123456789abcdef",
}


def realisations(strengths=STRENGTHS, further=()):
    """Random disorder and targets of L = 6, 8; those of an (L, h) depend on L and h only.

    Further indicators come after the paper's, and leave these as they are.
    """
    names = (*INDICATORS, *further)
    fields, targets = [], []
    for L in SIZES:
        for h in strengths:
            rng = np.random.default_rng([L, int(h)])
            fields.append(rng.uniform(-h, h, (COUNT, L)))
            paper = rng.uniform(size=(COUNT, len(GRID), 3))
            more = rng.uniform(size=(COUNT, len(GRID), len(further)))
            targets.append(np.concatenate([paper, more], axis=-1))
    L = np.repeat(SIZES, COUNT * len(strengths))
    h = np.tile(np.repeat(strengths, COUNT), len(SIZES))
    return Realisations(pad(fields), L, h, GRID, np.concatenate(targets), names)


def noisy(target, run):
    """A prediction that is off by a random number per target and run."""
    return target + 0.1 * np.sin(1e6 * target + run)


def predictions_file(
    path: Path, predict=noisy, runs=(0, 1), data: Realisations | None = None, **attributes
) -> Path:
    """A file of what runs predict: `predict(target, run)`."""
    data = data or realisations()
    flat = data.targets.reshape(-1, len(data.indicators))
    prediction = np.stack([predict(flat, run) for run in runs])
    features = np.zeros((len(runs), len(flat), 2))
    arrays = prediction_arrays(data, Prediction(prediction, features), runs)
    about = {**ATTRIBUTES, "indicators": list(data.indicators), **attributes}
    PREDICTIONS.write(path, arrays, about)
    return path


def files(*predictions: Path, **named: list[Path]) -> SimpleNamespace:
    """Inputs of a figure."""
    return SimpleNamespace(**{"predictions": list(predictions), "baselines": [], **named})


BASELINE_SCORES = {"mean": 0.48, "deviation": 0.5, "regression": 0.55}
"""R^2_norm of each baseline in tables, everywhere."""


def score_table(by_indicator, error=0.02, spread=0.01, held_out=(12,), variant="multitask", h=None):
    """A table of R^2_norm; a number, or a function of L and h, for each indicator.

    The gains over baselines are those over `BASELINE_SCORES`, with half of the error.
    """
    rows = []
    for indicator, value in by_indicator.items():
        for L in (8, 10, 12):
            for strength in h or (1.0, 3.0, 6.0, 12.0):
                score = value(L, strength) if callable(value) else value
                gains = {}
                for name, baseline in BASELINE_SCORES.items():
                    gains[f"gain_over_{name}"] = score - baseline
                    gains[f"gain_over_{name}_error"] = error / 2
                rows.append(
                    {
                        "variant": variant,
                        "indicator": indicator,
                        "L": L,
                        "h": strength,
                        "energy_density": 0.5,
                        "r2_norm": score,
                        **gains,
                        "run_spread": spread,
                        "sampling_error": error,
                        "error": error,
                        "held_out": L in held_out,
                        **ON_TABLES,
                    }
                )
    return pd.DataFrame(rows)


def verdicts_of(claims):
    """Verdict of each claim; the claims must fit the scorecard."""
    paper, figure, _ = claims[0]["key"].split(".")
    claims_table(claims, f"{paper}.{figure}.")
    assert all(claim["paper"] == "gresch2022" and claim["scale"] for claim in claims)
    assert all(claim["origin"] == "paper" for claim in claims)
    assert all(claim["key"].startswith("gresch2022.figure") for claim in claims)
    return [claim["verdict"] for claim in claims]


def heights(line):
    """The y values of a line."""
    return np.asarray(line.get_ydata(), dtype=float)


def check_saves(figure, folder):
    """A figure can be drawn to a file."""
    path = folder / "figure.png"
    figure.savefig(path, dpi=60)
    assert path.stat().st_size > 5000
