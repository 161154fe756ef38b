"""Verdicts on P1's claims about training: figures 3, 4, 5 and 8.

A claim of an order ("lower than") is reproduced if the difference of the means has the claimed sign
and exceeds two standard errors, not reproduced if it exceeds them with the other sign, and
inconclusive in between or if there are fewer than two runs. A claim of a value has a tolerance of
its own, to which two standard errors are added.
"""

import math
from typing import Any

import pandas as pd

Claim = dict[str, Any]

CRITICAL_H = 3.5
"""Disorder strength of the transition that P1 quotes, in spin-1/2 operators."""


def _order(difference: float, error: float) -> str:
    """Verdict on "the difference is positive"."""
    if math.isnan(error):
        return "inconclusive"
    if difference > 2 * error:
        return "reproduced"
    return "not reproduced" if difference < -2 * error else "inconclusive"


def _value(measured: float, error: float, published: float, tolerance: float) -> str:
    """Verdict on "the value is `published`"; inconclusive if the error exceeds the tolerance."""
    if math.isnan(error) or 2 * error > tolerance:
        return "inconclusive"
    near = abs(measured - published) <= tolerance + 2 * error
    return "reproduced" if near else "not reproduced"


def _difference(larger: Any, smaller: Any) -> tuple[float, float]:
    """Difference of two means and its standard error."""
    difference = float(larger["mean"]) - float(smaller["mean"])
    return difference, math.hypot(float(larger["error"]), float(smaller["error"]))


def _claim(
    text: str,
    figure: str,
    published: str,
    measured: float,
    error: float,
    verdict: str,
    scale: str,
) -> Claim:
    return {
        "claim": text,
        "paper": "P1",
        "figure": figure,
        "published": published,
        "measured": round(float(measured), 4),
        "error": round(float(error), 4),
        "verdict": verdict,
        "scale": scale,
    }


def _scale(row: Any, more: str = "", paper: str = "100 quenches, 500 candidates, 100 runs") -> str:
    state = {"plus": "|+>", "neel": "Neel", "random_product": "random product"}
    return (
        f"{int(row['visible'])}+{int(row['hidden'])} spins from {state[row['initial_state']]}, "
        f"{int(row['quenches'])} quenches, {int(row['candidates'])} candidates, "
        f"{int(row['runs'])} runs{more} (paper: {paper})"
    )


def image_claims(table: pd.DataFrame) -> list[Claim]:
    """Figure 3: the machine learns the digits.

    The paper gives no number. The rule: reproduced if the fidelity of every digit exceeds the flat
    image's by more than two standard errors, not reproduced if the mean gain is not positive.
    """
    digits = table.drop_duplicates("digit")
    mean = digits.mean_fidelity.mean()
    error = math.sqrt((digits.fidelity_error**2).sum()) / len(digits)
    gains = digits.mean_fidelity - digits.uniform_fidelity
    if not (digits.fidelity_error.notna()).all():
        verdict = "inconclusive"
    elif (gains > 2 * digits.fidelity_error).all():
        verdict = "reproduced"
    else:
        verdict = "not reproduced" if gains.mean() <= 0 else "inconclusive"
    flat = digits.uniform_fidelity.mean()
    row = digits.iloc[0]
    return [
        _claim(
            "the hidden machine learns the digit patterns (mean fidelity over digits; "
            f"the flat image has {flat:.2f})",
            "3",
            "learned accurately (no number)",
            mean,
            error,
            verdict,
            _scale(row, f", {len(digits)} digits of load_digits, h_d = {row.h:g}"),
        )
    ]


def _last_quarter(rows: pd.DataFrame) -> pd.Series:
    """The last row of a trajectory, with mean and error averaged over its last quarter."""
    ordered = rows.sort_values("quench")
    tail = ordered.tail(max(1, len(ordered) // 4))
    last = ordered.iloc[-1].copy()
    last["mean"], last["error"] = tail["mean"].mean(), tail["error"].mean()
    return last


def comparison_claims(table: pd.DataFrame) -> list[Claim]:
    """Figure 4: order of the three machines at the end, in log10 of the loss.

    The end is the last quarter of the quenches: a single quench is noisier than the differences.
    Its quenches are taken as fully correlated, so the error is their mean error.
    """
    final = {model: _last_quarter(rows) for model, rows in table.groupby("model")}
    cases = (
        ("the hidden machine ends below the basic one", "basic", "hidden", "lower"),
        ("the driven machine ends below the basic one", "basic", "driven", "lower"),
        ("the hidden machine ends below the driven one", "driven", "hidden", "slightly lower"),
    )
    claims = []
    for text, above, below, published in cases:
        if above not in final or below not in final:
            continue
        difference, error = _difference(final[above], final[below])
        row = final["hidden"] if "hidden" in final else final[below]
        more = f", h_d = {row['h']:g} (chosen after a scan)"
        if "driven" in (above, below):
            driven = final["driven"]
            more += f", D = {driven['drive_strength']:g}, tau = {driven['drive_time']:g}"
        claims.append(
            _claim(
                f"{text} (difference of log10 MMD)",
                "4",
                published,
                difference,
                error,
                _order(difference, error),
                _scale(row, more, "150 quenches, 500 candidates, 100 runs"),
            )
        )
    return claims


def _at(table: pd.DataFrame, quantity: str, h: float) -> pd.Series:
    return table[(table.quantity == quantity) & (table.h == h)].iloc[-1]


def disorder_claims(table: pd.DataFrame, localised_h: float) -> list[Claim]:
    """Figure 5: localisation helps, and its signs in the trajectories.

    The thermal phase is the weakest disorder of the sweep. "The loss changes at h_c" is reproduced
    if less than a quarter of the whole fall of log10 MMD lies below h_c, and the fall itself
    exceeds two standard errors. Hamming distances have a tolerance of 0.03.

    Args:
        table: as `spinlearn.hbm.tables.disorder_sweep` gives it.
        localised_h: the strength that stands for the localised phase.
    """
    thermal_h = float(table.h.min())
    if thermal_h >= CRITICAL_H or localised_h <= CRITICAL_H:
        return []
    thermal, localised = (_at(table, "log10_loss", h) for h in (thermal_h, localised_h))
    scale = _scale(thermal, f", h_d = {thermal_h:g} and {localised_h:g}")
    difference, error = _difference(thermal, localised)
    claims = [
        _claim(
            "the localised machine ends below the thermal one (difference of log10 MMD)",
            "5a",
            "significantly lower",
            difference,
            error,
            _order(difference, error),
            scale,
        )
    ]
    strengths = sorted(table.h.unique())
    edge = max(h for h in strengths if h <= CRITICAL_H)
    strongest = _at(table, "log10_loss", strengths[-1])
    before, before_error = _difference(thermal, _at(table, "log10_loss", edge))
    whole, whole_error = _difference(thermal, strongest)
    if edge > thermal_h:
        share = before / whole
        error = math.hypot(before_error, share * whole_error) / abs(whole)
        if _order(whole, whole_error) != "reproduced":
            verdict = "inconclusive"
        elif share + 2 * error < 0.25:
            verdict = "reproduced"
        else:
            verdict = "not reproduced" if share - 2 * error > 0.25 else "inconclusive"
        claims.append(
            _claim(
                f"the loss changes at h_c: share of its fall that lies below h_d = {edge:g}",
                "5a",
                "a significant change at h_c = 3.5",
                share,
                error,
                verdict,
                _scale(thermal, f", h_d = {thermal_h:g} to {strengths[-1]:g}"),
            )
        )
    late = {h: _at(table, "hamming_late", h) for h in (thermal_h, localised_h)}
    expected = float(late[thermal_h]["thermal"])
    if not math.isnan(expected):
        mean, error = (float(late[thermal_h][name]) for name in ("mean", "error"))
        claims.append(
            _claim(
                "Hamming distance in the thermal phase is that of a scrambled state",
                "5b",
                f"0.5 ({expected:.4f} from this initial state with S^z conserved)",
                mean,
                error,
                _value(mean, error, expected, 0.03),
                _scale(late[thermal_h], f", h_d = {thermal_h:g}"),
            )
        )
    mean, error = (float(late[localised_h][name]) for name in ("mean", "error"))
    most = _at(table, "hamming_late", strengths[-1])
    claims.append(
        _claim(
            "Hamming distance in the localised phase is about 0.33",
            "5b",
            "0.33",
            mean,
            error,
            _value(mean, error, 0.33, 0.03),
            _scale(
                late[localised_h],
                f", h_d = {localised_h:g}; {most['mean']:.3f} at h_d = {most['h']:g}",
            ),
        )
    )
    difference, error = _difference(late[thermal_h], late[localised_h])
    claims.append(
        _claim(
            "Hamming distance is lower in the localised phase (difference)",
            "5b",
            "0.5 - 0.33 = 0.17",
            difference,
            error,
            _order(difference, error),
            scale,
        )
    )
    for quantity, name, panel in (
        ("hamming", "the Hamming distance", "5b"),
        ("entropy_per_site", "the entropy per site", "5c"),
    ):
        steps = [_at(table, f"{quantity}_step", h) for h in (thermal_h, localised_h)]
        difference, error = _difference(*steps)
        claims.append(
            _claim(
                f"{name} jumps more from quench to quench in the thermal phase "
                "(difference of root mean square changes)",
                panel,
                "larger",
                difference,
                error,
                _order(difference, error),
                scale,
            )
        )
    return claims


def parity_claims(table: pd.DataFrame) -> list[Claim]:
    """Figure 8: order of the phases on the parity data, and F = 0.75 (tolerance 0.05)."""
    bars = {row["bar"]: row for _, row in table.iterrows() if row["bar"]}
    cases = (
        ("MBL", "thermal", "the MBL machine exceeds the thermal one"),
        ("MBL", "Anderson", "the MBL machine exceeds the Anderson-localised one"),
        ("Anderson", "thermal", "the Anderson-localised machine exceeds the thermal one"),
    )
    claims = []
    for larger, smaller, text in cases:
        if larger in bars and smaller in bars:
            difference, error = _difference(bars[larger], bars[smaller])
            strengths = ", ".join(f"{name} at {bars[name]['h']:g}" for name in (larger, smaller))
            claims.append(
                _claim(
                    f"{text} on parity data (difference of fidelities)",
                    "8",
                    "higher",
                    difference,
                    error,
                    _order(difference, error),
                    _scale(bars[larger], f", h_d: {strengths}"),
                )
            )
    if "MBL" in bars:
        row = bars["MBL"]
        mean, error = float(row["mean"]), float(row["error"])
        claims.append(
            _claim(
                "fidelity of the MBL machine on parity data "
                f"(the uniform distribution has {row['uniform_fidelity']:.2f})",
                "8",
                "0.75",
                mean,
                error,
                _value(mean, error, 0.75, 0.05),
                _scale(row, f", h_d = {row['h']:g}"),
            )
        )
    return claims
