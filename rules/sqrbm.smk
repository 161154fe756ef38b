# sqrbm: restricted Boltzmann machines, classical and semi-quantum (Demidik 2025).


wildcard_constraints:
    paulis="|".join(PAULIS),


rule sqrbm:
    input:
        datasets_files.leaderboard(cfg.datasets, "sqrbm"),
        sqrbm_files.fits(cfg.sqrbm, cfg.datasets),
        sqrbm_files.crossfits(cfg.sqrbm),
        sqrbm_files.machines(cfg.sqrbm, cfg.datasets),
        sqrbm_files.GRADIENT_COSTS,
        sqrbm_files.gradient_variances(cfg.sqrbm, cfg.datasets),
        sqrbm_files.long_fits(cfg.sqrbm, cfg.datasets),
        sqrbm_files.optimisers(cfg.sqrbm, cfg.datasets),


rule sqrbm_train:
    input:
        dataset=lambda w: sqrbm_files.target(
            cfg.sqrbm, cfg.datasets, w.dataset, int(w.n), w.block
        ),
    output:
        # One job trains the machines of all Paulis.
        **{
            paulis: f"results/sqrbm/{{dataset}}/n{{n}}/{paulis}/m{{m}}/{{block}}.h5"
            for paulis in cfg.sqrbm.paulis
        },
    log:
        "results/logs/sqrbm/{dataset}/n{n}/m{m}/{block}.log",
    benchmark:
        "results/benchmarks/sqrbm/{dataset}/n{n}/m{m}/{block}.tsv"
    wildcard_constraints:
        n=r"[2-9]|1\d|20",
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            lambda w: sqrbm_files.train_memory(cfg.sqrbm, int(w.n), [int(w.m)])
        ),
        runtime=minutes(
            lambda w: sqrbm_files.train_minutes(cfg.sqrbm, int(w.n), [int(w.m)])
        ),
    params:
        settings=sqrbm_files.train_settings(cfg.seed, cfg.sqrbm),
        code=code("sqrbm_train"),
    message:
        "train: {wildcards.dataset}, n = {wildcards.n}, m = {wildcards.m}, block {wildcards.block}"
    script:
        "../workflow_scripts/sqrbm_train.py"


# Small machines take about the time of the start of Python, so one job trains those of every m.
small_m = sqrbm_files.small(cfg.sqrbm)

if small_m:

    ruleorder: sqrbm_train_small > sqrbm_train

    use rule sqrbm_train as sqrbm_train_small with:
        output:
            **{
                f"{paulis}_{m}": f"results/sqrbm/{{dataset}}/n{{n}}/{paulis}/m{m}/{{block}}.h5"
                for paulis in cfg.sqrbm.paulis
                for m in small_m
            },
        log:
            "results/logs/sqrbm/{dataset}/n{n}/small/{block}.log",
        benchmark:
            "results/benchmarks/sqrbm/{dataset}/n{n}/small/{block}.tsv"
        wildcard_constraints:
            n=r"[2-9]|1[0-2]",
        resources:
            mem_mb=memory(
                lambda w: sqrbm_files.train_memory(cfg.sqrbm, int(w.n), small_m)
            ),
            runtime=minutes(
                lambda w: sqrbm_files.train_minutes(cfg.sqrbm, int(w.n), small_m)
            ),
        message:
            "train: {wildcards.dataset}, n = {wildcards.n}, every small m, block {wildcards.block}"


rule sqrbm_crossfit:
    output:
        fits="results/sqrbm/crossfit/n{n}/{paulis}/m{m}.csv",
    log:
        "results/logs/sqrbm/crossfit/n{n}/{paulis}/m{m}.log",
    benchmark:
        "results/benchmarks/sqrbm/crossfit/n{n}/{paulis}/m{m}.tsv"
    wildcard_constraints:
        n=r"[2-9]|10",
        m="[1-9]",
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            lambda w: sqrbm_files.crossfit_memory(
                cfg.sqrbm, int(w.n), int(w.m), w.paulis
            )
        ),
        runtime=minutes(
            lambda w: sqrbm_files.crossfit_minutes(
                cfg.sqrbm, int(w.n), int(w.m), w.paulis
            )
        ),
    params:
        settings=sqrbm_files.crossfit_settings(cfg.seed, cfg.sqrbm),
        code=code("sqrbm_crossfit"),
    message:
        "cross-fit: m = {wildcards.m} hidden qubits {wildcards.paulis} and classical units, n = {wildcards.n}"
    script:
        "../workflow_scripts/sqrbm_crossfit.py"


rule sqrbm_machines:
    input:
        dataset=lambda w: sqrbm_files.machines_target(
            cfg.sqrbm, cfg.datasets, w.dataset, int(w.n)
        ),
    output:
        machines="results/sqrbm/machines/{dataset}/n{n}.csv",
    log:
        "results/logs/sqrbm/machines/{dataset}/n{n}.log",
    benchmark:
        "results/benchmarks/sqrbm/machines/{dataset}/n{n}.tsv"
    wildcard_constraints:
        n=r"[2-8]",
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(lambda w: sqrbm_files.machines_minutes(cfg.sqrbm)),
    params:
        settings=sqrbm_files.machines_settings(cfg.seed, cfg.sqrbm),
        code=code("sqrbm_machines"),
    message:
        "compare machines: {wildcards.dataset}, n = {wildcards.n}"
    script:
        "../workflow_scripts/sqrbm_machines.py"


rule sqrbm_gradient_costs:
    output:
        costs="results/sqrbm/gradient_costs.csv",
    log:
        "results/logs/sqrbm/gradient_costs.log",
    benchmark:
        "results/benchmarks/sqrbm/gradient_costs.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(600),
        runtime=minutes(10),
    params:
        settings=sqrbm_files.cost_settings(cfg.sqrbm),
        code=code("sqrbm_gradient_costs"),
    message:
        "time gradients of machines"
    script:
        "../workflow_scripts/sqrbm_gradient_costs.py"


rule sqrbm_gradient_variance:
    input:
        dataset=lambda w: sqrbm_files.gradient_targets(
            cfg.sqrbm, cfg.datasets, w.dataset
        ),
    output:
        variances="results/sqrbm/gradient_variance/{dataset}.csv",
    log:
        "results/logs/sqrbm/gradient_variance/{dataset}.log",
    benchmark:
        "results/benchmarks/sqrbm/gradient_variance/{dataset}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(600),
        runtime=minutes(lambda w: sqrbm_files.gradient_minutes(cfg.sqrbm)),
    params:
        settings=sqrbm_files.gradient_settings(cfg.seed, cfg.sqrbm),
        code=code("sqrbm_gradient_variance"),
    message:
        "variance of gradients: {wildcards.dataset}"
    script:
        "../workflow_scripts/sqrbm_gradient_variance.py"


rule sqrbm_long:
    input:
        dataset=lambda w: datasets_files.files(cfg.datasets, w.dataset, int(w.n)),
    output:
        fit="results/sqrbm/long/{dataset}/n{n}/{paulis}/m{m}/{block}.h5",
    log:
        "results/logs/sqrbm/long/{dataset}/n{n}/{paulis}/m{m}/{block}.log",
    benchmark:
        "results/benchmarks/sqrbm/long/{dataset}/n{n}/{paulis}/m{m}/{block}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: sqrbm_files.long_memory(int(w.m), w.paulis)),
        runtime=minutes(
            lambda w: sqrbm_files.long_minutes(
                cfg.sqrbm, w.dataset, int(w.n), int(w.m), w.paulis
            )
        ),
    params:
        settings=lambda w: sqrbm_files.long_settings(cfg.seed, cfg.sqrbm, w.dataset),
        code=code("sqrbm_long"),
    message:
        "train from samples: {wildcards.dataset}, n = {wildcards.n}, {wildcards.paulis}, m = {wildcards.m}, block {wildcards.block}"
    script:
        "../workflow_scripts/sqrbm_long.py"


rule sqrbm_optimisers:
    input:
        dataset=lambda w: sqrbm_files.optimisers_target(
            cfg.sqrbm, cfg.datasets, w.dataset, int(w.n)
        ),
    output:
        runs="results/sqrbm/optimisers/{dataset}/n{n}.csv",
    log:
        "results/logs/sqrbm/optimisers/{dataset}/n{n}.log",
    benchmark:
        "results/benchmarks/sqrbm/optimisers/{dataset}/n{n}.tsv"
    wildcard_constraints:
        n=r"[2-9]|1\d|20",
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: sqrbm_files.optimisers_memory(cfg.sqrbm, int(w.n))),
        runtime=minutes(lambda w: sqrbm_files.optimisers_minutes(cfg.sqrbm, int(w.n))),
    params:
        settings=sqrbm_files.optimisers_settings(cfg.seed, cfg.sqrbm),
        code=code("sqrbm_optimisers"),
    message:
        "compare step schedules: {wildcards.dataset}, n = {wildcards.n}"
    script:
        "../workflow_scripts/sqrbm_optimisers.py"


rule sqrbm_leaderboard:
    input:
        unpack(leaderboard_targets),
    output:
        learned="results/sqrbm/leaderboard/n{n}/{block}.h5",
    log:
        "results/logs/sqrbm/leaderboard/n{n}/{block}.log",
    benchmark:
        "results/benchmarks/sqrbm/leaderboard/n{n}/{block}.tsv"
    wildcard_constraints:
        n=r"[4-9]|10",
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            lambda w: sqrbm_files.leaderboard_memory(cfg.sqrbm, cfg.datasets, int(w.n))
        ),
        runtime=minutes(
            lambda w: sqrbm_files.leaderboard_minutes(
                cfg.sqrbm, cfg.datasets, int(w.n)
            )
        ),
    params:
        settings=lambda w: sqrbm_files.leaderboard_settings(
            cfg.seed, cfg.sqrbm, cfg.datasets, int(w.n)
        ),
        code=code("sqrbm_leaderboard"),
    message:
        "leaderboard: models of sqrbm, n = {wildcards.n}, block {wildcards.block}"
    script:
        "../workflow_scripts/sqrbm_leaderboard.py"
