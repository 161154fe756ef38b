# sqrbm - files, settings and resources, for sqrbm.smk and for its figures.
SQRBM = cfg.sqrbm
CROSSFIT = SQRBM.crossfit
# Pauli sets that theorem 1 says something about.
CROSSFIT_PAULIS = ["XZ", "XYZ"]


def sqrbm_fits():
    """Trained machines of every data set, size, Pauli set and number of hidden units, all blocks."""
    patterns = block_patterns(
        "results/sqrbm/{dataset}/n{n}/{paulis}/m{m}.h5",
        "results/sqrbm/{dataset}/n{n}/{paulis}/m{m}/{block}.h5",
        SQRBM.seeds,
        SQRBM.block,
    )
    return expand(
        patterns,
        dataset=SQRBM.datasets,
        n=SQRBM.n,
        paulis=SQRBM.paulis,
        m=SQRBM.m,
    )


def sqrbm_crossfits():
    """Cross-fits of one hidden qubit and as many classical hidden units as it has Paulis."""
    return expand(
        "results/sqrbm/crossfit/n{n}/{paulis}.csv",
        n=CROSSFIT.n,
        paulis=CROSSFIT_PAULIS,
    )


def sqrbm_memory(wildcards, attempt):
    """MB for a training: all strings of one run's units, histories, targets, a checkpoint's copies."""
    n, m = int(wildcards.n), int(wildcards.m)
    states, size = 2**n, n + len(wildcards.paulis) * m * (n + 1)
    numbers = 3 * m * states + SQRBM.block * (
        5 * states + 4 * SQRBM.iterations + 14 * size
    )
    return int((300 + 8e-6 * numbers) * attempt)


def sqrbm_minutes(wildcards, attempt):
    """Minutes for a training, generous: 40 ns a string, hidden unit and run, 1 ms a step."""
    elements = SQRBM.block * int(wildcards.m) * 2 ** int(wildcards.n)
    return int((5 + SQRBM.iterations * (4e-8 * elements + 1e-3) / 60) * attempt)
