# sqrbm: restricted Boltzmann machines, classical and semi-quantum (P3).
include: "sqrbm_common.smk"


wildcard_constraints:
    dataset=r"bars|random|cardinality|parity",
    paulis=r"Z|XZ|XYZ",


rule sqrbm:
    input:
        sqrbm_fits(),
        sqrbm_crossfits(),


rule sqrbm_train:
    output:
        fit="results/sqrbm/{dataset}/n{n}/{paulis}/m{m}.h5",
    log:
        "results/logs/sqrbm/{dataset}/n{n}/{paulis}/m{m}.log",
    benchmark:
        "results/benchmarks/sqrbm/{dataset}/n{n}/{paulis}/m{m}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            "sqrbm_train", sqrbm_memory, n=SQRBM.n, m=SQRBM.m, paulis=SQRBM.paulis
        ),
        runtime=minutes("sqrbm_train", sqrbm_minutes, n=SQRBM.n, m=SQRBM.m),
    params:
        settings=settings(
            seed=cfg.seed,
            block=SQRBM.block,
            iterations=SQRBM.iterations,
            learning_rate=SQRBM.learning_rate,
        ),
        code=code("sqrbm_train"),
    message:
        "train: {wildcards.dataset}, n = {wildcards.n}, {wildcards.paulis}, m = {wildcards.m}"
    script:
        "../workflow_scripts/sqrbm_train.py"


# More trainings, in blocks beside the first.


use rule sqrbm_train as sqrbm_train_more with:
    output:
        fit="results/sqrbm/{dataset}/n{n}/{paulis}/m{m}/{block}.h5",
    log:
        "results/logs/sqrbm/{dataset}/n{n}/{paulis}/m{m}/{block}.log",
    benchmark:
        "results/benchmarks/sqrbm/{dataset}/n{n}/{paulis}/m{m}/{block}.tsv"
    wildcard_constraints:
        block=FURTHER_BLOCK,
    message:
        "train: {wildcards.dataset}, n = {wildcards.n}, {wildcards.paulis}, m = {wildcards.m}, block {wildcards.block}"


rule sqrbm_crossfit:
    output:
        fits="results/sqrbm/crossfit/n{n}/{paulis}.csv",
    log:
        "results/logs/sqrbm/crossfit/n{n}/{paulis}.log",
    benchmark:
        "results/benchmarks/sqrbm/crossfit/n{n}/{paulis}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory("sqrbm_crossfit", growing(400)),
        runtime=growing(10),
    params:
        settings=settings(
            seed=cfg.seed,
            targets=CROSSFIT.targets,
            starts=CROSSFIT.starts,
            iterations=CROSSFIT.iterations,
        ),
        code=code("sqrbm_crossfit"),
    message:
        "cross-fit: one hidden qubit {wildcards.paulis} and classical units, n = {wildcards.n}"
    script:
        "../workflow_scripts/sqrbm_crossfit.py"
