# nqs: restricted Boltzmann machines as wave functions (Das Sarma, Deng and Duan 2019).


rule nqs:
    input:
        nqs_files.TORIC_CODE,
        nqs_files.ENTROPIES,


rule nqs_exact_states:
    output:
        toric_code="results/nqs/toric_code.csv",
        entropies="results/nqs/entropies.csv",
    log:
        "results/logs/nqs/exact_states.log",
    benchmark:
        "results/benchmarks/nqs/exact_states.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(lambda w: nqs_files.exact_minutes(cfg.nqs)),
    params:
        settings=nqs_files.exact_settings(cfg.seed, cfg.nqs),
        code=code("nqs_exact_states"),
    message:
        "machines as wave functions: toric code, entanglement"
    script:
        "../workflow_scripts/nqs_exact_states.py"
