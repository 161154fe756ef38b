# hbm: Born machines trained by quenches (Zhong 2022).


rule hbm:
    input:
        sorted(
            {
                *hbm_files.images(cfg.hbm),
                *hbm_files.comparison(cfg.hbm),
                *hbm_files.disorder(cfg.hbm),
                *hbm_files.parity(cfg.hbm),
            }
        ),


rule hbm_train:
    output:
        runs="results/hbm/{task}/{model}/h{h}/{block}.h5",
    log:
        "results/logs/hbm/{task}/{model}/h{h}/{block}.log",
    benchmark:
        "results/benchmarks/hbm/{task}/{model}/h{h}/{block}.tsv"
    wildcard_constraints:
        task=r"digits\d|parity",
        model="|".join(MODELS),
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(hbm_files.train_memory(cfg.hbm)),
        runtime=minutes(lambda w: hbm_files.train_minutes(cfg.hbm, w.model, float(w.h))),
    params:
        settings=lambda w: hbm_files.train_settings(cfg.seed, cfg.hbm, w.model),
        code=code("hbm_train"),
    message:
        "train: {wildcards.task}, {wildcards.model} machine, h = {wildcards.h}, block {wildcards.block}"
    script:
        "../workflow_scripts/hbm_train.py"
