"""Finite-size scaling of an indicator as one table: curves, crossings and collapses."""

import numpy as np
import pandas as pd

from spinlearn.statistics.bootstrap import Realisations, can_scale, mean_curves, with_errors
from spinlearn.statistics.collapse import collapse, collapse_by_smallest_size, scaled
from spinlearn.statistics.crossings import crossing, extrapolated_crossing
from spinlearn.statistics.scaling_forms import DRIFTING_KOSTERLITZ_THOULESS, KOSTERLITZ_THOULESS


def scaling_table(data: Realisations, seed: int, resamples: int) -> pd.DataFrame:
    """Curves, crossings and collapses of an indicator; only curves if the data are too few.

    Cells whose error is unknown (`with_errors`) are part of the curves, but not of the crossings
    and collapses.

    Args:
        data, seed, resamples: as for `crossing`.

    Returns:
        Rows of five kinds, named in the column `part`: `curve` (columns of `mean_curves`, and
        `x` = (h - h_c) L^(1/nu) if there is a collapse), `crossing` (columns of `crossing`),
        `extrapolation` (columns of `extrapolated_crossing`), `collapse` (columns of
        `collapse_by_smallest_size`) and `other_form` (columns of `collapse` with
        `KOSTERLITZ_THOULESS`, then with `DRIFTING_KOSTERLITZ_THOULESS`).
    """
    curves, data = mean_curves(data), with_errors(data)
    if not can_scale(data):
        return curves.assign(part="curve")
    collapses = collapse_by_smallest_size(data, seed, resamples=resamples)
    best = collapses.iloc[0]
    if np.isfinite(best.h_c):
        curves = scaled(curves, best.h_c, best.nu)
    other_forms = [
        collapse(data, seed, form=form, resamples=resamples).assign(part="other_form")
        for form in (KOSTERLITZ_THOULESS, DRIFTING_KOSTERLITZ_THOULESS)
    ]
    parts = [
        curves.assign(part="curve"),
        crossing(data, seed, resamples=resamples).assign(part="crossing"),
        extrapolated_crossing(data, seed, resamples=resamples).assign(part="extrapolation"),
        collapses.assign(part="collapse"),
        *other_forms,
    ]
    return pd.concat(parts, ignore_index=True)
