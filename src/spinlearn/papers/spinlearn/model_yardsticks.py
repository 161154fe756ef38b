"""How far models of POVM outcomes are from the ground states, in one table for all models."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from spinlearn.tfi.schemas import TRUNCATED
from spinlearn.vae.runs import over_runs
from spinlearn.vae.schemas import DIVERGENCE, ENTROPIES, OBSERVABLES

LEARNED, COMPRESSED = "learned", "compressed"
"""Kinds of models: trained on outcomes, or a ground state compressed to a small bond dimension."""

ENTROPY_SITES = 4
"""Spins of the part whose entropy is compared: many spins have no estimate from strings."""

COLUMNS = ("model", "kind", "run", "quantity", "x", "value", "error", "exact")


def model_rows(
    divergences: Iterable[Path],
    observables: Iterable[Path],
    entropies: Iterable[Path],
    truncated: Path,
) -> pd.DataFrame:
    """Yardsticks of every model and run.

    Returns:
        One row per (model, run, quantity, x): `model, kind, run, quantity, x, value, error` (over
        strings, within the run), `exact`, `N`, `training_samples`. Quantities by the field x:
        `divergence` (KL per site, nats), `mu_x`, `chi_xx` (slope of mu_x between neighbouring
        fields, x being their midpoint) and `S_2` (nats, of the first `ENTROPY_SITES` spins). By
        the distance x from the first site: `zz` and `xx`, the root mean square over the fields of
        the deviation of ⟨σ_1 σ_(1+x)⟩, without the variance of drawn strings, which is subtracted
        from the squares (0 if it is larger). At x = 0:
        `mean_divergence` over the fields, `seconds` of training, `parameters`, and `floor`, that is
        parameters/(2 M N) with M training strings in all.
    """
    divergence = pd.concat([DIVERGENCE.read(path) for path in divergences], ignore_index=True)
    values = pd.concat([OBSERVABLES.read(path) for path in observables], ignore_index=True)
    entropy = pd.concat([ENTROPIES.read(path) for path in entropies], ignore_index=True)
    compressed = TRUNCATED.read(truncated)
    parts = [
        *_learned(divergence, values, entropy),
        *_compressed(compressed),
    ]
    table = pd.concat(parts, ignore_index=True)
    samples = divergence.drop_duplicates("model").set_index("model").training_samples
    return table.assign(
        N=int(divergence.N.iloc[0]),
        training_samples=table.model.map(samples).fillna(0).astype(int),
    )


def _learned(
    divergence: pd.DataFrame, values: pd.DataFrame, entropy: pd.DataFrame
) -> Iterable[pd.DataFrame]:
    rows = divergence.rename(
        columns={"hx": "x", "divergence": "value", "divergence_error": "error"}
    )
    yield _labelled(rows.assign(exact=0.0), LEARNED, "divergence")
    for (model, run), group in divergence.groupby(["model", "run"], sort=False):
        first, fields = group.iloc[0], len(group)
        strings = first.training_samples * fields
        numbers = {
            "mean_divergence": (
                float(group.divergence.mean()),
                float(np.sqrt((group.divergence_error**2).sum())) / fields,
            ),
            "seconds": (float(first.seconds), 0.0),
            "parameters": (float(first.parameters), 0.0),
            "floor": (float(first.parameters / (2 * strings * first.N)), 0.0),
        }
        yield from (_single(model, LEARNED, run, name, *found) for name, found in numbers.items())
    exact = values.decoder_mean.notna()  # without the noise of drawing outcomes, where there is
    values = values.assign(
        value=values.decoder_mean.where(exact, values.vae),
        error=values.decoder_mean_error.where(exact, values.vae_error),
    )
    yield from _of_observables(values, LEARNED)
    part = entropy[entropy.n == min(ENTROPY_SITES, entropy.n.max())]
    part = part.rename(columns={"hx": "x", "vae": "value", "vae_error": "error"})
    yield _labelled(part, LEARNED, "S_2")


def _compressed(table: pd.DataFrame) -> Iterable[pd.DataFrame]:
    table = table.assign(model="MPS, D = " + table.bond_dimension.astype(str), run=0)
    rows = table[table.observable == "divergence"]
    yield _labelled(rows.rename(columns={"hx": "x"}), COMPRESSED, "divergence")
    for model, group in rows.groupby("model", sort=False):
        error = float(np.sqrt((group.error**2).sum())) / len(group)
        mean = (float(group.value.mean()), error)
        yield _single(model, COMPRESSED, 0, "mean_divergence", *mean)
        yield _single(model, COMPRESSED, 0, "parameters", float(group.numbers.max()), 0.0)
    yield from _of_observables(table, COMPRESSED)
    part = table[(table.observable == "S_2") & (table.site == min(ENTROPY_SITES, table.N.max()))]
    yield _labelled(part.rename(columns={"hx": "x"}), COMPRESSED, "S_2")


def _of_observables(values: pd.DataFrame, kind: str) -> Iterable[pd.DataFrame]:
    """Magnetisations, their slopes, and deviations of the correlations by distance."""
    for (model, run), rows in values.groupby(["model", "run"], sort=False):
        mu = rows[rows.observable == "mu_x"].sort_values("hx")
        about = {"model": model, "run": run}
        yield _labelled(mu.rename(columns={"hx": "x"}), kind, "mu_x")
        step = np.diff(mu.hx)
        slope = {
            "x": (mu.hx.to_numpy()[1:] + mu.hx.to_numpy()[:-1]) / 2,
            "value": np.diff(mu.value) / step,
            "error": np.hypot(mu.error.to_numpy()[1:], mu.error.to_numpy()[:-1]) / step,
            "exact": np.diff(mu.exact) / step,
        }
        yield _labelled(pd.DataFrame(slope).assign(**about), kind, "chi_xx")
        for name in ("zz", "xx"):
            pairs = rows[(rows.observable == f"{name}_1") & (rows.site > 1)]
            noise = pairs.error**2
            squares = pd.DataFrame(
                {
                    "x": pairs.site - 1,
                    "value": (pairs.value - pairs.exact) ** 2 - noise,
                    "error": noise / pairs.hx.nunique(),
                }
            )
            means = np.sqrt(squares.groupby("x").mean().clip(lower=0)).reset_index()
            yield _labelled(means.assign(exact=0.0, **about), kind, name)


def _labelled(rows: pd.DataFrame, kind: str, quantity: str) -> pd.DataFrame:
    return rows.assign(kind=kind, quantity=quantity)[list(COLUMNS)]


def _single(
    model: object, kind: str, run: object, quantity: str, value: float, error: float
) -> pd.DataFrame:
    cells = (model, kind, run, quantity, 0.0, value, error, np.nan)
    return pd.DataFrame([dict(zip(COLUMNS, cells, strict=True))])


def over_runs_of(table: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """A quantity over the runs, one row per (model, x): `value`, `error` of the mean, `runs`.

    The error joins the spread of the runs and the mean of their own errors, see
    `spinlearn.vae.runs.over_runs`.
    """
    rows = table[table.quantity == quantity].rename(columns={"error": "value_error"})
    found = over_runs(rows, ("model", "x"), ["value"])
    return found.rename(columns={"value_error": "error"})
