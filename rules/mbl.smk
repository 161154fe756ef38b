# mbl: disorder, exact diagonalisation, indicators, level statistics, dynamics.


# Each job takes a fraction of a second, and the papers' sizes need a thousand of them.
localrules:
    mbl_disorder,


rule mbl:
    input:
        gru_files.all_train_indicators(cfg.gru, cfg.mbl),
        mbl_files.indicators(cfg.mbl, cfg.mbl.chain, cfg.mbl.L, "test"),
        mbl_files.level_statistics_windows(cfg.mbl),
        mbl_files.transition_windows(cfg.mbl, cfg.mbl.transition.energy_density),
        mbl_files.dynamics(cfg.mbl),
        [
            mbl_files.own_indicators(cfg.mbl, cfg.mbl.chain, name)
            for name in cfg.mbl.fields_files
        ],


rule mbl_disorder:
    output:
        disorder="results/mbl/disorder/{chain}/L{L}/h{h}/{split}/{block}.h5",
    log:
        "results/logs/mbl/disorder/{chain}/L{L}/h{h}/{split}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/disorder/{chain}/L{L}/h{h}/{split}/{block}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(150),
        runtime=minutes(5),
    params:
        settings=lambda w: mbl_files.disorder_settings(cfg.seed, cfg.mbl, w.chain),
        code=code("mbl_disorder"),
    message:
        "disorder: {wildcards.chain}, L = {wildcards.L}, h = {wildcards.h}, {wildcards.split} block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_disorder.py"


rule mbl_indicators:
    input:
        disorder="results/mbl/disorder/{chain}/L{L}/h{h}/{split}/{block}.h5",
    output:
        indicators="results/mbl/indicators/{chain}/L{L}/h{h}/{split}/{block}.h5",
        narrow="results/mbl/indicators/{chain}/L{L}/h{h}/{split}/narrow/{block}.h5",
    log:
        "results/logs/mbl/indicators/{chain}/L{L}/h{h}/{split}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/indicators/{chain}/L{L}/h{h}/{split}/{block}.tsv"
    wildcard_constraints:
        L=one_of(L for L in EVEN_SIZES if mbl_files.windows_fit(cfg.mbl, L)),
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: mbl_files.indicators_memory(int(w.L))),
        runtime=minutes(lambda w: mbl_files.indicators_minutes(cfg.mbl, int(w.L))),
    params:
        settings=lambda w: mbl_files.indicators_settings(
            cfg.mbl,
            w.chain,
            cfg.mbl.energy_density,
            cfg.mbl.observables,
            narrow_L=int(w.L),
            quarters=w.split == "test",
        ),
        code=code("mbl_indicators"),
    message:
        "diagonalise: {wildcards.chain}, L = {wildcards.L}, h = {wildcards.h}, {wildcards.split} block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_indicators.py"


# At one energy density, what the networks that are trained at this one learn.


use rule mbl_indicators as mbl_indicators_single with:
    output:
        indicators="results/mbl/indicators/{chain}/L{L}/h{h}/{split}/e{energy_density}/{block}.h5",
    log:
        "results/logs/mbl/indicators/{chain}/L{L}/h{h}/{split}/e{energy_density}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/indicators/{chain}/L{L}/h{h}/{split}/e{energy_density}/{block}.tsv"
    params:
        settings=lambda w: mbl_files.indicators_settings(
            cfg.mbl,
            w.chain,
            [float(w.energy_density)],
            gru_files.learned_indicators(cfg.gru),
        ),
        code=code("mbl_indicators"),
    message:
        "diagonalise: {wildcards.chain}, L = {wildcards.L}, h = {wildcards.h}, {wildcards.split} block {wildcards.block}, e = {wildcards.energy_density}"


# Disorder vectors of the user's own: files count by their content, not their time.


rule mbl_fields:
    input:
        own=own_fields,
    output:
        disorder="results/mbl/disorder/{chain}/{fields}/{block}.h5",
    log:
        "results/logs/mbl/disorder/{chain}/{fields}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/disorder/{chain}/{fields}/{block}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(300),
        runtime=minutes(5),
    params:
        settings=lambda w: mbl_files.own_fields_settings(cfg.mbl, w.chain, w.fields),
        code=code("mbl_fields"),
    message:
        "disorder of your own: {wildcards.fields}, block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_fields.py"


use rule mbl_indicators as mbl_indicators_fields with:
    input:
        disorder="results/mbl/disorder/{chain}/{fields}/{block}.h5",
    output:
        indicators="results/mbl/indicators/{chain}/{fields}/{block}.h5",
    log:
        "results/logs/mbl/indicators/{chain}/{fields}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/indicators/{chain}/{fields}/{block}.tsv"
    resources:
        mem_mb=memory(
            lambda w: mbl_files.indicators_memory(
                mbl_files.own_shape(cfg.mbl, w.fields)[1]
            )
        ),
        runtime=minutes(
            lambda w: mbl_files.indicators_minutes(
                cfg.mbl, mbl_files.own_shape(cfg.mbl, w.fields)[1]
            )
        ),
    params:
        settings=lambda w: mbl_files.indicators_settings(
            cfg.mbl, w.chain, cfg.mbl.energy_density, cfg.mbl.observables
        ),
        code=code("mbl_indicators"),
    message:
        "diagonalise: {wildcards.chain}, {wildcards.fields}, block {wildcards.block}"


rule mbl_windows:
    output:
        windows="results/mbl/windows/{chain}/L{L}/h{h}/e{energy_density}/{block}.h5",
    log:
        "results/logs/mbl/windows/{chain}/L{L}/h{h}/e{energy_density}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/windows/{chain}/L{L}/h{h}/e{energy_density}/{block}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: mbl_files.windows_memory(cfg.mbl, int(w.L))),
        runtime=minutes(lambda w: mbl_files.windows_minutes(cfg.mbl, int(w.L))),
    params:
        settings=lambda w: mbl_files.windows_settings(cfg.seed, cfg.mbl, w.chain),
        code=code("mbl_windows"),
    message:
        "windows: {wildcards.chain}, L = {wildcards.L}, h = {wildcards.h}, e = {wildcards.energy_density}, block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_windows.py"


# Single eigenstates with their entanglement spectra, since windows keep none: data set `eigenstate`.


rule mbl_eigenstates:
    output:
        eigenstates="results/mbl/eigenstates/{chain}/L{L}/h{h}/e{energy_density}/{block}.h5",
    log:
        "results/logs/mbl/eigenstates/{chain}/L{L}/h{h}/e{energy_density}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/eigenstates/{chain}/L{L}/h{h}/e{energy_density}/{block}.tsv"
    wildcard_constraints:
        L=one_of((2, *EVEN_SIZES)),
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: mbl_files.windows_memory(cfg.mbl, int(w.L))),
        runtime=minutes(lambda w: mbl_files.windows_minutes(cfg.mbl, int(w.L))),
    params:
        settings=lambda w: mbl_files.eigenstates_settings(
            cfg.seed, cfg.mbl, w.chain, cfg.datasets.block
        ),
        code=code("mbl_eigenstates"),
    message:
        "eigenstates: {wildcards.chain}, L = {wildcards.L}, h = {wildcards.h}, e = {wildcards.energy_density}, block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_eigenstates.py"


rule mbl_dynamics:
    input:
        possible_evolutions,
    output:
        dynamics="results/mbl/dynamics/{chain}/{initial_state}/L{L}/h{h}/{block}.h5",
    log:
        "results/logs/mbl/dynamics/{chain}/{initial_state}/L{L}/h{h}/{block}.log",
    benchmark:
        "results/benchmarks/mbl/dynamics/{chain}/{initial_state}/L{L}/h{h}/{block}.tsv"
    wildcard_constraints:
        initial_state="neel|random_product",
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            lambda w: mbl_files.dynamics_memory(
                cfg.mbl, w.chain, w.initial_state, int(w.L), float(w.h)
            )
        ),
        runtime=minutes(
            lambda w: mbl_files.dynamics_minutes(
                cfg.mbl, w.chain, w.initial_state, int(w.L), float(w.h)
            )
        ),
    params:
        settings=lambda w: mbl_files.dynamics_settings(cfg.seed, cfg.mbl, w.chain),
        code=code("mbl_dynamics"),
    message:
        "dynamics: {wildcards.chain}, {wildcards.initial_state}, L = {wildcards.L}, h = {wildcards.h}, block {wildcards.block}"
    script:
        "../workflow_scripts/mbl_dynamics.py"
