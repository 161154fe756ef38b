# hbm: Born machines trained by quenches (Zhong 2022).


rule hbm:
    input:
        sorted(
            {
                *hbm_files.images(cfg.hbm, cfg.datasets),
                *hbm_files.comparison(cfg.hbm, cfg.datasets),
                *hbm_files.disorder(cfg.hbm, cfg.datasets),
                *hbm_files.parity(cfg.hbm),
                *hbm_files.further(cfg.hbm),
            }
        ),


rule hbm_train:
    input:
        dataset=lambda w: hbm_files.target(cfg.hbm, cfg.datasets, w.dataset, w.block),
    output:
        runs="results/hbm/{dataset}/{chain}/{model}/h{h}/{block}.h5",
    log:
        "results/logs/hbm/{dataset}/{chain}/{model}/h{h}/{block}.log",
    benchmark:
        "results/benchmarks/hbm/{dataset}/{chain}/{model}/h{h}/{block}.tsv"
    wildcard_constraints:
        chain=one_of(cfg.hbm.chains),
        model="|".join(MODELS),
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(hbm_files.train_memory(cfg.hbm)),
        runtime=minutes(
            lambda w: hbm_files.train_minutes(cfg.hbm, w.chain, w.model, float(w.h))
        ),
    params:
        settings=lambda w: hbm_files.train_settings(cfg.seed, cfg.hbm, w.chain, w.model),
        code=code("hbm_train"),
    message:
        "train: {wildcards.dataset}, {wildcards.model} machine, chain {wildcards.chain}, h = {wildcards.h}, block {wildcards.block}"
    script:
        "../workflow_scripts/hbm_train.py"
