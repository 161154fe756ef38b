# gru: recurrent networks from the disorder vector to indicators (Gresch 2022).


wildcard_constraints:
    variant=one_of(gru_files.names(cfg.gru)),


rule gru:
    input:
        [
            gru_files.networks(cfg.gru, cfg.mbl.chain, name, gru_files.names(cfg.gru))
            for name in ("predictions.h5", "model.pt", "history.csv")
        ],
        [
            gru_files.own_networks(cfg.gru, cfg.mbl.chain, name)
            for name in ("predictions.h5", "model.pt", "history.csv")
        ],
        list(gru_files.symmetric(cfg.gru, cfg.mbl).values()),
        list(gru_files.extrapolation(cfg.gru, cfg.mbl).values()),
        [
            gru_files.baselines(cfg.mbl.chain, energy).values()
            for energy in ("", "energy_")
        ],
        gru_files.learning_curve(cfg.mbl.chain),


rule gru_train:
    input:
        indicators=lambda w: gru_files.train_indicators(
            cfg.gru, cfg.mbl, w.chain, w.variant
        ),
    output:
        model="results/gru/{chain}/{variant}/{block}/model.pt",
        history="results/gru/{chain}/{variant}/{block}/history.csv",
    log:
        "results/logs/gru/{chain}/{variant}/{block}/train.log",
    benchmark:
        "results/benchmarks/gru/{chain}/{variant}/{block}/train.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: gru_files.train_memory(cfg.gru, cfg.mbl, w.variant)),
        runtime=minutes(lambda w: gru_files.train_minutes(cfg.gru, cfg.mbl, w.variant)),
        gpu=0,
    params:
        settings=lambda w: gru_files.train_settings(
            cfg.seed, cfg.gru, cfg.mbl, w.variant
        ),
        code=code("gru_train"),
    message:
        "train networks: {wildcards.chain}, {wildcards.variant}, block {wildcards.block}"
    script:
        "../workflow_scripts/gru_train.py"


rule gru_predict:
    input:
        model="results/gru/{chain}/{variant}/{block}/model.pt",
        indicators=lambda w: mbl_files.indicators(cfg.mbl, w.chain, cfg.mbl.L, "test"),
    output:
        predictions="results/gru/{chain}/{variant}/{block}/predictions.h5",
    log:
        "results/logs/gru/{chain}/{variant}/{block}/predict.log",
    benchmark:
        "results/benchmarks/gru/{chain}/{variant}/{block}/predict.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: gru_files.predict_memory(cfg.gru, cfg.mbl, w.variant)),
        runtime=minutes(5),
    params:
        settings=gru_files.predict_settings(cfg.gru, cfg.mbl),
        code=code("gru_predict"),
    message:
        "test networks: {wildcards.chain}, {wildcards.variant}, block {wildcards.block}"
    script:
        "../workflow_scripts/gru_predict.py"


# Networks that learn from disorder vectors of the user's own.


use rule gru_train as gru_train_fields with:
    input:
        indicators=lambda w: mbl_files.own_indicators(cfg.mbl, w.chain, w.fields),
    output:
        model="results/gru/{chain}/{variant}/{fields}/{block}/model.pt",
        history="results/gru/{chain}/{variant}/{fields}/{block}/history.csv",
    log:
        "results/logs/gru/{chain}/{variant}/{fields}/{block}/train.log",
    benchmark:
        "results/benchmarks/gru/{chain}/{variant}/{fields}/{block}/train.tsv"
    wildcard_constraints:
        fields=one_of(gru_files.trainable_fields(cfg.mbl)),
    message:
        "train networks: {wildcards.chain}, {wildcards.variant}, {wildcards.fields}, block {wildcards.block}"


use rule gru_predict as gru_predict_fields with:
    input:
        model="results/gru/{chain}/{variant}/{fields}/{block}/model.pt",
        indicators=lambda w: mbl_files.own_indicators(cfg.mbl, w.chain, w.fields),
    output:
        predictions="results/gru/{chain}/{variant}/{fields}/{block}/predictions.h5",
    log:
        "results/logs/gru/{chain}/{variant}/{fields}/{block}/predict.log",
    benchmark:
        "results/benchmarks/gru/{chain}/{variant}/{fields}/{block}/predict.tsv"
    wildcard_constraints:
        fields=one_of(gru_files.trainable_fields(cfg.mbl)),
    message:
        "test networks: {wildcards.chain}, {wildcards.variant}, {wildcards.fields}, block {wildcards.block}"


# Predictors without a network, tested on the same realisations.


rule gru_baseline:
    input:
        train=lambda w: gru_files.baseline_train(cfg.gru, cfg.mbl, w.chain),
        test=lambda w: mbl_files.indicators(cfg.mbl, w.chain, cfg.mbl.L, "test"),
    output:
        **gru_files.baselines("{chain}"),
    log:
        "results/logs/gru/{chain}/baselines.log",
    benchmark:
        "results/benchmarks/gru/{chain}/baselines.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(gru_files.baseline_memory(cfg.gru, cfg.mbl)),
        runtime=minutes(5),
    params:
        settings=gru_files.baseline_settings(cfg.gru, cfg.mbl),
        code=code("gru_baseline"),
    message:
        "test baselines: {wildcards.chain}"
    script:
        "../workflow_scripts/gru_baseline.py"


use rule gru_baseline as gru_baseline_energy with:
    input:
        train=lambda w: gru_files.baseline_train(cfg.gru, cfg.mbl, w.chain, "energy_"),
        test=lambda w: mbl_files.indicators(cfg.mbl, w.chain, cfg.mbl.L, "test"),
    output:
        **gru_files.baselines("{chain}", "energy_"),
    log:
        "results/logs/gru/{chain}/baselines_energy.log",
    benchmark:
        "results/benchmarks/gru/{chain}/baselines_energy.tsv"
    resources:
        mem_mb=memory(gru_files.baseline_memory(cfg.gru, cfg.mbl, "energy_")),
        runtime=minutes(5),
    params:
        settings=gru_files.baseline_settings(cfg.gru, cfg.mbl, "energy_"),
        code=code("gru_baseline"),
    message:
        "test baselines at all energy densities: {wildcards.chain}"


# Our own model: an ensemble of networks that respect the symmetries, with uncertainties.


rule gru_symmetric:
    input:
        train=lambda w: gru_files.baseline_train(cfg.gru, cfg.mbl, w.chain),
        test=lambda w: mbl_files.indicators(cfg.mbl, w.chain, cfg.mbl.L, "test"),
    output:
        model="results/gru/{chain}/symmetric/model.pt",
        history="results/gru/{chain}/symmetric/history.csv",
        predictions="results/gru/{chain}/symmetric/predictions.h5",
    log:
        "results/logs/gru/{chain}/symmetric.log",
    benchmark:
        "results/benchmarks/gru/{chain}/symmetric.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(gru_files.symmetric_memory(cfg.gru, cfg.mbl)),
        runtime=minutes(gru_files.symmetric_minutes(cfg.gru, cfg.mbl)),
    params:
        settings=gru_files.symmetric_settings(cfg.seed, cfg.gru, cfg.mbl),
        code=code("gru_symmetric"),
    message:
        "train and test a symmetric ensemble: {wildcards.chain}"
    script:
        "../workflow_scripts/gru_symmetric.py"


rule gru_extrapolate:
    input:
        **gru_files.extrapolation_inputs(cfg.gru, cfg.mbl),
    output:
        **gru_files.extrapolated("{chain}"),
    log:
        "results/logs/gru/{chain}/extrapolation.log",
    benchmark:
        "results/benchmarks/gru/{chain}/extrapolation.tsv"
    wildcard_constraints:
        chain=cfg.mbl.chain,
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(gru_files.extrapolation_memory(cfg.mbl)),
        runtime=minutes(10),
    params:
        settings=gru_files.predict_settings(cfg.gru, cfg.mbl),
        code=code("gru_extrapolate"),
    message:
        "test on longer rings: {wildcards.chain}"
    script:
        "../workflow_scripts/gru_extrapolate.py"


# Errors against the number of training realisations: all sizes and repeats in one job.


rule gru_learning_curve:
    input:
        train=lambda w: gru_files.baseline_train(cfg.gru, cfg.mbl, w.chain),
        test=lambda w: mbl_files.indicators(cfg.mbl, w.chain, cfg.mbl.L, "test"),
    output:
        curve="results/gru/{chain}/learning_curve.h5",
    log:
        "results/logs/gru/{chain}/learning_curve.log",
    benchmark:
        "results/benchmarks/gru/{chain}/learning_curve.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(gru_files.learning_curve_memory(cfg.gru, cfg.mbl)),
        runtime=minutes(gru_files.learning_curve_minutes(cfg.gru, cfg.mbl)),
    params:
        settings=gru_files.learning_curve_settings(cfg.seed, cfg.gru, cfg.mbl),
        code=code("gru_learning_curve"),
    message:
        "learning curve: {wildcards.chain}"
    script:
        "../workflow_scripts/gru_learning_curve.py"
