"""Verdicts on the published claims about level statistics and entanglement (P1 appendix B)."""

import math
from typing import Any

import pandas as pd

POISSON = 2 * math.log(2) - 1
GOE = 0.5307

Claim = dict[str, Any]


def _ensemble(table: pd.DataFrame, boundary: str, h: float) -> pd.Series | None:
    rows = table[(table.boundary == boundary) & (abs(table.h - h) < 1e-9)]
    return None if rows.empty else rows.sort_values("L").iloc[-1]


def level_statistics_claims(table: pd.DataFrame) -> list[Claim]:
    """Mean gap ratios against the Poisson and GOE values.

    The rule: reproduced if the mean is within 0.01 plus two standard errors of the limit claimed;
    inconclusive if two standard errors exceed 0.03.
    """
    claims = []
    cases = (
        (
            "<r> is Poisson's in the localised phase, h_d = 3.9",
            3.9,
            POISSON,
            "0.386 (printed: 0.529)",
        ),
        (
            "<r> is Wigner and Dyson's in the thermal phase, h_d = 0.1",
            0.1,
            GOE,
            "0.531 (printed: 0.391)",
        ),
        (
            "<r> is Wigner and Dyson's at our own thermal point, h_d = 0.5 (not the paper's)",
            0.5,
            GOE,
            "0.531",
        ),
    )
    for text, h, limit, published in cases:
        for boundary in ("ring", "open"):
            row = _ensemble(table, boundary, h)
            if row is None:
                continue
            error = float(row.mean_gap_ratio_error)
            distance = abs(float(row.mean_gap_ratio) - limit)
            if not 2 * error <= 0.03:
                verdict = "inconclusive"
            else:
                verdict = "reproduced" if distance <= 0.01 + 2 * error else "not reproduced"
            claims.append(
                {
                    "claim": f"{text} ({boundary} chain)",
                    "paper": "P1",
                    "figure": "10",
                    "published": published,
                    "measured": round(float(row.mean_gap_ratio), 4),
                    "error": round(error, 4),
                    "verdict": verdict,
                    "scale": f"L = {int(row.L)}, {int(row.realisations)} realisations "
                    "(paper: L = 16, 1000)",
                }
            )
    return claims


def entanglement_scaling_claims(table: pd.DataFrame) -> list[Claim]:
    """S/L constant at weak disorder (volume law), decreasing at strong disorder (area law).

    The rule: the relative change of S/L from the smallest to the largest chain. At the weakest
    disorder it must not fall below zero by more than two standard errors; at the strongest it must
    be negative by more than two standard errors. Inconclusive if two standard errors exceed 0.5.
    """
    sizes = sorted(table.L.unique())
    if len(sizes) < 2:
        return []
    claims = []
    cases = (
        ("volume law: S/L does not decrease with L at weak disorder", table.h_spin.min(), False),
        ("area law: S/L decreases with L at strong disorder", table.h_spin.max(), True),
    )
    for text, h, falls in cases:
        small, large = (
            table[(table.h_spin == h) & (table.L == L)].iloc[0] for L in (sizes[0], sizes[-1])
        )
        change = large.entropy_per_site / small.entropy_per_site - 1
        error = (large.entropy_per_site / small.entropy_per_site) * math.hypot(
            large.entropy_per_site_error / large.entropy_per_site,
            small.entropy_per_site_error / small.entropy_per_site,
        )
        if not 2 * error <= 0.5:
            verdict = "inconclusive"
        elif falls:
            verdict = "reproduced" if change < -2 * error else "inconclusive"
            verdict = "not reproduced" if change > 2 * error else verdict
        else:
            verdict = "reproduced" if change > -2 * error else "not reproduced"
        claims.append(
            {
                "claim": f"{text} (h = {h:g})",
                "paper": "P1",
                "figure": "11",
                "published": "decreasing" if falls else "constant",
                "measured": round(float(change), 3),
                "error": round(float(error), 3),
                "verdict": verdict,
                "scale": f"relative change of S/L from L = {sizes[0]} to {sizes[-1]}, "
                f"{int(large.realisations)} realisations",
            }
        )
    return claims
