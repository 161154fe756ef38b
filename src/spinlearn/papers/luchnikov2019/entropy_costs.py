"""Claims of figure 12 on costs: the variance of estimates of the purity, and memory."""

import math

import numpy as np
import pandas as pd

from spinlearn.papers.luchnikov2019.common import scale
from spinlearn.papers.luchnikov2019.entropy_claims import PAPER, fewest, over_fields_and_runs
from spinlearn.papers.verdicts import NOT_REPRODUCED, REPRODUCED, Claim, claim, is_positive


def relative_variance(table: pd.DataFrame, route: str) -> pd.Series:
    """Variance of the purity over its squared exact value, `sampled` or `bloch`, of every row."""
    purity = np.exp(-table.exact)
    if route == "sampled":
        return (table.sampled_purity_error / purity) ** 2
    return (table.vae_error * np.exp(-table.vae) / purity) ** 2


def variance_grows(table: pd.DataFrame) -> Claim:
    """The variance of the purity from sampled strings grows exponentially with n.

    The rule: the slope of ln(variance) against n, by least squares, is positive on average over the
    fields and runs (`is_positive`), and ln(variance) is nearer to a straight line in n than in
    ln n. Any chain will do.
    """
    rows = table.dropna(subset=["sampled_purity_error"])
    logs = np.log(relative_variance(rows, "sampled").to_numpy())
    slopes, straight, power = [], 0.0, 0.0
    for (run, hx), index in rows.groupby(["run", "hx"]).indices.items():
        n, values = rows.n.to_numpy(dtype=float)[index], logs[index]
        slope, line = _line(n, values)
        slopes.append({"run": run, "hx": hx, "slope": slope})
        straight, power = straight + line, power + _line(np.log(n), values)[1]
    of_cells = pd.DataFrame(slopes)
    found = over_fields_and_runs(of_cells.slope, of_cells)
    verdict = is_positive(*found, runs=fewest(of_cells))
    if verdict == REPRODUCED and power <= straight:
        verdict = NOT_REPRODUCED
    return claim(
        "luchnikov2019.figure12.variance_grows",
        "the variance of the purity, estimated from sampled strings, grows exponentially with the "
        "number of spins (slope of its logarithm per spin)",
        published="exponential (no rate)",
        measured=found,
        verdict=verdict,
        scale=scale(table, PAPER),
        note=f"a factor of {math.exp(found[0]):.2f} per spin; squared residuals: exponential "
        f"{straight / len(rows):.3f}, power law {power / len(rows):.3f}",
    )


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope of a straight line by least squares, and the sum of its squared residuals."""
    slope, start = np.polyfit(x, y, 1)
    return float(slope), float(((y - start - slope * x) ** 2).sum())


def memory(table: pd.DataFrame) -> Claim:
    """For these states of low entanglement an MPS needs fewer numbers than a VAE.

    The rule: the parameters of one VAE for all fields exceed the numbers that matrix product states
    of all fields take by the paper's formula, 2N exp(2S) for each, with S the largest von Neumann
    entropy of a part. It involves no random number; any chain will do.
    """
    one = table[table.run == table.run.iloc[0]]
    fields = one.groupby("hx")
    formula = float((2 * one.N.iloc[0] * np.exp(2 * fields.von_neumann.max())).sum())
    stored = int(fields.mps_numbers.first().sum())
    parameters = int(one.parameters.iloc[0])
    return claim(
        "luchnikov2019.figure12.memory",
        "a matrix product state takes less memory than a VAE for states of low entanglement "
        "(parameters of the VAE over 2N exp(2S) numbers of the states of all fields)",
        published="MPS preferable for low entanglement, VAE for high",
        measured=parameters / formula,
        verdict=REPRODUCED if parameters > formula else NOT_REPRODUCED,
        error_rate=0.0,
        scale=scale(table, PAPER),
        note=f"VAE: {parameters} parameters for all fields; MPS: {formula:.0f} numbers by the "
        f"formula, {stored} as stored",
    )
