# mbl: disorder, exact diagonalisation, indicators, level statistics.
MBL = cfg.mbl
MBL_SPLITS = {"train": MBL.train_realisations, "test": MBL.test_realisations}
# Chain lengths that no network learns from are only tested on.
MBL_TRAIN_L = sorted({*cfg.gru.train_L, *cfg.gru.energy_train_L})
GAP_RATIOS = MBL.level_statistics


def mbl_blocks(kind, L, split):
    """Files of one kind ("disorder" or "indicators") for a chain length, all h, one split."""
    return expand(
        f"results/mbl/{kind}/L{{L}}/h{{h}}/{{split}}/{{block}}.h5",
        L=L,
        h=hundredths(MBL.h),
        split=split,
        block=blocks(MBL_SPLITS[split], MBL.block),
    )


def mbl_dense_memory(wildcards, attempt):
    """MB for LAPACK's divide and conquer: the matrix, its vectors, and as much work space again."""
    from math import comb

    L = int(wildcards.L)
    return int((350 + 5 * 8e-6 * comb(L, L // 2) ** 2) * attempt)


def mbl_dense_minutes(wildcards, attempt):
    """Minutes for a block of dense diagonalisations, generous: 40 ps D^3 each, on a slow core."""
    from math import comb

    L = int(wildcards.L)
    return int((5 + MBL.block * 4e-11 * 4 * comb(L, L // 2) ** 3 / 60) * attempt)


rule mbl:
    input:
        mbl_blocks("indicators", MBL_TRAIN_L, "train"),
        mbl_blocks("indicators", MBL.L, "test"),
        expand(
            "results/mbl/gap_ratios/{boundary}/L{L}/h{h}/{block}.h5",
            boundary=GAP_RATIOS.boundary,
            L=GAP_RATIOS.L,
            h=hundredths(GAP_RATIOS.h),
            block=blocks(GAP_RATIOS.realisations, GAP_RATIOS.block),
        ),


rule mbl_disorder:
    output:
        disorder="results/mbl/disorder/L{L}/h{h}/{split}/{block}.h5",
    params:
        settings=settings(seed=cfg.seed, realisations=MBL.block),
        code=code("mbl_disorder"),
    log:
        "results/logs/mbl/disorder/L{L}/h{h}/{split}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/disorder/L{L}/h{h}/{split}/{block}.tsv"
    threads: 1
    resources:
        mem_mb=growing(300),
        runtime=growing(5),
    message:
        "disorder: L = {wildcards.L}, h = {wildcards.h}, {wildcards.split} block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_disorder.py"


rule mbl_indicators:
    input:
        disorder="results/mbl/disorder/L{L}/h{h}/{split}/{block}.h5",
    output:
        indicators="results/mbl/indicators/L{L}/h{h}/{split}/{block}.h5",
    params:
        settings=settings(
            boundary=MBL.boundary,
            energy_density=MBL.energy_density,
            states_per_window=MBL.states_per_window,
        ),
        code=code("mbl_indicators"),
    log:
        "results/logs/mbl/indicators/L{L}/h{h}/{split}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/indicators/L{L}/h{h}/{split}/{block}.tsv"
    threads: 1
    resources:
        mem_mb=mbl_dense_memory,
        runtime=mbl_dense_minutes,
    message:
        "diagonalise: L = {wildcards.L}, h = {wildcards.h}, {wildcards.split} block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_indicators.py"


rule mbl_gap_ratios:
    output:
        gap_ratios="results/mbl/gap_ratios/{boundary}/L{L}/h{h}/{block}.h5",
    params:
        settings=settings(
            seed=cfg.seed,
            realisations=GAP_RATIOS.block,
            spectrum_fraction=GAP_RATIOS.spectrum_fraction,
        ),
        code=code("mbl_gap_ratios"),
    log:
        "results/logs/mbl/gap_ratios/{boundary}/L{L}/h{h}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/gap_ratios/{boundary}/L{L}/h{h}/{block}.tsv"
    threads: 1
    resources:
        mem_mb=mbl_dense_memory,
        runtime=mbl_dense_minutes,
    message:
        "level statistics: {wildcards.boundary}, L = {wildcards.L}, h = {wildcards.h}, block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_gap_ratios.py"
