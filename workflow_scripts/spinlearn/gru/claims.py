"""What P2 claims, held against the tables of its figures.

Each function takes tables alone and returns rows of the scorecard. A claim about a range of h means
h >= 3 (Pauli matrices), where P2 makes it. "Two errors" below are two standard errors, which stand
for the test realisations and for the spread between networks together.
"""

import numpy as np
import pandas as pd

from spinlearn.gru.tables import crossings

H_MIN = 3.0
"""P2 claims quality for h >= 3; below, the variance of the targets vanishes."""

BASELINE = 0.5
"""R^2_norm of the constant predictor."""

MARGIN = 0.05
"""Difference of R^2_norm, or of the averaged spin fraction, that counts as none."""

NAMES = {"gap_ratio": "r", "entanglement_entropy": "S", "spin_fraction": "f"}
Row = dict[str, str]


def _row(
    figure: int, claim: str, published: str, measured: str, error: str, verdict: str, scale: str
) -> Row:
    return {
        "claim": claim,
        "paper": "P2",
        "figure": str(figure),
        "published": published,
        "measured": measured,
        "error": error,
        "verdict": verdict,
        "scale": scale,
    }


def _span(values: pd.Series) -> str:
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low}-{high}"


def _lengths(values: pd.Series) -> str:
    return ", ".join(str(int(value)) for value in sorted(values.unique()))


def _scale(table: pd.DataFrame, paper: str) -> str:
    return (
        f"L = {_lengths(table['L'])}; {table['h'].nunique()} h; "
        f"{_span(table['train_realisations'])} + {_span(table['test_realisations'])} realisations; "
        f"{_span(table['networks'])} networks (paper: {paper})"
    )


PAPER = "L = 10, 12, 14; 30 h; 1000 + 100; 5"


def _average(table: pd.DataFrame) -> tuple[float, float]:
    """Mean of R^2_norm over rows, and its error.

    Test realisations of different L and h are independent, networks are the same in all rows.
    """
    n = len(table)
    sampling = np.sqrt((table["sampling_error"] ** 2).sum()) / n
    spread = table["network_spread"].mean()
    between = 0.0 if np.isnan(spread) else spread / np.sqrt(table["networks"].iloc[0])
    return float(table["r2_norm"].mean()), float(np.hypot(sampling, between))


def figure3(table: pd.DataFrame) -> list[Row]:
    """Claims about means and spreads of the longest chain.

    Mean: reproduced if for h >= 3 the network's mean is, in the root mean square over h, within
    half of the exact standard deviation; not reproduced if beyond one; else inconclusive. Spread
    of S and f: reproduced if the ratio of predicted to exact standard deviation, averaged over h,
    is between 0.5 and 1.5; inconclusive within two errors of that. Spread of r: reproduced if the
    ratio is below 0.5, since P2 finds that the network gives the mean of r alone.
    """
    rows = []
    scale = _scale(table, "L = 14; 30 h; 1000 + 100; 1")
    table = table[table["h"] >= H_MIN]
    for indicator, symbol in NAMES.items():
        part = table[table["indicator"] == indicator]
        exact = part[part["source"] == "exact"].set_index("h")
        network = part[part["source"] == "network"].set_index("h")
        where = f"{symbol} at the longest chain, h >= 3"
        spread_word = "only its mean is learned" if symbol == "r" else "spread reproduced"
        if exact.empty:
            for claim, published in (
                (f"mean of {where}", "agrees with exact diagonalisation"),
                (f"spread of {where}", spread_word),
            ):
                rows.append(
                    _row(3, claim, published, "no field with h >= 3", "", "inconclusive", scale)
                )
            continue
        offset = (network["mean"] - exact["mean"]) / exact["std"]
        rms = float(np.sqrt((offset**2).mean()))
        noise = float(np.sqrt(((exact["mean_error"] / exact["std"]) ** 2).mean()))
        verdict = "reproduced" if rms <= 0.5 else "not reproduced" if rms > 1 else "inconclusive"
        rows.append(
            _row(
                3,
                f"mean of {where}",
                "agrees with exact diagonalisation",
                f"rms deviation {rms:.2f} of the exact standard deviation",
                f"{noise:.2f}",
                verdict,
                scale,
            )
        )
        ratios = network["std"] / exact["std"]
        ratio = float(ratios.mean())
        error = float(np.sqrt(((exact["std_error"] / exact["std"] * ratios) ** 2).sum()))
        error /= len(ratios)
        low, high = (0.0, 0.5) if symbol == "r" else (0.5, 1.5)
        if low <= ratio <= high:
            verdict = "reproduced"
        elif low - 2 * error <= ratio <= high + 2 * error:
            verdict = "inconclusive"
        else:
            verdict = "not reproduced"
        rows.append(
            _row(
                3,
                f"spread of {where}",
                spread_word,
                f"predicted / exact standard deviation = {ratio:.2f}",
                f"{error:.2f}",
                verdict,
                scale,
            )
        )
    return rows


def figure4(table: pd.DataFrame) -> list[Row]:
    """Claims about R^2_norm.

    S and f: reproduced if for every L, those held out from training among them, the mean over
    h >= 3 exceeds 1/2 by more than two errors; not reproduced if for one it lies below by as much;
    else (or if no L was held out) inconclusive. r: reproduced if its mean over L and h >= 3 is
    within 0.05 of 1/2, or within two errors of that, and those of S and f exceed it by more than
    two errors; not reproduced if it leaves the former range; else inconclusive. Breakdown at small
    h: reproduced if S and f at the smallest h < 3 lie below their means over h >= 3 by more than
    two errors; not reproduced if not below; else inconclusive.
    """
    rows = []
    scale = _scale(table, PAPER)
    large = table[table["h"] >= H_MIN]
    small = table[table["h"] < H_MIN]
    empty = large.empty
    for indicator in ("entanglement_entropy", "spin_fraction"):
        symbol = NAMES[indicator]
        claim = f"{symbol} is predictable realisation by realisation for h >= 3, held-out L included"
        published = "R^2_norm well above 1/2"
        if empty:
            rows.append(
                _row(4, claim, published, "no field with h >= 3", "", "inconclusive", scale)
            )
            continue
        part = large[large["indicator"] == indicator]
        means = {
            (int(L), bool(held)): _average(group)
            for (L, held), group in part.groupby(["L", "held_out"])
        }
        text = ", ".join(
            f"{mean:.2f} at L = {L}" + (" (held out)" if held else "")
            for (L, held), (mean, _) in means.items()
        )
        if all(mean - 2 * error > BASELINE for mean, error in means.values()):
            held_out = any(held for _, held in means)
            verdict = "reproduced" if held_out else "inconclusive"
        elif any(mean + 2 * error < BASELINE for mean, error in means.values()):
            verdict = "not reproduced"
        else:
            verdict = "inconclusive"
        worst = max(error for _, error in means.values())
        rows.append(_row(4, claim, published, text, f"{worst:.2f}", verdict, scale))

    claim, published = "r of a realisation is hardly predictable", "R^2_norm barely above 1/2"
    if empty:
        rows.append(_row(4, claim, published, "no field with h >= 3", "", "inconclusive", scale))
    else:
        averages = {
            name: _average(large[large["indicator"] == name]) for name in NAMES
        }
        mean, error = averages["gap_ratio"]
        near = abs(mean - BASELINE) <= MARGIN + 2 * error
        above = all(
            averages[name][0] - mean > 2 * np.hypot(averages[name][1], error)
            for name in ("entanglement_entropy", "spin_fraction")
        )
        verdict = "not reproduced" if not near else "reproduced" if above else "inconclusive"
        others = ", ".join(
            f"{NAMES[name]}: {averages[name][0]:.2f}"
            for name in ("entanglement_entropy", "spin_fraction")
        )
        rows.append(
            _row(4, claim, published, f"{mean:.3f} ({others})", f"{error:.3f}", verdict, scale)
        )

    claim = "R^2_norm of S and f breaks down at small h"
    published = "vanishing variance of the targets"
    if empty or small.empty:
        rows.append(
            _row(4, claim, published, "no fields on both sides of h = 3", "", "inconclusive", scale)
        )
        return rows
    weakest = float(small["h"].min())
    drops = []
    for indicator in ("entanglement_entropy", "spin_fraction"):
        low, low_error = _average(
            small[(small["indicator"] == indicator) & (small["h"] == weakest)]
        )
        high, high_error = _average(large[large["indicator"] == indicator])
        drops.append((NAMES[indicator], low, high, float(np.hypot(low_error, high_error))))
    if all(high - low > 2 * error for _, low, high, error in drops):
        verdict = "reproduced"
    elif any(low > high for _, low, high, _ in drops):
        verdict = "not reproduced"
    else:
        verdict = "inconclusive"
    text = ", ".join(f"{symbol}: {high:.2f} to {low:.2f}" for symbol, low, high, _ in drops)
    rows.append(
        _row(
            4,
            claim,
            published,
            f"from h >= 3 to h = {weakest:g}, {text}",
            f"{max(error for *_, error in drops):.2f}",
            verdict,
            scale,
        )
    )
    return rows


def figure5(table: pd.DataFrame) -> list[Row]:
    """Claims about transfer learning.

    For each pair of variants, the mean difference of R^2_norm of f over L and h >= 3; its error
    is that of the mean over these independent ensembles, with the spread between networks of both.
    Reproduced if each difference is within 0.05 or two errors of zero and no error exceeds 0.05;
    not reproduced if one differs by more than both; else inconclusive.
    """
    published = "all three alike; differences are statistical"
    scale = _scale(table, PAPER)
    large = table[table["h"] >= H_MIN]
    rows = []
    for first, second in (("transfer", "scratch"), ("transfer", "multitask")):
        claim = f"spin fraction: {first} performs as {second}"
        a = large[large["variant"] == first].set_index(["L", "h"])
        b = large[large["variant"] == second].set_index(["L", "h"])
        difference = (a["r2_norm"] - b["r2_norm"]).dropna()
        if len(difference) < 2:
            rows.append(
                _row(5, claim, published, "fewer than two ensembles with h >= 3", "",
                     "inconclusive", scale)
            )
            continue
        between = [
            part["network_spread"].mean() / np.sqrt(part["networks"].iloc[0]) for part in (a, b)
        ]
        error = float(
            np.sqrt(difference.var(ddof=1) / len(difference) + np.nansum(np.square(between)))
        )
        mean = float(difference.mean())
        if abs(mean) > max(MARGIN, 2 * error):
            verdict = "not reproduced"
        else:
            verdict = "reproduced" if error <= MARGIN else "inconclusive"
        rows.append(
            _row(
                5,
                claim,
                published,
                f"R^2_norm {a['r2_norm'].mean():.2f} against {b['r2_norm'].mean():.2f}, "
                f"difference {mean:+.3f}",
                f"{error:.3f}",
                verdict,
                scale,
            )
        )
    return rows


def figure6(table: pd.DataFrame) -> list[Row]:
    """Claims about the phase diagram.

    Root mean square difference of the averaged f between the networks and exact diagonalisation, on
    the same disorder vectors and grid: reproduced up to 0.05, not reproduced above 0.10,
    inconclusive between. The networks are not bounded to [0, 1]; the largest value is told.
    """
    keys = ["h", "energy_density"]
    exact = table[table["source"] == "exact"].set_index(keys)
    network = table[table["source"] == "network (test)"].set_index(keys)
    difference = network["spin_fraction"] - exact["spin_fraction"]
    rms = float(np.sqrt((difference**2).mean()))
    # Exact and predicted averages share their disorder, so this is an upper limit.
    noise = float(np.sqrt((exact["error"] ** 2).mean()))
    verdict = (
        "reproduced" if rms <= MARGIN else "not reproduced" if rms > 2 * MARGIN else "inconclusive"
    )
    largest = float(table.loc[table["source"] != "exact", "largest"].max())
    return [
        _row(
            6,
            "averaged predictions give the phase diagram of f over h and energy density",
            "faithfully reproduced",
            f"rms difference {rms:.3f} of f (0 to 1); largest single prediction {largest:.2f}",
            f"{noise:.3f}",
            verdict,
            f"{_scale(table[table['source'] == 'exact'], 'L = 14; 30 h; 1000 + 100; 1')}; "
            f"{exact.index.get_level_values('energy_density').nunique()} energy densities",
        )
    ]


def figure8(table: pd.DataFrame) -> list[Row]:
    """Claims about the features.

    A feature has a crossing if the curves of every pair of chain lengths cross. Reproduced if every
    network has such a feature and, in the median over them, the crossings of the pairs differ by
    less than the crossings of different features and networks (standard deviation); not
    reproduced if no network has one; else, or with a single network or pair, inconclusive.
    """
    found = crossings(table)
    complete = pd.DataFrame(
        [
            {"network": network, "h": part["h"].mean(), "width": part["h"].max() - part["h"].min()}
            for (network, _), part in found.groupby(["network", "feature"])
            if part["h"].notna().all()
        ],
        columns=["network", "h", "width"],
    )
    networks = table["network"].nunique()
    scale = (
        f"L = {_lengths(table['L'])}; {table['h'].nunique()} h; {_span(table['samples'])} disorder "
        f"vectors; {networks} networks trained on {_span(table['train_realisations'])} realisations "
        "(paper: L = 10, 12, 14; 30 h; 1000; 1 shown)"
    )
    claim = "feature curves of different L cross at an h that varies from training to training"
    published = "crossing independent of L, position depends on the initialisation"
    if complete.empty:
        pairs = len(found)
        verdict = "not reproduced" if pairs else "inconclusive"
        return [_row(8, claim, published, "no common crossing", "", verdict, scale)]
    width, spread = float(complete["width"].median()), float(complete["h"].std(ddof=1))
    pairs = table["L"].nunique() * (table["L"].nunique() - 1) // 2
    if networks > 1 and pairs > 1 and complete["network"].nunique() == networks and width < spread:
        verdict = "reproduced"
    else:
        verdict = "inconclusive"
    return [
        _row(
            8,
            claim,
            published,
            f"{len(complete)} of {found.groupby(['network', 'feature']).ngroups} features cross, "
            f"at h = {complete['h'].min():.1f} to {complete['h'].max():.1f}",
            f"{width:.2f} between pairs of L",
            verdict,
            scale,
        )
    ]
