# hbm: Born machines trained by quenches (Zhong 2022).


rule hbm:
    input:
        datasets_files.leaderboard(cfg.datasets, "hbm"),
        hbm_files.all_runs(cfg.hbm, cfg.datasets),
        hbm_files.retrievals(cfg.hbm),
        hbm_files.optimised_runs(cfg.hbm, cfg.datasets),


rule hbm_train:
    input:
        dataset=lambda w: hbm_files.target(cfg.hbm, cfg.datasets, w.dataset, w.block),
    output:
        runs="results/hbm/{dataset}/{machine}/h{h}/M{quenches}N{candidates}/{block}.h5",
    log:
        "results/logs/hbm/{dataset}/{machine}/h{h}/M{quenches}N{candidates}/{block}.log",
    benchmark:
        "results/benchmarks/hbm/{dataset}/{machine}/h{h}/M{quenches}N{candidates}/{block}.tsv"
    wildcard_constraints:
        machine=one_of(cfg.hbm.machines),
        quenches=r"[1-9]\d{0,3}",
        candidates=r"[1-9]\d{0,4}",
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: hbm_files.train_memory(cfg.hbm, w.machine)),
        runtime=minutes(
            lambda w: hbm_files.train_minutes(
                cfg.hbm, w.machine, float(w.h), int(w.quenches), int(w.candidates)
            )
        ),
    params:
        settings=lambda w: hbm_files.train_settings(
            cfg.seed, cfg.hbm, w.machine, int(w.quenches), int(w.candidates)
        ),
        code=code("hbm_train"),
    message:
        "train: {wildcards.dataset}, machine {wildcards.machine}, h = {wildcards.h}, {wildcards.quenches} quenches, block {wildcards.block}"
    script:
        "../workflow_scripts/hbm_train.py"


rule hbm_retrieve:
    input:
        runs=lambda w: hbm_files.retrieval_runs(
            cfg.hbm, cfg.datasets, w.machine, w.h, f"M{w.quenches}N{w.candidates}"
        ),
    output:
        retrievals="results/hbm/retrievals/{machine}/h{h}/M{quenches}N{candidates}.h5",
    log:
        "results/logs/hbm/retrievals/{machine}/h{h}/M{quenches}N{candidates}.log",
    benchmark:
        "results/benchmarks/hbm/retrievals/{machine}/h{h}/M{quenches}N{candidates}.tsv"
    wildcard_constraints:
        machine=one_of(cfg.hbm.machines),
        quenches=r"[1-9]\d{0,3}",
        candidates=r"[1-9]\d{0,4}",
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            lambda w: hbm_files.retrieval_memory(cfg.hbm, w.machine, int(w.quenches))
        ),
        runtime=minutes(
            lambda w: hbm_files.retrieval_minutes(
                cfg.hbm, w.machine, float(w.h), int(w.quenches)
            )
        ),
    params:
        settings=lambda w: hbm_files.retrieval_settings(
            cfg.seed, cfg.hbm, cfg.datasets, w.machine
        ),
        code=code("hbm_retrieve"),
    message:
        "retrieve patterns: machine {wildcards.machine}, h = {wildcards.h}, {wildcards.quenches} quenches"
    script:
        "../workflow_scripts/hbm_retrieve.py"


rule hbm_optimise:
    input:
        dataset=lambda w: hbm_files.target(
            cfg.hbm, cfg.datasets, w.dataset, w.block, cfg.hbm.optimisation.block
        ),
    output:
        runs="results/hbm/{dataset}/{machine}/h{h}/{optimiser}/{block}.h5",
    log:
        "results/logs/hbm/{dataset}/{machine}/h{h}/{optimiser}/{block}.log",
    benchmark:
        "results/benchmarks/hbm/{dataset}/{machine}/h{h}/{optimiser}/{block}.tsv"
    wildcard_constraints:
        machine=one_of(cfg.hbm.machines),
        optimiser=one_of(cfg.hbm.optimisation.optimisers),
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: hbm_files.optimise_memory(cfg.hbm, w.machine)),
        runtime=minutes(
            lambda w: hbm_files.optimise_minutes(cfg.hbm, w.machine, float(w.h))
        ),
    params:
        settings=lambda w: hbm_files.optimise_settings(
            cfg.seed, cfg.hbm, w.machine, w.optimiser
        ),
        code=code("hbm_optimise"),
    message:
        "optimise: {wildcards.dataset}, machine {wildcards.machine}, h = {wildcards.h}, {wildcards.optimiser}, block {wildcards.block}"
    script:
        "../workflow_scripts/hbm_optimise.py"


rule hbm_leaderboard:
    input:
        unpack(leaderboard_targets),
    output:
        learned="results/hbm/leaderboard/n{n}/{block}.h5",
    log:
        "results/logs/hbm/leaderboard/n{n}/{block}.log",
    benchmark:
        "results/benchmarks/hbm/leaderboard/n{n}/{block}.tsv"
    wildcard_constraints:
        n=r"[4-9]|10",
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: hbm_files.leaderboard_memory(cfg.hbm, int(w.n))),
        runtime=minutes(
            lambda w: hbm_files.leaderboard_minutes(cfg.hbm, cfg.datasets, int(w.n))
        ),
    params:
        settings=lambda w: hbm_files.leaderboard_settings(
            cfg.seed, cfg.hbm, cfg.datasets, int(w.n)
        ),
        code=code("hbm_leaderboard"),
    message:
        "leaderboard: models of hbm, n = {wildcards.n}, block {wildcards.block}"
    script:
        "../workflow_scripts/hbm_leaderboard.py"
