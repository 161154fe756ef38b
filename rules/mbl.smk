# mbl: disorder, exact diagonalisation, indicators, level statistics.
include: "mbl_common.smk"


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
    log:
        "results/logs/mbl/disorder/L{L}/h{h}/{split}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/disorder/L{L}/h{h}/{split}/{block}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(300),
        runtime=growing(5),
    params:
        settings=settings(seed=cfg.seed, realisations=MBL.block),
        code=code("mbl_disorder"),
    message:
        "disorder: L = {wildcards.L}, h = {wildcards.h}, {wildcards.split} block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_disorder.py"


rule mbl_indicators:
    input:
        disorder="results/mbl/disorder/L{L}/h{h}/{split}/{block}.h5",
    output:
        indicators="results/mbl/indicators/L{L}/h{h}/{split}/{block}.h5",
    log:
        "results/logs/mbl/indicators/L{L}/h{h}/{split}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/indicators/L{L}/h{h}/{split}/{block}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=mbl_memory(5),
        runtime=mbl_minutes(1e-9, MBL.block),
    params:
        settings=settings(
            boundary=MBL.boundary,
            energy_density=MBL.energy_density,
            states_per_window=MBL.states_per_window,
        ),
        code=code("mbl_indicators"),
    message:
        "diagonalise: L = {wildcards.L}, h = {wildcards.h}, {wildcards.split} block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_indicators.py"


rule mbl_gap_ratios:
    output:
        gap_ratios="results/mbl/gap_ratios/{boundary}/L{L}/h{h}/{block}.h5",
    log:
        "results/logs/mbl/gap_ratios/{boundary}/L{L}/h{h}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/gap_ratios/{boundary}/L{L}/h{h}/{block}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=mbl_memory(2),
        runtime=mbl_minutes(3e-10, GAP_RATIOS.block),
    params:
        settings=settings(
            seed=cfg.seed,
            realisations=GAP_RATIOS.block,
            spectrum_fraction=GAP_RATIOS.spectrum_fraction,
        ),
        code=code("mbl_gap_ratios"),
    message:
        "level statistics: {wildcards.boundary}, L = {wildcards.L}, h = {wildcards.h}, block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_gap_ratios.py"
