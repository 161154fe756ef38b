# mbl: disorder, exact diagonalisation, indicators, level statistics.
include: "mbl_common.smk"


# A fraction of a second each, and a thousand of them at the papers' sizes.
localrules:
    mbl_disorder,


rule mbl:
    input:
        mbl_blocks("indicators", MBL_TRAIN_L, "train"),
        mbl_blocks("indicators", MBL_SINGLE_L, "train", cfg.gru.energy_density),
        mbl_blocks("indicators", MBL.L, "test"),
        mbl_level_statistics_windows(),
        mbl_transition_windows(),


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
        mem_mb=growing(150),
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
        mem_mb=memory("mbl_indicators", mbl_dense_memory, L=MBL_ALL_L),
        runtime=minutes("mbl_indicators", mbl_dense_minutes, L=MBL_ALL_L),
    params:
        settings=mbl_indicators_settings(MBL.energy_density),
        code=code("mbl_indicators"),
    message:
        "diagonalise: L = {wildcards.L}, h = {wildcards.h}, {wildcards.split} block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_indicators.py"


# At a single energy density, for the networks that see no other.


use rule mbl_indicators as mbl_indicators_single with:
    output:
        indicators="results/mbl/indicators/L{L}/h{h}/{split}/e{energy_density}/{block}.h5",
    log:
        "results/logs/mbl/indicators/L{L}/h{h}/{split}/e{energy_density}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/indicators/L{L}/h{h}/{split}/e{energy_density}/{block}.tsv"
    resources:
        mem_mb=memory("mbl_indicators_single", mbl_dense_memory, L=MBL_SINGLE_L),
        runtime=minutes("mbl_indicators_single", mbl_dense_minutes, L=MBL_SINGLE_L),
    params:
        settings=mbl_single_settings,
        code=code("mbl_indicators"),
    message:
        "diagonalise: L = {wildcards.L}, h = {wildcards.h}, {wildcards.split} block {wildcards.block}, e = {wildcards.energy_density}"


rule mbl_windows:
    output:
        windows="results/mbl/windows/{boundary}/L{L}/h{h}/e{energy_density}/{block}.h5",
    log:
        "results/logs/mbl/windows/{boundary}/L{L}/h{h}/e{energy_density}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/windows/{boundary}/L{L}/h{h}/e{energy_density}/{block}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory("mbl_windows", mbl_windows_memory, L=WINDOWS_L),
        runtime=minutes("mbl_windows", mbl_windows_minutes, L=WINDOWS_L),
    params:
        settings=settings(
            seed=cfg.seed,
            realisations=WINDOWS.block,
            states=WINDOWS.states,
            largest_fraction=WINDOWS.largest_fraction,
            solver=WINDOWS.solver,
            tolerance=WINDOWS.tolerance,
        ),
        code=code("mbl_windows"),
    message:
        "windows: {wildcards.boundary}, L = {wildcards.L}, h = {wildcards.h}, e = {wildcards.energy_density}, block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_windows.py"
