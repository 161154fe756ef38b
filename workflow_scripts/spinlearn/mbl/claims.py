"""Verdicts on the published claims about level statistics and entanglement (P1 appendix B)."""

import math
from functools import partial

import pandas as pd

from spinlearn.workflow import claims as rules
from spinlearn.workflow.claims import Claim

POISSON = 2 * math.log(2) - 1
GOE = 0.5307

TOLERANCE = 0.01
"""How far from a limit a mean gap ratio may lie."""

HALF_WAY = 0.5
"""Exponent of S ~ L^a half way between an area law (0) and a volume law (1)."""

CRITICAL_H = 3.5
"""Disorder strength of the transition that P1 quotes, in spin-1/2 operators."""

CRITICAL_TOLERANCE = 0.5
"""How far from it a measured one may lie."""

_claim = partial(rules.claim, paper="P1")


def _ensemble(table: pd.DataFrame, boundary: str, h: float) -> pd.Series | None:
    rows = table[(table.boundary == boundary) & (abs(table.h - h) < 1e-9)]
    return None if rows.empty else rows.sort_values("L").iloc[-1]


def level_statistics_claims(table: pd.DataFrame) -> list[Claim]:
    """Mean gap ratios against the Poisson and GOE values (P1 figure 10).

    The rule: the mean lies within 0.01 of the limit claimed (`value`). The longest chain of each
    boundary condition is judged. P1 prints its two means swapped; they are judged as meant.

    Args:
        table: as `spinlearn.mbl.tables.level_statistics` gives it.
    """
    claims = []
    cases = (
        (
            "poisson",
            "<r> is Poisson's in the localised phase",
            3.9,
            POISSON,
            "0.386 (printed: 0.529)",
            "paper",
        ),
        (
            "wigner_dyson",
            "<r> is Wigner and Dyson's in the thermal phase",
            0.1,
            GOE,
            "0.531 (printed: 0.391)",
            "paper",
        ),
        (
            "own_thermal",
            "<r> is Wigner and Dyson's at a thermal point of our own, away from integrability",
            0.5,
            GOE,
            "no claim (GOE: 0.531)",
            "spinlearn",
        ),
    )
    for key, text, h, limit, published, origin in cases:
        for boundary in ("ring", "open"):
            row = _ensemble(table, boundary, h)
            if row is None:
                continue
            mean, error = float(row.mean_gap_ratio), float(row.mean_gap_ratio_error)
            claims.append(
                _claim(
                    f"hbm.figure10.{key}_{boundary}",
                    f"{text} ({boundary} chain)",
                    figure=10,
                    published=published,
                    measured=mean,
                    error=error,
                    verdict=rules.value(mean, error, limit, TOLERANCE),
                    scale=f"L = {int(row.L)}, {int(row.realisations)} realisations, h_d = {h:g} "
                    "(paper: L = 16, 1000)",
                    origin=origin,
                )
            )
    return claims


def entanglement_scaling_claims(table: pd.DataFrame) -> list[Claim]:
    """A volume law at weak disorder, an area law at strong disorder (P1 figure 11).

    The rules, with the exponent a = ln(S_2/S_1) / ln(L_2/L_1) between the smallest and the largest
    chain; S/L is constant for a = 1 and falls as 1/L for a = 0. At the weakest disorder a is 1
    within 1/2 (`value`); at the strongest a is below 1/2, nearer to an area law (`below`).

    Args:
        table: `L, h, mean, error, realisations, preferred, slope_ratio, slope_ratio_error`, as
            `spinlearn.mbl.scaling` gives curves and laws; h in spin-1/2 operators.

    Returns:
        No claim for a single chain length.
    """
    sizes = sorted(table.L.unique())
    if len(sizes) < 2:
        return []
    claims = []
    cases = (
        ("volume_law", "volume law: S ~ L at weak disorder (exponent)", table.h.min()),
        ("area_law", "area law: S does not grow with L at strong disorder (exponent)",
         table.h.max()),
    )  # fmt: skip
    for key, text, h in cases:
        small, large = (
            table[(table.h == h) & (table.L == L)].iloc[0] for L in (sizes[0], sizes[-1])
        )
        span = math.log(sizes[-1] / sizes[0])
        exponent = math.log(large["mean"] / small["mean"]) / span
        error = math.hypot(large.error / large["mean"], small.error / small["mean"]) / span
        if key == "volume_law":
            verdict = rules.value(exponent, error, 1.0, HALF_WAY)
            published = "S/L constant (exponent 1)"
        else:
            verdict = rules.below(exponent, error, HALF_WAY)
            published = "S/L decreasing (exponent 0)"
        claims.append(
            _claim(
                f"hbm.figure11.{key}",
                text,
                figure=11,
                published=published,
                measured=exponent,
                error=error,
                verdict=verdict,
                scale=f"L = {sizes[0]} to {sizes[-1]}, {int(large.realisations)} realisations, "
                f"h = {h:g} (spin-1/2)",
                note=f"dS/dL is {rules.pm(large.slope_ratio, large.slope_ratio_error)} of a random "
                f"state's; {large.preferred} law preferred",
            )
        )
    return claims


def transition_claims(crossings: pd.DataFrame, collapses: pd.DataFrame) -> list[Claim]:
    """The critical disorder that P1 quotes, and what theory asks of the exponent.

    The rules: h_c of the collapse of all sizes is 3.5 within 0.5 (`value`), nu is at least 2
    (`above`; Chandran, Laumann and Oganesyan, arXiv:1509.04285). Both errors are the statistical
    one and, in quadrature, the change when the smallest size is left out, which is a systematic
    error that no bootstrap sees. A collapse at the edge of its search is no measurement.

    Args:
        crossings, collapses: as `spinlearn.mbl.scaling.finite_size_scaling` gives them.

    Returns:
        No claim if there is no collapse.
    """
    if collapses.empty or not math.isfinite(collapses.iloc[0].h_c):
        return []
    best = collapses.iloc[0]
    claims = []
    cases = (
        ("critical_disorder", "the transition lies at h_c", "h_c", "about 3.5", "paper"),
        (
            "harris_bound",
            "the exponent obeys nu >= 2, as theory asks of a transition with disorder",
            "nu",
            "no claim (theory: at least 2)",
            "spinlearn",
        ),
    )
    for key, text, name, published, origin in cases:
        statistical, measured = float(best[f"{name}_error"]), float(best[name])
        drift = float(collapses[name].iloc[1] - measured) if len(collapses) > 1 else 0.0
        error = math.hypot(statistical, drift)
        if best.at_bound:
            verdict = rules.INCONCLUSIVE
        elif name == "h_c":
            verdict = rules.value(measured, error, CRITICAL_H, CRITICAL_TOLERANCE)
        else:
            verdict = rules.above(measured, error, 2.0)
        note = f"statistical error {statistical:.2g}, without the smallest size {drift:+.2g}"
        if name == "h_c":
            pairs = ", ".join(
                f"{rules.pm(row.h_crossing, row.error)} (L = {row.L_small:.0f}, {row.L_large:.0f})"
                for _, row in crossings.iterrows()
            )
            note += f"; crossings of r: {pairs}; quality S = {best.quality:.2g}"
        claims.append(
            _claim(
                f"mbl.transition.{key}",
                f"{text} (collapse of the gap ratio)",
                figure="B, text",
                published=published,
                measured=measured,
                error=error,
                verdict=verdict,
                scale=f"L = {best.L_min:.0f} to {best.L_max:.0f}, spin-1/2 operators",
                origin=origin,
                note=note,
            )
        )
    return claims
