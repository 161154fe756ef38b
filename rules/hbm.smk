# hbm: Born machines trained by quenches (P1).
include: "hbm_common.smk"


rule hbm:
    input:
        sorted({*HBM_IMAGES, *HBM_COMPARISON, *HBM_DISORDER, *HBM_PARITY}),


rule hbm_train:
    output:
        runs="results/hbm/{task}/{model}/h{h}/runs.h5",
    log:
        "results/logs/hbm/{task}/{model}/h{h}.log",
    benchmark:
        "results/benchmarks/hbm/{task}/{model}/h{h}.tsv"
    wildcard_constraints:
        task=r"digits\d|parity",
        model=r"hidden|basic|driven|anderson",
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory("hbm_train", hbm_memory, h=HBM_H, model=HBM_ALL_MODELS),
        runtime=minutes("hbm_train", hbm_minutes, h=HBM_H, model=HBM_ALL_MODELS),
    params:
        settings=hbm_settings,
        code=code("hbm_train"),
    message:
        "train: {wildcards.task}, {wildcards.model} machine, h = {wildcards.h}"
    script:
        "../workflow_scripts/hbm_train.py"


# More runs, in blocks beside the first.


use rule hbm_train as hbm_train_more with:
    output:
        runs="results/hbm/{task}/{model}/h{h}/runs/{block}.h5",
    log:
        "results/logs/hbm/{task}/{model}/h{h}/{block}.log",
    benchmark:
        "results/benchmarks/hbm/{task}/{model}/h{h}/{block}.tsv"
    wildcard_constraints:
        task=r"digits\d|parity",
        model=r"hidden|basic|driven|anderson",
        block=FURTHER_BLOCK,
    message:
        "train: {wildcards.task}, {wildcards.model} machine, h = {wildcards.h}, block {wildcards.block}"
