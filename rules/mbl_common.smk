# mbl - files and resources, for mbl.smk and for what builds on them.
from importlib.util import find_spec
from math import comb

MBL = cfg.mbl
MBL_SPLITS = {"train": MBL.train_realisations, "test": MBL.test_realisations}
# Only the energy-resolved network learns from all energy densities; the others learn from files
# that hold the one they see, so that another one in the list does not train them again.
MBL_TRAIN_L = cfg.gru.energy_train_L
MBL_SINGLE_L = cfg.gru.train_L
WINDOWS = MBL.windows
LEVELS = MBL.level_statistics
TRANSITION = MBL.transition
MBL_ALL_L = sorted({*MBL.L, *MBL_TRAIN_L})
WINDOWS_L = sorted({*LEVELS.L, *TRANSITION.L})


def mbl_blocks(kind, L, split, energy_density=None):
    """Files of one kind ("disorder" or "indicators") for a chain length, all h, one split.

    With an energy density, the files of indicators that hold no other.
    """
    single = "" if energy_density is None else f"e{hundredths([energy_density])[0]}/"
    return expand(
        f"results/mbl/{kind}/L{{L}}/h{{h}}/{{split}}/{single}{{block}}.h5",
        L=L,
        h=hundredths(MBL.h),
        split=split,
        block=blocks(MBL_SPLITS[split], MBL.block),
    )


def mbl_indicators_settings(energy_density):
    """The settings of indicators at some energy densities; their order is no matter."""
    return settings(
        boundary=MBL.boundary,
        energy_density=sorted(energy_density),
        states_per_window=MBL.states_per_window,
    )


def mbl_single_settings(wildcards):
    """The settings of indicators at the energy density of the path."""
    return mbl_indicators_settings([float(wildcards.energy_density)])


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
    return mbl_windows(LEVELS.L, LEVELS.h, LEVELS.boundary, [0.5], LEVELS.realisations)


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


def mbl_dimension(wildcards):
    """States of the S^z = 0 sector."""
    L = int(wildcards.L)
    return comb(L, L // 2)


def mbl_dense_memory(wildcards, attempt):
    """MB for dense diagonalisation: imports, and three D x D matrices at LAPACK's peak."""
    D = mbl_dimension(wildcards)
    return int(1.1 * (240 + 3.1 * 8e-6 * D**2) * attempt)


def mbl_dense_minutes(wildcards, attempt):
    """Minutes for a block of dense diagonalisations, each at a nanosecond times D^3 (slow)."""
    D = mbl_dimension(wildcards)
    return int((5 + MBL.block * 1e-9 * D**3 / 60) * attempt)


def mbl_window_states(wildcards):
    """Levels of a window, as spinlearn.mbl.windows.window_states has it."""
    most = int(WINDOWS.largest_fraction * mbl_dimension(wildcards))
    return max(3, min(WINDOWS.states, most))


def mbl_windows_solver(wildcards):
    """The route that windows will mostly take, as spinlearn.spins.eigenwindows chooses it."""
    if WINDOWS.solver != "auto":
        return WINDOWS.solver
    D = mbl_dimension(wildcards)
    if D <= 400 or mbl_window_states(wildcards) > 0.15 * D:
        return "dense"
    return "shift_invert" if find_spec("pypardiso") else "polfed"


def mbl_windows_memory(wildcards, attempt):
    """MB for windows: libraries, vectors of the Krylov space, and PARDISO's factors (measured)."""
    D = mbl_dimension(wildcards)
    solver = mbl_windows_solver(wildcards)
    if solver == "dense":
        return mbl_dense_memory(wildcards, attempt)
    vector = 8e-6 * D * mbl_window_states(wildcards)
    if solver == "shift_invert":
        peak = 285 + 9 * vector + 6900 * (D / 184756) ** 1.73
    else:
        peak = 430 + 17 * vector
    return int(1.1 * peak * attempt)


def mbl_windows_minutes(wildcards, attempt):
    """Minutes for a block of windows, four times what was measured for 100 states."""
    D = mbl_dimension(wildcards)
    if mbl_windows_solver(wildcards) == "dense":
        seconds = 1e-9 * D**3
    else:
        seconds = 130 * (D / 48620) ** 2.4 * max(1, mbl_window_states(wildcards) / 100)
    return int((5 + 4 * WINDOWS.block * seconds / 60) * attempt)
