"""Claims of figure 12: S_2 of parts of a chain, the variance of its estimates, memory."""

import numpy as np
import pandas as pd

from spinlearn.papers.luchnikov2019.common import needs, scale
from spinlearn.papers.verdicts import (
    Claim,
    Measured,
    claim,
    is_positive,
)
from spinlearn.statistics.errors import standard_error

PAPER = "paper: N = 10"


def over_fields_and_runs(values: pd.Series, table: pd.DataFrame, sampling: float = 0.0) -> Measured:
    """Mean over fields and runs; its error joins the scatter of the fields and that of the runs.

    The fields of one run share their model, and the runs share the fields, so that each scatter
    counts fully. With one run, or one field, its own part is left out.

    Args:
        values: one number for some of the rows of a table.
        table: the table, with columns `run` and `hx`.
        sampling: sampling error of the mean; it counts where it exceeds the scatter of the fields.
    """
    cells = values.groupby([table.run, table.hx]).mean().unstack("hx")
    by_field, by_run = cells.mean(axis=0).to_numpy(), cells.mean(axis=1).to_numpy()
    fields = np.fmax(float(standard_error(by_field)), sampling or np.nan)
    runs = float(standard_error(by_run)) if len(by_run) > 1 else 0.0
    return float(by_field.mean()), float(np.hypot(fields, runs))


def fewest(table: pd.DataFrame) -> int:
    """The number behind the error of a mean over fields and runs: the smaller one above 1."""
    counts = (table.hx.nunique(), table.run.nunique())
    return min((count for count in counts if count > 1), default=1)


def overestimated(table: pd.DataFrame) -> Claim:
    """The VAE overestimates S_2.

    The rule: the mean of S_2(VAE) − S_2(exact) over all n < N is positive on average over the
    fields and runs (`is_positive`). Its error joins that over the runs with the larger one of the
    propagated error and the scatter of the fields: the points of one field are fully correlated.
    The whole chain, n = N, is left out: its exact S_2 is zero, so that every error is an
    overestimate. It needs 500,000 samples per field and a chain of 5, the shortest for which the
    paper claims it, and an S_2 that is defined (a VAE's purity may not be positive) at nine tenths
    of the points.
    """
    part = table[table.n < table.N]
    rows = part.dropna(subset=["vae"])
    excess = rows.vae - rows.exact
    cells = rows.groupby(["run", "hx"]).ngroups
    propagated = float(rows.vae_error.mean() / np.sqrt(max(cells, 1)))
    found = over_fields_and_runs(excess, rows, propagated)
    defined = round(100 * len(rows) / max(len(part), 1))
    return claim(
        "luchnikov2019.figure12.entropy_overestimated",
        "the VAE overestimates the Renyi entropy S_2 of a part of the chain (S_2 of the VAE "
        "minus exact S_2, mean over all n and fields, in nats)",
        published="overestimated (> 0)",
        measured=found,
        verdict=is_positive(*found, runs=fewest(rows)),
        needs=[*needs(part, 5), ("% of points defined", defined, 90)],
        scale=scale(part, PAPER),
        note=f"overestimated at {int((excess > 0).sum())} of {len(rows)} points; "
        f"{len(part) - len(rows)} more are undefined",
    )


def part_above_whole(table: pd.DataFrame) -> Claim:
    """S_2 of a part of the chain exceeds that of the whole chain.

    The rule: the largest S_2 of a part minus S_2 of the whole, of the VAE, is positive on average
    over the fields with hx > 0 and the runs (`is_positive`). It needs what `overestimated` needs.
    The paper calls this erroneous; but every entangled pure state has it, since its whole has no
    entropy.
    """
    rows = table[(table.hx > 0) & table.vae.notna()]
    whole = rows[rows.n == rows.N].set_index(["run", "hx"])
    largest = rows[rows.n < rows.N].groupby(["run", "hx"])[["vae", "exact"]].max()
    excess = (largest - whole[["vae", "exact"]]).dropna().reset_index()
    found = over_fields_and_runs(excess.vae, excess)
    return claim(
        "luchnikov2019.figure12.part_above_whole",
        "the VAE's entropy of a part of the chain can be larger than that of the whole chain "
        "(largest S_2 of a part minus S_2 of the whole, mean over the fields, in nats)",
        published="larger (called erroneous)",
        measured=found,
        verdict=is_positive(*found, runs=fewest(excess)),
        needs=needs(table, 5),
        scale=scale(rows, PAPER),
        note=f"larger at {(excess.vae > 0).mean():.0%} of (field, run); every entangled pure state "
        f"has it: the exact difference is {excess.exact.mean():.3f}",
    )
