# mbl - files and resources, for mbl.smk and for what builds on them.
from math import comb

MBL = cfg.mbl
MBL_SPLITS = {"train": MBL.train_realisations, "test": MBL.test_realisations}
# Chain lengths that no network learns from are only tested on.
MBL_TRAIN_L = sorted({*cfg.gru.train_L, *cfg.gru.energy_train_L})
WINDOWS = MBL.windows
LEVELS = MBL.level_statistics
TRANSITION = MBL.transition


def mbl_blocks(kind, L, split):
    """Files of one kind ("disorder" or "indicators") for a chain length, all h, one split."""
    return expand(
        f"results/mbl/{kind}/L{{L}}/h{{h}}/{{split}}/{{block}}.h5",
        L=L,
        h=hundredths(MBL.h),
        split=split,
        block=blocks(MBL_SPLITS[split], MBL.block),
    )


def mbl_windows(L, h, boundary, energy_density, realisations):
    """Files of windows of eigenstates; each argument but the last is a value or a list."""
    return expand(
        "results/mbl/windows/{boundary}/L{L}/h{h}/e{energy_density}/{block}.h5",
        boundary=boundary,
        L=L,
        h=hundredths(h),
        energy_density=hundredths(energy_density),
        block=blocks(realisations, WINDOWS.block),
    )


def mbl_level_statistics_windows():
    """Windows in the middle of the spectrum, for P1's figure 10."""
    return mbl_windows(
        LEVELS.L, LEVELS.h, LEVELS.boundary, [0.5], LEVELS.realisations
    )


def mbl_transition_windows(energy_density=None):
    """Windows for the transition, at one energy density or at all."""
    return mbl_windows(
        TRANSITION.L,
        TRANSITION.h,
        TRANSITION.boundary,
        TRANSITION.energy_density if energy_density is None else [energy_density],
        TRANSITION.realisations,
    )


# Figures show the energy density in the middle of the spectrum.
TRANSITION_MIDDLE = min(TRANSITION.energy_density, key=lambda value: abs(value - 0.5))


def mbl_memory(matrices):
    """MB for a dense diagonalisation that holds this many D x D matrices at its peak."""

    def memory(wildcards, attempt):
        D = comb(int(wildcards.L), int(wildcards.L) // 2)
        return int((350 + matrices * 8e-6 * D**2) * attempt)

    return memory


def mbl_minutes(seconds, block):
    """Minutes for a block of dense diagonalisations, each at `seconds` D^3 on a slow core."""

    def minutes(wildcards, attempt):
        D = comb(int(wildcards.L), int(wildcards.L) // 2)
        return int((5 + block * seconds * D**3 / 60) * attempt)

    return minutes


def mbl_windows_memory(wildcards, attempt):
    """MB for windows; measured, with a fifth to spare: docs/eigensolvers.md."""
    return int(2000 * attempt)


def mbl_windows_minutes(wildcards, attempt):
    return 60 * attempt
