# datasets: distributions over bit strings, and samples, that models learn.


rule datasets:
    input:
        datasets_files.all_files(cfg.datasets, LEARNERS),


rule dataset:
    input:
        unpack(dataset_inputs),
    output:
        dataset="results/datasets/{dataset}/n{n}/{block}.h5",
    log:
        "results/logs/datasets/{dataset}/n{n}/{block}.log",
    benchmark:
        "results/benchmarks/datasets/{dataset}/n{n}/{block}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            lambda w: datasets_files.dataset_memory(cfg.datasets, w.dataset, int(w.n))
        ),
        runtime=minutes(10),
    params:
        settings=lambda w: datasets_files.dataset_settings(
            cfg.seed, cfg.datasets, w.dataset
        ),
        code=module_code(lambda w: datasets_files.entry_module(cfg.datasets, w.dataset)),
    message:
        "data set: {wildcards.dataset}, n = {wildcards.n}, block {wildcards.block}"
    script:
        "../workflow_scripts/dataset.py"
