# mbl: disorder, exact diagonalisation, indicators, level statistics.


# Each job takes a fraction of a second, and the papers' sizes need a thousand of them.
localrules:
    mbl_disorder,


rule mbl:
    input:
        [
            gru_files.train_indicators(cfg.gru, cfg.mbl, variant)
            for variant in ("energy", "multitask")
        ],
        mbl_files.indicators(cfg.mbl, cfg.mbl.L, "test"),
        mbl_files.level_statistics_windows(cfg.mbl),
        mbl_files.transition_windows(cfg.mbl, cfg.mbl.transition.energy_density),


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
        mem_mb=memory(150),
        runtime=minutes(5),
    params:
        settings=mbl_files.disorder_settings(cfg.seed, cfg.mbl),
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
        mem_mb=memory(lambda w: mbl_files.indicators_memory(int(w.L))),
        runtime=minutes(lambda w: mbl_files.indicators_minutes(cfg.mbl, int(w.L))),
    params:
        settings=mbl_files.indicators_settings(cfg.mbl, cfg.mbl.energy_density),
        code=code("mbl_indicators"),
    message:
        "diagonalise: L = {wildcards.L}, h = {wildcards.h}, {wildcards.split} block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_indicators.py"


# At one energy density only, for the networks that are trained at this one.


use rule mbl_indicators as mbl_indicators_single with:
    output:
        indicators="results/mbl/indicators/L{L}/h{h}/{split}/e{energy_density}/{block}.h5",
    log:
        "results/logs/mbl/indicators/L{L}/h{h}/{split}/e{energy_density}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/indicators/L{L}/h{h}/{split}/e{energy_density}/{block}.tsv"
    params:
        settings=lambda w: mbl_files.indicators_settings(
            cfg.mbl, [float(w.energy_density)]
        ),
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
        mem_mb=memory(lambda w: mbl_files.windows_memory(cfg.mbl, int(w.L))),
        runtime=minutes(lambda w: mbl_files.windows_minutes(cfg.mbl, int(w.L))),
    params:
        settings=mbl_files.windows_settings(cfg.seed, cfg.mbl),
        code=code("mbl_windows"),
    message:
        "windows: {wildcards.boundary}, L = {wildcards.L}, h = {wildcards.h}, e = {wildcards.energy_density}, block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_windows.py"
