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
        indicators=gru_train_indicators,
    output:
        model="results/gru/{variant}/model.pt",
        history="results/gru/{variant}/history.csv",
    log:
        "results/logs/gru/{variant}/train.log",
    benchmark:
        "results/benchmarks/gru/{variant}/train.tsv"
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


rule gru_predict:
    input:
        model="results/gru/{variant}/model.pt",
        indicators=mbl_blocks("indicators", MBL.L, "test"),
    output:
        predictions="results/gru/{variant}/predictions.h5",
    log:
        "results/logs/gru/{variant}/predict.log",
    benchmark:
        "results/benchmarks/gru/{variant}/predict.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory("gru_predict", gru_predict_memory),
        runtime=growing(5),
    params:
        settings=settings(
            energy_density=GRU.energy_density,
            entropy_normalisation=MBL.entropy_normalisation,
        ),
        code=code("gru_predict"),
    message:
        "test networks: {wildcards.variant}"
    script:
        "../workflow_scripts/gru_predict.py"


# More networks, in blocks beside the first.


use rule gru_train as gru_train_more with:
    output:
        model="results/gru/{variant}/{block}/model.pt",
        history="results/gru/{variant}/{block}/history.csv",
    log:
        "results/logs/gru/{variant}/{block}/train.log",
    benchmark:
        "results/benchmarks/gru/{variant}/{block}/train.tsv"
    wildcard_constraints:
        block=FURTHER_BLOCK,
    message:
        "train more networks: {wildcards.variant}, block {wildcards.block}"


use rule gru_predict as gru_predict_more with:
    input:
        model="results/gru/{variant}/{block}/model.pt",
        indicators=mbl_blocks("indicators", MBL.L, "test"),
    output:
        predictions="results/gru/{variant}/{block}/predictions.h5",
    log:
        "results/logs/gru/{variant}/{block}/predict.log",
    benchmark:
        "results/benchmarks/gru/{variant}/{block}/predict.tsv"
    wildcard_constraints:
        block=FURTHER_BLOCK,
    message:
        "test more networks: {wildcards.variant}, block {wildcards.block}"
