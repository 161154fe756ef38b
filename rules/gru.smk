# gru: recurrent networks from the disorder vector to indicators (P2).
include: "gru_common.smk"


wildcard_constraints:
    variant=r"multitask|scratch|transfer|energy",


rule gru:
    input:
        [
            gru_files(name, ["multitask", "scratch", "transfer", "energy"])
            for name in ("predictions.h5", "model.pt", "history.csv")
        ],


rule gru_train:
    input:
        train=gru_train_indicators,
        test=mbl_blocks("indicators", MBL.L, "test"),
    output:
        predictions="results/gru/{variant}/predictions.h5",
        model="results/gru/{variant}/model.pt",
        history="results/gru/{variant}/history.csv",
    log:
        "results/logs/gru/{variant}.log",
    benchmark:
        "results/benchmarks/gru/{variant}.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory("gru_train", gru_memory),
        runtime=gru_minutes,
    params:
        settings=gru_settings,
        code=code("gru_train"),
    message:
        "train networks: {wildcards.variant}"
    script:
        "../workflow_scripts/gru_train.py"


# More networks, in blocks beside the first.


use rule gru_train as gru_train_more with:
    output:
        predictions="results/gru/{variant}/{block}/predictions.h5",
        model="results/gru/{variant}/{block}/model.pt",
        history="results/gru/{variant}/{block}/history.csv",
    log:
        "results/logs/gru/{variant}/{block}.log",
    benchmark:
        "results/benchmarks/gru/{variant}/{block}.tsv"
    wildcard_constraints:
        block=FURTHER_BLOCK,
    message:
        "train more networks: {wildcards.variant}, block {wildcards.block}"
