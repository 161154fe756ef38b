# phases: phases found by supervised, unsupervised and confusion learning (Das Sarma 2019).


rule phases:
    input:
        phases_files.SUPERVISED,
        phases_files.UNSUPERVISED,
        phases_files.confusion(cfg.phases),


rule phases_ising:
    output:
        ising="results/phases/ising/L{L}/{block}.h5",
    log:
        "results/logs/phases/ising/L{L}/{block}.log",
    benchmark:
        "results/benchmarks/phases/ising/L{L}/{block}.tsv"
    wildcard_constraints:
        L=r"[3-9]|[1-9]\d|1[01]\d|12[0-8]",
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: phases_files.ising_memory(cfg.phases, int(w.L))),
        runtime=minutes(lambda w: phases_files.ising_minutes(cfg.phases, int(w.L))),
    params:
        settings=phases_files.ising_settings(cfg.seed, cfg.phases),
        code=code("phases_ising"),
    message:
        "Ising configurations: L = {wildcards.L}, block {wildcards.block}"
    script:
        "../workflow_scripts/phases_ising.py"


rule phases_supervised:
    input:
        ising=phases_files.ising(cfg.phases, cfg.phases.ising.L),
    output:
        labels="results/phases/supervised.h5",
    log:
        "results/logs/phases/supervised.log",
    benchmark:
        "results/benchmarks/phases/supervised.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(phases_files.learning_memory(cfg.phases, cfg.phases.ising.L)),
        runtime=minutes(phases_files.supervised_minutes(cfg.phases)),
    params:
        settings=phases_files.supervised_settings(cfg.seed, cfg.phases),
        code=code("phases_supervised"),
    message:
        "learn the phases of the Ising model far from the transition"
    script:
        "../workflow_scripts/phases_supervised.py"


rule phases_unsupervised:
    input:
        ising=phases_files.ising(cfg.phases, cfg.phases.ising.L),
    output:
        components="results/phases/unsupervised.h5",
    log:
        "results/logs/phases/unsupervised.log",
    benchmark:
        "results/benchmarks/phases/unsupervised.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(phases_files.learning_memory(cfg.phases, cfg.phases.ising.L)),
        runtime=minutes(phases_files.unsupervised_minutes(cfg.phases)),
    params:
        settings=phases_files.unsupervised_settings(cfg.seed),
        code=code("phases_unsupervised"),
    message:
        "principal components and clusters of Ising configurations"
    script:
        "../workflow_scripts/phases_unsupervised.py"


rule phases_spectra:
    output:
        spectra="results/phases/spectra/{chain}/L{L}/{block}.h5",
    log:
        "results/logs/phases/spectra/{chain}/L{L}/{block}.log",
    benchmark:
        "results/benchmarks/phases/spectra/{chain}/L{L}/{block}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: mbl_files.windows_memory(cfg.mbl, int(w.L))),
        runtime=minutes(
            lambda w: phases_files.spectra_minutes(cfg.phases, cfg.mbl, int(w.L))
        ),
    params:
        settings=lambda w: phases_files.spectra_settings(
            cfg.seed, cfg.phases, cfg.mbl, w.chain
        ),
        code=code("phases_spectra"),
    message:
        "entanglement spectra: {wildcards.chain}, L = {wildcards.L}, block {wildcards.block}"
    script:
        "../workflow_scripts/phases_spectra.py"


rule phases_z_samples:
    input:
        ground_states=lambda w: tfi_files.ground_states(cfg.tfi, w.N),
    output:
        samples="results/phases/z/N{N}.h5",
    log:
        "results/logs/phases/z/N{N}.log",
    benchmark:
        "results/benchmarks/phases/z/N{N}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    params:
        settings=phases_files.z_settings(cfg.seed, cfg.phases),
        code=code("phases_z_samples"),
    message:
        "sigma^z outcomes: N = {wildcards.N}"
    script:
        "../workflow_scripts/phases_z_samples.py"


rule phases_confusion:
    input:
        data=lambda w: phases_files.confusion_data(cfg.phases, cfg.tfi, w.source),
    output:
        accuracies="results/phases/confusion/{source}.csv",
    log:
        "results/logs/phases/confusion/{source}.log",
    benchmark:
        "results/benchmarks/phases/confusion/{source}.tsv"
    wildcard_constraints:
        source="|".join(phases_files.sources(cfg.phases)),
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            lambda w: phases_files.confusion_memory(cfg.phases, cfg.tfi, w.source)
        ),
        runtime=minutes(
            lambda w: phases_files.confusion_minutes(cfg.phases, cfg.tfi, w.source)
        ),
    params:
        settings=lambda w: phases_files.confusion_settings(
            cfg.seed, cfg.phases, cfg.tfi, w.source
        ),
        code=code("phases_confusion"),
    message:
        "learn by confusion: {wildcards.source}"
    script:
        "../workflow_scripts/phases_confusion.py"
