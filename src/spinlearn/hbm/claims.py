"""Verdicts on P1's claims about training: figures 3, 4, 5 and 8.

The rules `order`, `value`, `above` are those of `spinlearn.papers.verdicts`; each function says
which it takes, and with which tolerance.
"""

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from spinlearn import streams
from spinlearn.papers import verdicts as rules
from spinlearn.papers.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, Claim

CRITICAL_H = 3.5
"""Disorder strength of the transition that P1 quotes, in spin-1/2 operators."""

ACCURATE = 0.5
"""Share of the flat image's infidelity that a machine must remove to have learned an image. P1
prints no number."""

HAMMING, HAMMING_TOLERANCE = {"thermal": 0.5, "localised": 0.33}, 0.03
"""P1's Hamming distances, and how far off counts as the same."""

DROP_TOLERANCE = 0.05
"""Tolerance of the difference of P1's two Hamming distances."""

RESAMPLES = 4000
"""Resampled sweeps behind the place of the steepest fall."""

_claim = partial(rules.claim, paper="P1")


def _difference(larger: Any, smaller: Any) -> tuple[float, float]:
    """Difference of two means and its standard error."""
    difference = float(larger["mean"]) - float(smaller["mean"])
    return difference, math.hypot(float(larger["error"]), float(smaller["error"]))


def _scale(row: Any, more: str = "", paper: str = "100 quenches, 500 candidates, 100 runs") -> str:
    state = {"plus": "|+>", "neel": "Neel", "random_product": "random product"}
    return (
        f"{int(row['visible'])}+{int(row['hidden'])} spins from {state[row['initial_state']]}, "
        f"{int(row['quenches'])} quenches, {int(row['candidates'])} candidates, "
        f"{int(row['runs'])} runs{more} (paper: {paper})"
    )


def image_claims(table: pd.DataFrame) -> list[Claim]:
    """Figure 3: the machine learns the digits.

    The rules. Accurately: the paper gives no number; the share (F - F_flat)/(1 - F_flat) of the
    flat image's infidelity that is removed, averaged over the digits, is above 1/2 (`above`).
    Better than the flat image: the smallest gain F - F_flat over the digits is positive (`order`).

    Args:
        table: as `spinlearn.hbm.tables.learned_images` gives it.
    """
    digits = table.drop_duplicates("digit")
    room = 1 - digits.uniform_fidelity
    gains = digits.mean_fidelity - digits.uniform_fidelity
    removed = float((gains / room).mean())
    error = float(np.sqrt(((digits.fidelity_error / room) ** 2).sum(skipna=False)) / len(digits))
    worst = gains.idxmin()
    gain, gain_error = float(gains[worst]), float(digits.fidelity_error[worst])
    row = digits.iloc[0]
    scale = _scale(row, f", {len(digits)} digits of load_digits, h_d = {row.h:g}")
    return [
        _claim(
            "hbm.figure3.digits_learned",
            "the hidden machine learns the digit patterns accurately (mean share of the flat "
            "image's infidelity that it removes)",
            figure=3,
            published="learned accurately (no number; here: more than half)",
            measured=removed,
            error=error,
            verdict=rules.above(removed, error, ACCURATE),
            scale=scale,
            note=f"mean fidelity {digits.mean_fidelity.mean():.3f}, of the flat image "
            f"{digits.uniform_fidelity.mean():.3f}",
        ),
        _claim(
            "hbm.figure3.digits_beat_flat",
            "every digit is learned better than by the flat image (smallest gain of fidelity)",
            figure=3,
            published="no claim",
            measured=gain,
            error=gain_error,
            verdict=rules.order(gain, gain_error),
            scale=scale,
            origin="spinlearn",
            note=f"digit {int(digits.digit[worst])} gains least",
        ),
    ]


def _last_quarter(rows: pd.DataFrame) -> pd.Series:
    """The last row of a trajectory, with mean and error averaged over its last quarter."""
    ordered = rows.sort_values("quench")
    tail = ordered.tail(max(1, len(ordered) // 4))
    last = ordered.iloc[-1].copy()
    last["mean"] = tail["mean"].mean()
    last["error"] = tail["error"].mean(skipna=False)
    return last


def comparison_claims(table: pd.DataFrame) -> list[Claim]:
    """Figure 4: order of the three machines at the end, in log10 of the loss (`order`).

    The end is the last quarter of the quenches: a single quench is noisier than the differences.
    Its quenches are taken as fully correlated, so the error is their mean error.

    Args:
        table: as `spinlearn.hbm.tables.loss_histories` gives it.
    """
    final = {model: _last_quarter(rows) for model, rows in table.groupby("model")}
    cases = (
        ("the hidden machine ends below the basic one", "basic", "hidden", "lower"),
        ("the driven machine ends below the basic one", "basic", "driven", "lower"),
        ("the hidden machine ends below the driven one", "driven", "hidden", "slightly lower"),
    )
    claims = []
    for text, high, low, published in cases:
        if high not in final or low not in final:
            continue
        difference, error = _difference(final[high], final[low])
        row = final["hidden"] if "hidden" in final else final[low]
        more = f", h_d = {row['h']:g} (chosen after a scan)"
        if "driven" in (high, low):
            driven = final["driven"]
            more += f", D = {driven['drive_strength']:g}, tau = {driven['drive_time']:g}"
        claims.append(
            _claim(
                f"hbm.figure4.{low}_below_{high}",
                f"{text} (difference of log10 MMD)",
                figure=4,
                published=published,
                measured=difference,
                error=error,
                verdict=rules.order(difference, error),
                scale=_scale(row, more, "150 quenches, 500 candidates, 100 runs"),
                note="mean over the last quarter of the quenches",
            )
        )
    return claims


def _at(table: pd.DataFrame, quantity: str, h: float) -> pd.Series:
    return table[(table.quantity == quantity) & (table.h == h)].iloc[-1]


def _steepest_fall(loss: pd.DataFrame, thermal: pd.Series) -> Claim | None:
    """The claim that the loss changes at h_c; None without two intervals and h_c in one of them."""
    loss = loss[loss.h > 0].sort_values("h")
    h = loss.h.to_numpy(dtype=float)
    bracket = np.flatnonzero((h[:-1] <= CRITICAL_H) & (h[1:] > CRITICAL_H))
    if len(h) < 3 or not len(bracket):
        return None
    mean, error = loss["mean"].to_numpy(dtype=float), loss["error"].to_numpy(dtype=float)
    centres = np.sqrt(h[1:] * h[:-1])
    steepest = int(np.argmin(np.diff(mean) / np.diff(np.log(h))))
    spread, verdict, note = math.nan, INCONCLUSIVE, ""
    if all(rules.known(e) for e in error):
        stream = streams.rng(0, "hbm", "claims", "steepest fall")
        drawn = mean + error * stream.normal(size=(RESAMPLES, len(h)))
        places = np.argmin(np.diff(drawn, axis=1) / np.diff(np.log(h)), axis=1)
        inside = float((places == bracket[0]).mean())
        spread = float(centres[places].std())
        note = f"; that around h_c is the steepest in {inside:.1%} of the resampled sweeps"
        fall = rules.order(mean[0] - mean[-1], math.hypot(error[0], error[-1]))
        if fall == REPRODUCED and inside >= 0.975:
            verdict = REPRODUCED
        elif fall == REPRODUCED and inside <= 0.025:
            verdict = NOT_REPRODUCED
    return _claim(
        "hbm.figure5.change_at_transition",
        "the loss changes at the transition (middle of the interval of h_d in which it falls "
        "most steeply)",
        figure="5a",
        published="a significant change at h_c = 3.5",
        measured=float(centres[steepest]),
        error=spread,
        verdict=verdict,
        scale=_scale(thermal, f", h_d = {', '.join(f'{x:g}' for x in h)}"),
        note=f"steepest between h_d = {h[steepest]:g} and {h[steepest + 1]:g}{note}",
    )


def _hamming_claims(table: pd.DataFrame, thermal_h: float, localised_h: float) -> list[Claim]:
    strengths = {"thermal": thermal_h, "localised": localised_h}
    late = {phase: _at(table, "hamming_late", h) for phase, h in strengths.items()}
    most = _at(table, "hamming_late", float(table.h.max()))
    expected = float(late["thermal"]["thermal"])
    notes = {
        "thermal": f"from this initial state a scrambled machine has {expected:.4f}, S^z being "
        "conserved"
        if math.isfinite(expected)
        else "",
        "localised": f"{rules.pm(most['mean'], most['error'])} at h_d = {most['h']:g}",
    }
    claims = []
    for phase, row in late.items():
        mean, error = float(row["mean"]), float(row["error"])
        claims.append(
            _claim(
                f"hbm.figure5.hamming_{phase}",
                f"Hamming distance in the {phase} phase",
                figure="5b",
                published=f"about {HAMMING[phase]:g}",
                measured=mean,
                error=error,
                verdict=rules.value(mean, error, HAMMING[phase], HAMMING_TOLERANCE),
                scale=_scale(row, f", h_d = {strengths[phase]:g}"),
                note=notes[phase],
            )
        )
    if math.isfinite(expected):
        mean, error = (float(late["thermal"][name]) for name in ("mean", "error"))
        claims.append(
            _claim(
                "hbm.figure5.hamming_scrambled",
                "Hamming distance in the thermal phase is that of a scrambled machine with S^z "
                "conserved",
                figure="5b",
                published=f"no claim (by symmetry: {expected:.4f})",
                measured=mean,
                error=error,
                verdict=rules.value(mean, error, expected, HAMMING_TOLERANCE),
                scale=_scale(late["thermal"], f", h_d = {thermal_h:g}"),
                origin="spinlearn",
            )
        )
    difference, error = _difference(late["thermal"], late["localised"])
    scale = _scale(late["thermal"], f", h_d = {thermal_h:g} and {localised_h:g}")
    drop = HAMMING["thermal"] - HAMMING["localised"]
    for name, text, published, verdict in (
        (
            "lower",
            "Hamming distance is lower in the localised phase (difference)",
            "lower",
            rules.order(difference, error),
        ),
        (
            "drop",
            "how far the Hamming distance drops from the thermal to the localised phase",
            f"0.5 - 0.33 = {drop:.2f}",
            rules.value(difference, error, drop, DROP_TOLERANCE),
        ),
    ):
        claims.append(
            _claim(
                f"hbm.figure5.hamming_{name}",
                text,
                figure="5b",
                published=published,
                measured=difference,
                error=error,
                verdict=verdict,
                scale=scale,
            )
        )
    return claims


def disorder_claims(table: pd.DataFrame, localised_h: float) -> list[Claim]:
    """Figure 5: localisation helps, and its signs in the trajectories.

    The thermal phase is the weakest disorder of the sweep.

    The rules. Orders (the loss, the Hamming distance, the changes from quench to quench): `order`.
    The Hamming distances: `value`, within 0.03 of the paper's, and of what a scrambled machine has;
    their difference within 0.05 of the paper's. "The loss changes at h_c": the steepest fall of
    log10 MMD between neighbouring strengths, against log h, is the one between the strengths
    around h_c = 3.5 in at least 97.5 % of resampled sweeps (normal, with the errors of the means);
    not reproduced if it is so in at most 2.5 %; inconclusive in between, if the whole fall is not
    significant (`order`), or if an error is unknown.

    Args:
        table: as `spinlearn.hbm.tables.disorder_sweep` gives it.
        localised_h: the strength that stands for the localised phase.

    Returns:
        No claim if the two strengths do not lie on either side of h_c.
    """
    thermal_h = float(table.h.min())
    if thermal_h >= CRITICAL_H or localised_h <= CRITICAL_H:
        return []
    thermal, localised = (_at(table, "log10_loss", h) for h in (thermal_h, localised_h))
    scale = _scale(thermal, f", h_d = {thermal_h:g} and {localised_h:g}")
    difference, error = _difference(thermal, localised)
    claims = [
        _claim(
            "hbm.figure5.localised_below_thermal",
            "the localised machine ends below the thermal one (difference of log10 MMD)",
            figure="5a",
            published="significantly lower",
            measured=difference,
            error=error,
            verdict=rules.order(difference, error),
            scale=scale,
        )
    ]
    steepest = _steepest_fall(table[table.quantity == "log10_loss"], thermal)
    claims += [steepest] if steepest else []
    claims += _hamming_claims(table, thermal_h, localised_h)
    for quantity, key, name, panel in (
        ("hamming", "hamming_jumps", "the Hamming distance", "5b"),
        ("entropy_per_site", "entropy_jumps", "the entropy per site", "5c"),
    ):
        steps = [_at(table, f"{quantity}_step", h) for h in (thermal_h, localised_h)]
        difference, error = _difference(*steps)
        claims.append(
            _claim(
                f"hbm.figure5.{key}",
                f"{name} jumps more from quench to quench in the thermal phase "
                "(difference of root mean square changes)",
                figure=panel,
                published="larger",
                measured=difference,
                error=error,
                verdict=rules.order(difference, error),
                scale=scale,
            )
        )
    return claims


def parity_claims(table: pd.DataFrame) -> list[Claim]:
    """Figure 8: order of the phases on the parity data (`order`), and F = 0.75 within 0.05.

    Args:
        table: as `spinlearn.hbm.tables.parity_fidelities` gives it.
    """
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
                    f"hbm.figure8.{larger.lower()}_above_{smaller.lower()}",
                    f"{text} on parity data (difference of fidelities)",
                    figure=8,
                    published="higher",
                    measured=difference,
                    error=error,
                    verdict=rules.order(difference, error),
                    scale=_scale(bars[larger], f", h_d: {strengths}"),
                )
            )
    if "MBL" in bars:
        row = bars["MBL"]
        mean, error = float(row["mean"]), float(row["error"])
        claims.append(
            _claim(
                "hbm.figure8.mbl_fidelity",
                "fidelity of the MBL machine on parity data",
                figure=8,
                published="0.75 (here: within 0.05)",
                measured=mean,
                error=error,
                verdict=rules.value(mean, error, 0.75, 0.05),
                scale=_scale(row, f", h_d = {row['h']:g}"),
                note=f"the uniform distribution has {row['uniform_fidelity']:.2f}",
            )
        )
    return claims
