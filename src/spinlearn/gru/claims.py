"""What P2 claims, held against the tables of its figures.

Each function takes a table alone and returns rows of the scorecard; the rules `order`, `value`,
`above`, `below`, `within`, `all_of` are those of `spinlearn.papers.verdicts`. P2 makes its claims
for h >= 3 (Pauli matrices). Errors stand for the test realisations and for the spread between
networks together, unless a function says otherwise; a single network has no such error.
"""

import math
from functools import partial

import numpy as np
import pandas as pd

from spinlearn.gru.tables import crossings
from spinlearn.papers import verdicts as rules
from spinlearn.papers.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, Claim

H_MIN = 3.0
"""P2 claims quality for h >= 3; below, the variance of the targets vanishes."""

BASELINE = 0.5
"""R^2_norm of the constant predictor."""

MARGIN = 0.05
"""Difference of R^2_norm, or of the averaged spin fraction, that counts as none."""

OFFSET = 0.5
"""Deviation of a mean, in standard deviations over realisations, that counts as agreement."""

SPREAD = (0.5, 1.5)
"""Ratio of predicted to exact standard deviation that counts as agreement; below, the mean alone
is learned."""

SYMBOLS = {"gap_ratio": "r", "entanglement_entropy": "S", "spin_fraction": "f"}
KEYS = {"gap_ratio": "gap_ratio", "entanglement_entropy": "entropy", "spin_fraction": "fraction"}
LEARNED = ("entanglement_entropy", "spin_fraction")
"""Indicators that P2 finds well learned; of the gap ratio it finds the mean alone."""

PAPER = "L = 10, 12, 14; 30 h; 1000 + 100; 5 on L = 10, 12"
PAPER_SINGLE = "L = 14; 30 h; 1000 + 100; 1 on L = 10, 12"
PAPER_RESOLVED = "L = 14; 30 h; 1000 + 100; 1; in its code on L = 10, 12, 14"

_claim = partial(rules.claim, paper="P2")


def _open(key: str, text: str, figure: int, published: str, scale: str, why: str) -> Claim:
    """A claim that the table cannot speak about."""
    return _claim(
        key, text, figure=figure, published=published, measured=math.nan, verdict=INCONCLUSIVE,
        scale=scale, note=why,
    )  # fmt: skip


def _span(values: pd.Series) -> str:
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low}-{high}"


def _lengths(values: pd.Series) -> str:
    return ", ".join(str(int(value)) for value in sorted(values.unique()))


def _scale(table: pd.DataFrame, paper: str) -> str:
    return (
        f"L = {_lengths(table['L'])}; {table['h'].nunique()} h; "
        f"{_span(table['train_realisations'])} + {_span(table['test_realisations'])} realisations; "
        f"{_span(table['networks'])} networks trained on L = {table['train_L'].iloc[0]} "
        f"(paper: {paper})"
    )


def _average(table: pd.DataFrame) -> tuple[float, float]:
    """Mean of R^2_norm over rows, and its error; unknown (NaN) for a single network.

    Test realisations of different L and h are independent, networks are the same in all rows.
    """
    sampling = np.sqrt((table["sampling_error"] ** 2).sum()) / len(table)
    between = table["network_spread"].mean(skipna=False) / np.sqrt(table["networks"].iloc[0])
    return float(table["r2_norm"].mean()), float(np.hypot(sampling, between))


def figure3(table: pd.DataFrame) -> list[Claim]:
    """Claims about means and spreads of the longest chain, for h >= 3.

    The rules. Mean: the deviation of the network's mean in units of the exact standard deviation,
    root mean square over h, is below 0.5 (`below`). Its error is that of the exact means, carried
    through the root mean square; both means share their realisations, so this is an upper limit.
    Spread: the ratio of predicted to exact standard deviation, averaged over h, lies between 0.5
    and 1.5 for S and f (`within`) and below 0.5 for r (`below`), of which P2 finds the mean alone.

    Args:
        table: as `spinlearn.gru.tables.figure3` gives it.
    """
    claims = []
    scale = _scale(table, PAPER_SINGLE)
    table = table[table["h"] >= H_MIN]
    for indicator, symbol in SYMBOLS.items():
        mean_key, spread_key = (f"gru.figure3.{name}_{KEYS[indicator]}" for name in ("mean", "std"))
        mean_text = f"mean of {symbol}, h >= 3 (rms deviation / exact standard deviation)"
        spread_text = f"spread of {symbol}, h >= 3 (predicted / exact standard deviation)"
        spread_published = "only the mean is learned" if symbol == "r" else "agrees"
        part = table[table["indicator"] == indicator]
        exact = part[part["source"] == "exact"].set_index("h")
        network = part[part["source"] == "network"].set_index("h")
        exact = exact[exact["std"] > 0]
        if exact.empty:
            why = "no spread at any h >= 3"
            claims.append(_open(mean_key, mean_text, 3, "agrees", scale, why))
            claims.append(_open(spread_key, spread_text, 3, spread_published, scale, why))
            continue
        network = network.loc[exact.index]
        offset = (network["mean"] - exact["mean"]) / exact["std"]
        rms = float(np.sqrt((offset**2).mean()))
        unit = exact["mean_error"] / exact["std"]
        error = float(np.sqrt(((offset * unit) ** 2).sum()) / (len(offset) * rms)) if rms else 0.0
        claims.append(
            _claim(
                mean_key,
                mean_text,
                figure=3,
                published="agrees",
                measured=rms,
                error=error,
                verdict=rules.below(rms, error, OFFSET),
                scale=scale,
                note=f"largest {abs(offset).max():.2f}, at h = {abs(offset).idxmax():g}",
            )
        )
        ratios = network["std"] / exact["std"]
        ratio = float(ratios.mean())
        relative = exact["std_error"] / exact["std"] * ratios
        error = float(np.sqrt((relative**2).sum())) / len(ratios)
        low, high = SPREAD
        claims.append(
            _claim(
                spread_key,
                spread_text,
                figure=3,
                published=spread_published,
                measured=ratio,
                error=error,
                verdict=rules.below(ratio, error, low)
                if symbol == "r"
                else rules.within(ratio, error, low, high),
                scale=scale,
            )
        )
    return claims


def figure4(table: pd.DataFrame) -> list[Claim]:
    """Claims about R^2_norm.

    The rules, with means over h >= 3. S and f, well above 1/2: for every L the mean exceeds 1/2 by
    more than 0.05 (`above`, `all_of`); at best inconclusive if no L was held out from training.
    r, barely above 1/2: the mean over all L is 1/2 within 0.05 (`value`), and those of S and f
    exceed it (`order`). Small h: the means of S and f exceed those at the smallest h < 3 (`order`).

    Args:
        table: as `spinlearn.gru.tables.figure4` gives it.
    """
    scale = _scale(table, PAPER)
    large = table[table["h"] >= H_MIN]
    small = table[table["h"] < H_MIN]
    claims = []
    for indicator in LEARNED:
        key = f"gru.figure4.{KEYS[indicator]}_learned"
        text = (
            f"R^2_norm of {SYMBOLS[indicator]} for h >= 3, a held-out L included (mean of the L "
            "with the lowest)"
        )
        published = "well above 1/2 (here: by more than 0.05)"
        if large.empty:
            claims.append(_open(key, text, 4, published, scale, "no h >= 3"))
            continue
        part = large[large["indicator"] == indicator]
        means = {
            (L, bool(group["held_out"].iloc[0])): _average(group) for L, group in part.groupby("L")
        }
        verdict = rules.all_of(*(rules.above(*each, BASELINE + MARGIN) for each in means.values()))
        if verdict == REPRODUCED and not any(held_out for _, held_out in means):
            verdict = INCONCLUSIVE
        lowest, error = min(means.values())
        claims.append(
            _claim(
                key,
                text,
                figure=4,
                published=published,
                measured=lowest,
                error=error,
                verdict=verdict,
                scale=scale,
                note="; ".join(
                    f"{rules.pm(mean, spread)} (L = {L}{', held out' if held_out else ''})"
                    for (L, held_out), (mean, spread) in means.items()
                ),
            )
        )

    key, text, published = (
        "gru.figure4.gap_ratio_barely_learned",
        "R^2_norm of r for h >= 3",
        "barely above 1/2",
    )
    if large.empty:
        claims.append(_open(key, text, 4, published, scale, "no h >= 3"))
    else:
        averages = {name: _average(large[large["indicator"] == name]) for name in SYMBOLS}
        mean, error = averages["gap_ratio"]
        exceeded = (
            rules.order(averages[name][0] - mean, math.hypot(averages[name][1], error))
            for name in LEARNED
        )
        claims.append(
            _claim(
                key,
                text,
                figure=4,
                published=published,
                measured=mean,
                error=error,
                verdict=rules.all_of(rules.value(mean, error, BASELINE, MARGIN), *exceeded),
                scale=scale,
                note="; ".join(f"{SYMBOLS[name]}: {rules.pm(*averages[name])}" for name in LEARNED),
            )
        )

    key = "gru.figure4.breakdown_at_small_disorder"
    text = "R^2_norm of S and f breaks down at small h (the smaller of the two drops)"
    published = "yes, as the targets' variance vanishes"
    if large.empty or small.empty:
        claims.append(_open(key, text, 4, published, scale, "no h on both sides of 3"))
        return claims
    weakest = float(small["h"].min())
    drops, texts = [], []
    for indicator in LEARNED:
        at_weakest = small[(small["indicator"] == indicator) & (small["h"] == weakest)]
        low, low_error = _average(at_weakest)
        high, high_error = _average(large[large["indicator"] == indicator])
        drops.append((high - low, math.hypot(low_error, high_error)))
        texts.append(
            f"{SYMBOLS[indicator]}: {rules.pm(high, high_error)} for h >= 3, "
            f"{rules.pm(low, low_error)} at h = {weakest:g}"
        )
    smallest, error = min(drops)
    claims.append(
        _claim(
            key,
            text,
            figure=4,
            published=published,
            measured=smallest,
            error=error,
            verdict=rules.all_of(*(rules.order(*drop) for drop in drops)),
            scale=scale,
            note="; ".join(texts),
        )
    )
    return claims


def figure5(table: pd.DataFrame) -> list[Claim]:
    """Claims about transfer learning.

    The rule: the mean difference of R^2_norm of f over L and h >= 3 between two variants is zero
    within 0.05 (`value`); its error is that of the mean over these independent ensembles, with the
    spread between networks of both.

    Args:
        table: as `spinlearn.gru.tables.figure5` gives it.
    """
    published = "0 within statistical errors"
    scale = _scale(table, PAPER)
    large = table[table["h"] >= H_MIN]
    claims = []
    for first, second in (("transfer", "scratch"), ("transfer", "multitask")):
        key = f"gru.figure5.{first}_equals_{second}"
        text = f"R^2_norm of f for h >= 3: {first} minus {second}"
        a = large[large["variant"] == first].set_index(["L", "h"])
        b = large[large["variant"] == second].set_index(["L", "h"])
        difference = (a["r2_norm"] - b["r2_norm"]).dropna()
        if len(difference) < 2:
            claims.append(_open(key, text, 5, published, scale, "fewer than two ensembles"))
            continue
        variances = [difference.var(ddof=1) / len(difference)]
        for part in (a, b):
            spread = part["network_spread"].mean(skipna=False)
            variances.append(spread**2 / part["networks"].iloc[0])
        mean, error = float(difference.mean()), float(np.sqrt(sum(variances)))
        claims.append(
            _claim(
                key,
                text,
                figure=5,
                published=published,
                measured=mean,
                error=error,
                verdict=rules.value(mean, error, 0.0, MARGIN),
                scale=scale,
            )
        )
    return claims


def figure6(table: pd.DataFrame) -> list[Claim]:
    """Claim about the phase diagram.

    The rule: the root mean square difference of the averaged f between networks and exact
    diagonalisation, on the same disorder vectors and grid, is below 0.05 (`below`). The error is
    that of a single exact average, an upper limit, since both share their disorder and points of
    one h are correlated.

    Args:
        table: as `spinlearn.gru.tables.figure6` gives it.
    """
    keys = ["h", "energy_density"]
    exact = table[table["source"] == "exact"].set_index(keys)
    network = table[table["source"] == "network (test)"].set_index(keys)
    difference = network["spin_fraction"] - exact["spin_fraction"]
    rms = float(np.sqrt((difference**2).mean()))
    noise = float(np.sqrt((exact["error"] ** 2).mean()))
    largest = float(table.loc[table["source"] != "exact", "largest"].max())
    energies = exact.index.get_level_values("energy_density").nunique()
    size = _scale(table[table["source"] == "exact"], PAPER_RESOLVED)
    return [
        _claim(
            "gru.figure6.phase_diagram",
            "phase diagram of f over h and energy density: rms difference, networks minus exact",
            figure=6,
            published="faithfully reproduced (here: within 0.05)",
            measured=rms,
            error=noise,
            verdict=rules.below(rms, noise, MARGIN),
            scale=f"{size}; {energies} energy densities",
            note=f"largest difference {difference.abs().max():.2f}; largest single prediction of "
            f"f {largest:.2f}, the networks being unbounded",
        )
    ]


def figure8(table: pd.DataFrame) -> list[Claim]:
    """Claim about the features.

    A feature crosses if the curves of every pair of chain lengths do. The rule: every network has
    such a feature, and the places of the crossings of different features and networks spread more
    (standard deviation s over k of them, error s/sqrt(2(k-1))) than those of the pairs of lengths
    within a feature (largest minus smallest, mean over the features; `order`). Not reproduced if no
    network has a feature that crosses, or if the order is the other way; inconclusive for a single
    network or pair, or if a network has none.

    Args:
        table: as `spinlearn.gru.tables.figure8` gives it.
    """
    found = crossings(table)
    groups = found.groupby(["network", "feature"])["h"]
    positions = groups.mean()[groups.count() == groups.size()]
    widths = (groups.max() - groups.min())[positions.index]
    networks = table["network"].nunique()
    pairs = len(found[["L", "other_L"]].drop_duplicates())
    scale = (
        f"L = {_lengths(table['L'])}; {table['h'].nunique()} h; {_span(table['samples'])} disorder "
        f"vectors; {networks} networks trained on {_span(table['train_realisations'])} "
        "realisations (paper: L = 10, 12, 14; 30 h; 1000; 1 shown)"
    )
    excess, error = math.nan, math.nan
    note = f"{len(positions)} of {groups.ngroups} features cross"
    if positions.empty:
        verdict = NOT_REPRODUCED if pairs else INCONCLUSIVE
    elif len(positions) < 2 or networks < 2 or pairs < 2:
        verdict = INCONCLUSIVE
    else:
        spread = float(positions.std(ddof=1))
        excess = spread - float(widths.mean())
        error = math.hypot(
            spread / math.sqrt(2 * (len(positions) - 1)),
            float(widths.std(ddof=1)) / math.sqrt(len(widths)),
        )
        verdict = rules.order(excess, error)
        every = positions.index.get_level_values("network").nunique() == networks
        if verdict == REPRODUCED and not every:
            verdict = INCONCLUSIVE
        note += (
            f", h = {positions.min():.1f} to {positions.max():.1f}; they spread by {spread:.2f}, "
            f"pairs of L are apart by {widths.mean():.2f}"
        )
    return [
        _claim(
            "gru.figure8.crossings_vary",
            "feature curves of different L cross at an h that varies from training to training "
            "(spread among features and networks minus distance among pairs of L)",
            figure=8,
            published="crossing independent of L, its place set by the initialisation",
            measured=excess,
            error=error,
            verdict=verdict,
            scale=scale,
            note=note,
        )
    ]
