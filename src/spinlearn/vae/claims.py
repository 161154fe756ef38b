"""Verdicts on the published claims about the conditional VAE (P4 §5).

The rules `order`, `value`, `above`, `below`, `within`, `all_of` are those of
`spinlearn.papers.verdicts`. Errors are those of evaluating one trained model; what another training
would change is not in them.
"""

import math
from functools import partial

import numpy as np
import pandas as pd

from spinlearn.papers import verdicts as rules
from spinlearn.papers.verdicts import INCONCLUSIVE, Claim

TOLERANCE = 0.05
"""Deviation that still counts as a good fit of an expectation value."""

FIDELITY = 0.99
"""Bhattacharyya coefficient that P4 reports to be exceeded."""

COLLAPSE, COLLAPSE_ROUNDING = 0.9, 0.05
"""Where P4 sees the transition, in units of J, and half of its last digit."""

NOISE = 0.2
"""Error of a central difference, in units of the derivative, above which it tells nothing."""

SLIGHTLY = 0.9
"""Largest eigenvalue down to which a state counts as slightly mixed; P4 prints no number."""

_PAPER_SCALE = "paper: N = 32, 21 fields, 500000 samples each"
_PAPER_SHORT = "paper: N = 5"

_claim = partial(rules.claim, paper="P4")


def _scale(table: pd.DataFrame, paper: str) -> str:
    fields = table.hx.nunique()
    samples = int(table.training_samples.iloc[0])
    N = int(table.N.max())
    return f"N = {N}, {fields} field{'s'[: fields != 1]}, {samples} samples each ({paper})"


def _fit(table: pd.DataFrame, figure: int, key: str, what: str) -> Claim:
    deviation = table.decoder_mean - table.exact
    worst = table.loc[deviation.abs().idxmax()]
    largest = float(abs(worst.decoder_mean - worst.exact))
    rms = float(np.sqrt((deviation**2).mean()))
    outside = float((abs(table.vae - table.exact) > 2 * table.vae_error).mean())
    place = f"at site {int(worst.site)}, hx = {worst.hx:g}" if worst.site else f"hx = {worst.hx:g}"
    return _claim(
        f"vae.figure{figure}.{key}",
        f"{what} of the VAE agrees with DMRG at every field (largest deviation)",
        figure=figure,
        published=f"good agreement (here: within {TOLERANCE})",
        measured=largest,
        error=float(worst.decoder_mean_error),
        verdict=rules.below(largest, float(worst.decoder_mean_error), TOLERANCE),
        scale=_scale(table, _PAPER_SCALE),
        note=f"{place}; rms deviation {rms:.3f}; {outside:.0%} of the sampled estimates are off by "
        "more than two errors",
    )


def correlation_claims(table: pd.DataFrame, figure: int) -> list[Claim]:
    """Claims on figures 5 (⟨σ^z_1 σ^z_n⟩) and 6 (⟨σ^x_1 σ^x_n⟩).

    The rules, with deviations from DMRG. Agreement: the largest over n ≥ 2 and all fields, of the
    decoder's mean, is at most 0.05 (`below`, with the error at that point). Of our own: for nearest
    neighbours the mean over the fields from J/2 on is zero within 0.05 (`value`); an autoregressive
    decoder, which the paper does not have, comes nearer to it (`order`).

    Args:
        table: as `spinlearn.vae.tables.by_site` gives it.
        figure: 5 or 6.
    """
    axis = {5: "z", 6: "x"}[figure]
    rows = table[table.site > 1]
    paper = rows[rows.decoder == "factorised"]
    claims = [_fit(paper, figure, "correlation", f"<sigma^{axis}_1 sigma^{axis}_n>")]
    near = paper[(paper.site == 2) & (paper.hx >= 0.5)]
    if near.empty:
        return claims
    bias, error = _mean_deviation(near, "decoder_mean")
    pair = f"<sigma^{axis}_1 sigma^{axis}_2>"
    claims.append(
        _claim(
            f"vae.figure{figure}.nearest_neighbours",
            f"the nearest-neighbour correlation {pair} is on DMRG's line too (mean deviation for "
            "hx >= J/2)",
            figure=figure,
            published="no claim of its own",
            measured=bias,
            error=error,
            verdict=rules.value(bias, error, 0.0, TOLERANCE),
            scale=_scale(near, _PAPER_SCALE),
            origin="spinlearn",
        )
    )
    other = rows[(rows.decoder == "autoregressive") & (rows.site == 2) & (rows.hx >= 0.5)]
    if other.empty:
        return claims
    rest, rest_error = _mean_deviation(other, "vae")
    gain, gain_error = abs(bias) - abs(rest), math.hypot(error, rest_error)
    claims.append(
        _claim(
            f"vae.figure{figure}.autoregressive_nearer",
            f"an autoregressive decoder brings {pair} nearer to DMRG's line (by how much)",
            figure=figure,
            published="no claim",
            measured=gain,
            error=gain_error,
            verdict=rules.order(gain, gain_error),
            scale=_scale(other, _PAPER_SCALE),
            origin="spinlearn",
            note=f"its own mean deviation: {rules.pm(rest, rest_error)}",
        )
    )
    return claims


def _mean_deviation(table: pd.DataFrame, column: str) -> tuple[float, float]:
    """Mean deviation from the exact values, and its standard error."""
    errors = table[f"{column}_error"]
    error = float(np.sqrt((errors**2).sum(skipna=False)) / len(table))
    return float((table[column] - table.exact).mean()), error


def site_magnetisation_claims(table: pd.DataFrame) -> list[Claim]:
    """Claim on figure 7: ⟨σ^x_n⟩ at every site. The rule of agreement in `correlation_claims`."""
    return [_fit(table, 7, "site_magnetisation", "<sigma^x_n>")]


def _crossing(
    hx: np.ndarray, values: np.ndarray, errors: np.ndarray, level: float = 0.5
) -> tuple[float, float, float]:
    """First field at which values fall through a level, by linear interpolation.

    Returns:
        The field, its error from that of the values, and the spacing of the fields around it; NaN
        if the values do not fall through the level.
    """
    falls = np.flatnonzero((values[:-1] >= level) & (values[1:] < level))
    if not len(falls):
        return math.nan, math.nan, math.nan
    k = falls[0]
    spacing, drop = float(hx[k + 1] - hx[k]), float(values[k] - values[k + 1])
    share = float(values[k] - level) / drop
    error = math.hypot((1 - share) * errors[k], share * errors[k + 1]) * spacing / drop
    return float(hx[k]) + share * spacing, error, spacing


def magnetisation_claims(table: pd.DataFrame) -> list[Claim]:
    """Claims on figure 8: mu_x and mu_z against the field.

    The rules. Agreement: as in `correlation_claims`. The collapse is the field at which mu_z falls
    through 1/2; it is the paper's 0.9 J within half the spacing of the fields there, at least 0.05
    (`value`). Of our own: it is DMRG's within half the spacing (`value`), since the tie-breaking
    field sets where mu_z collapses at finite N. Inconclusive if mu_z does not fall through 1/2.

    Args:
        table: as `spinlearn.vae.tables.magnetisations` gives it.
    """
    claims = [_fit(table[table.observable == name], 8, name, name) for name in ("mu_x", "mu_z")]
    rows = table[table.observable == "mu_z"].sort_values("hx")
    hx, mean = rows.hx.to_numpy(dtype=float), rows.decoder_mean.to_numpy(dtype=float)
    errors, truth = rows.decoder_mean_error.to_numpy(dtype=float), rows.exact.to_numpy(dtype=float)
    none = np.zeros(len(hx))
    learned, error, spacing = _crossing(hx, mean, errors)
    exact = _crossing(hx, truth, none)[0]
    widths = [
        _crossing(hx, values, none, 0.25)[0] - _crossing(hx, values, none, 0.75)[0]
        for values in (mean, truth)
    ]
    sharpness = (
        f"mu_z falls from 3/4 to 1/4 over {widths[0]:.2f} J (DMRG: {widths[1]:.2f} J)"
        if np.isfinite(widths).all()
        else ""
    )
    found = math.isfinite(learned)
    nothing = "mu_z of the VAE does not fall through 1/2"
    tolerance = max(COLLAPSE_ROUNDING, spacing / 2) if found else COLLAPSE_ROUNDING
    claims.append(
        _claim(
            "vae.figure8.collapse",
            "the field at which mu_z of the VAE collapses (mu_z = 1/2, in units of J)",
            figure=8,
            published="about 0.9",
            measured=learned,
            error=error,
            verdict=rules.value(learned, error, COLLAPSE, tolerance) if found else INCONCLUSIVE,
            scale=_scale(rows, _PAPER_SCALE),
            note=f"within {tolerance:g}; {sharpness}" if found else nothing,
        )
    )
    if math.isfinite(exact):
        difference = learned - exact
        claims.append(
            _claim(
                "vae.figure8.collapse_of_ground_states",
                "the VAE finds the field at which mu_z of the ground states collapses (difference, "
                "in units of J)",
                figure=8,
                published=f"no claim (DMRG: {exact:.3f})",
                measured=difference,
                error=error,
                verdict=rules.value(difference, error, 0.0, spacing / 2) if found else INCONCLUSIVE,
                scale=_scale(rows, _PAPER_SCALE),
                origin="spinlearn",
                note="DMRG's is set by the tie-breaking field",
            )
        )
    return claims


def susceptibility_claims(table: pd.DataFrame) -> list[Claim]:
    """Claims on figure 9: derivatives through the network.

    The rules: the deviation of central differences of sampled magnetisations from the derivative,
    as a root mean square over n fields in units of its standard error, is below 2 (`below`; 1 is
    expected, and its error is 1/sqrt(2n)). Inconclusive if that standard error exceeds a fifth of
    the derivative (root mean squares), so that noise could hide a difference. Beside χ_xx stands
    the derivative's relative deviation from the ground states' own, by free fermions.

    Args:
        table: as `spinlearn.vae.evaluation.susceptibilities` gives it.
    """
    claims = []
    for name in ("chi_xx", "chi_zx"):
        rows = table[table.observable == name]
        errors = np.hypot(rows.central_difference_error, rows.autograd_error)
        usable = bool((errors > 0).all())
        difference = rows.central_difference - rows.autograd
        score = float(np.sqrt(((difference / errors) ** 2).mean())) if usable else math.nan
        noise = float(np.sqrt((errors**2).mean(skipna=False) / (rows.autograd**2).mean()))
        error = 1 / math.sqrt(2 * len(rows))
        verdict = rules.below(score, error, 2.0) if noise <= NOISE else INCONCLUSIVE
        note = f"standard error {noise:.0%} of the derivative"
        if rows.exact.notna().all():
            relative = np.sqrt(((rows.autograd - rows.exact) ** 2).sum() / (rows.exact**2).sum())
            note += f"; off the ground states' by {relative:.0%} of its rms"
        claims.append(
            _claim(
                f"vae.figure9.{name}",
                f"{name} by differentiation through the network agrees with central differences "
                "(rms deviation in standard errors)",
                figure=9,
                published="agrees well",
                measured=score,
                error=error,
                verdict=verdict,
                scale=_scale(rows, _PAPER_SCALE),
                note=note,
            )
        )
    return claims


def mass_function_claims(table: pd.DataFrame) -> list[Claim]:
    """Claim on figure 10: the coefficient at the field shown is above 0.99 (`above`).

    The error is the upper limit of `spinlearn.vae.tables.coefficient_error`.

    Args:
        table: as `spinlearn.vae.tables.mass_functions` gives it.
    """
    first = table.iloc[0]
    found, error = float(first.bhattacharyya), float(first.bhattacharyya_error)
    return [
        _claim(
            "vae.figure10.mass_function",
            "the mass function is fitted with high accuracy (Bhattacharyya coefficient)",
            figure=10,
            published="good agreement, hx = 0.9 (figure 11: above 0.99)",
            measured=found,
            error=error,
            verdict=rules.above(found, error, FIDELITY),
            scale=_scale(table, _PAPER_SHORT),
            note=f"hx = {first.hx:g}",
        )
    ]


def fidelity_claims(table: pd.DataFrame) -> list[Claim]:
    """Claims on figure 11, for the chain length nearest to the paper's 5.

    The rule: the smallest coefficient over the fields is above 0.99 (`above`). Of our own: the same
    for the autoregressive decoder, which the paper does not have.

    Args:
        table: as `spinlearn.vae.tables.bhattacharyya_coefficients` gives it.
    """
    length = min(table.N.unique(), key=lambda N: (abs(N - 5), N))
    claims = []
    for kind, key, place, origin in (
        ("factorised", "fidelity", "", "paper"),
        ("autoregressive", "fidelity_autoregressive", ", autoregressive decoder", "spinlearn"),
    ):
        every = table[table.kind == kind]
        rows = every[every["N"] == length]
        if rows.empty:
            continue
        worst = rows.loc[rows.bhattacharyya.idxmin()]
        found, error = float(worst.bhattacharyya), float(worst.bhattacharyya_error)
        note = (
            f"at hx = {worst.hx:g}; {int((rows.bhattacharyya > FIDELITY).sum())} of {len(rows)} "
            "fields exceed it"
        )
        for N, part in every[every["N"] != length].groupby("N"):
            note += f"; smallest {part.bhattacharyya.min():.4f} for N = {N}"
        claims.append(
            _claim(
                f"vae.figure11.{key}",
                f"the Bhattacharyya coefficient exceeds {FIDELITY:g} at every field{place} "
                "(smallest)",
                figure=11,
                published="> 0.99" if origin == "paper" else "no claim (> 0.99 for P4's decoder)",
                measured=found,
                error=error,
                verdict=rules.above(found, error, FIDELITY),
                scale=_scale(rows, _PAPER_SHORT),
                origin=origin,
                note=note,
            )
        )
    return claims


def entropy_claims(table: pd.DataFrame) -> list[Claim]:
    """Claim on figure 12: the VAE overestimates S_2.

    The rule: over all fields and all n < N, the mean of S_2(VAE) − S_2(exact) is positive
    (`order`). The whole chain is left out: it is pure, so that any fault lies above. Inconclusive
    if the VAE's purity is not positive, hence S_2 undefined, at more than a tenth of the points.

    Args:
        table: as `spinlearn.vae.tables.entropies` gives it.
    """
    part = table[table.n < table.N]
    rows = part.dropna(subset=["vae"])
    excess = rows.vae - rows.exact
    value = float(excess.mean())
    # Errors of one field's entropies are correlated: take the mean error, not its root.
    error = float(rows.vae_error.mean() / np.sqrt(rows.hx.nunique()))
    defined = len(rows) >= 0.9 * len(part)
    return [
        _claim(
            "vae.figure12.entropy_overestimated",
            "the VAE overestimates the Renyi entropy S_2 of a part of the chain (mean excess over "
            "all n and fields, in nats)",
            figure=12,
            published="overestimated (> 0)",
            measured=value,
            error=error,
            verdict=rules.order(value, error) if defined else INCONCLUSIVE,
            scale=_scale(part, "paper: N = 10"),
            note=f"{int((excess > 0).sum())} of {len(rows)} points lie above; "
            f"{len(part) - len(rows)} more undefined",
        )
    ]


def spectrum_claims(table: pd.DataFrame) -> list[Claim]:
    """Claims on figure 13: a slightly mixed state, with negative eigenvalues.

    The rules: the largest eigenvalue of the whole ρ lies between 0.9 and 1 (`within`; P4 prints no
    number for "slightly"); the smallest one of the whole ρ, and that of the last three spins', is
    negative (`below`). Errors are the upper limits of `spinlearn.vae.tables.spectrum_with_errors`.
    Nothing is said about a part of the chain that is the whole of it.

    Args:
        table: as `spinlearn.vae.tables.spectra` gives it.
    """
    whole, reduced = (table[table.part == part] for part in ("whole", "last three"))
    largest, smallest, least = (
        whole.loc[whole.vae.idxmax()],
        whole.loc[whole.vae.idxmin()],
        reduced.loc[reduced.vae.idxmin()],
    )
    cases = (
        (
            "slightly_mixed",
            "the VAE approximates the pure state by a slightly mixed one (largest eigenvalue)",
            f"slightly below 1 (no number; here: from {SLIGHTLY:g})",
            largest,
            rules.within(largest.vae, largest.vae_error, SLIGHTLY, 1.0),
        ),
        (
            "negative_eigenvalues",
            "negative eigenvalues appear in the VAE's density matrix (smallest eigenvalue)",
            "< 0",
            smallest,
            rules.below(smallest.vae, smallest.vae_error, 0.0),
        ),
        (
            "negative_reduced_eigenvalues",
            "negative eigenvalues appear in the reduced density matrix of the last three spins too "
            "(smallest eigenvalue)",
            "< 0",
            least,
            rules.below(least.vae, least.vae_error, 0.0),
        ),
    )
    return [
        _claim(
            f"vae.figure13.{key}",
            text,
            figure=13,
            published=published,
            measured=row.vae,
            error=row.vae_error,
            verdict=verdict,
            scale=_scale(whole, _PAPER_SHORT),
            note=f"hx = {row.hx:g}",
        )
        for key, text, published, row, verdict in cases
        if key != "negative_reduced_eigenvalues" or len(reduced) < len(whole)
    ]
