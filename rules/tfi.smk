# tfi: DMRG ground states of the transverse-field Ising chain, POVM samples of them.


rule tfi:
    input:
        [tfi_files.ground_states(cfg.tfi, N) for N in cfg.tfi.N],
        [tfi_files.povm(cfg.tfi, N) for N in cfg.tfi.N],
        [tfi_files.truncated(N) for N in cfg.tfi.N],
        tfi_files.outcomes(cfg.tfi),


# At the papers' sizes a training of stage vae takes hours on one core, and waits for these jobs. So
# they go before all others, and the trainings too: what begins last ends the run.
rule tfi_ground_state:
    output:
        ground_state="results/tfi/ground_states/N{N}/hx{hx}.h5",
    log:
        "results/logs/tfi/ground_states/N{N}/hx{hx}.log",
    benchmark:
        "results/benchmarks/tfi/ground_states/N{N}/hx{hx}.tsv"
    priority: 1
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: tfi_files.ground_state_memory(cfg.tfi, int(w.N))),
        runtime=minutes(lambda w: tfi_files.ground_state_minutes(cfg.tfi, int(w.N))),
    params:
        settings=tfi_files.ground_state_settings(cfg.tfi),
        code=code("tfi_ground_state"),
    message:
        "ground state: N = {wildcards.N}, hx = {wildcards.hx}"
    script:
        "../workflow_scripts/tfi_ground_state.py"


rule tfi_povm:
    input:
        ground_state="results/tfi/ground_states/N{N}/hx{hx}.h5",
    output:
        povm="results/tfi/povm/N{N}/hx{hx}/{block}.h5",
    log:
        "results/logs/tfi/povm/N{N}/hx{hx}/{block}.log",
    benchmark:
        "results/benchmarks/tfi/povm/N{N}/hx{hx}/{block}.tsv"
    priority: 1
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: tfi_files.povm_memory(cfg.tfi, int(w.N))),
        runtime=minutes(lambda w: tfi_files.povm_minutes(cfg.tfi, int(w.N))),
    params:
        settings=tfi_files.povm_settings(cfg.seed, cfg.tfi),
        code=code("tfi_povm"),
    message:
        "POVM samples: N = {wildcards.N}, hx = {wildcards.hx}, block {wildcards.block}"
    script:
        "../workflow_scripts/tfi_povm.py"


rule tfi_truncated:
    input:
        ground_states=lambda w: tfi_files.ground_states(cfg.tfi, w.N),
    output:
        truncated="results/tfi/truncated/N{N}.csv",
    log:
        "results/logs/tfi/truncated/N{N}.log",
    benchmark:
        "results/benchmarks/tfi/truncated/N{N}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    params:
        settings=tfi_files.truncated_settings(cfg.seed, cfg.tfi),
        code=code("tfi_truncated"),
    message:
        "compressed ground states: N = {wildcards.N}"
    script:
        "../workflow_scripts/tfi_truncated.py"


# POVM outcomes of the user's own: files count by their content, not their time.


rule tfi_outcomes:
    input:
        own=lambda w: ancient(cfg.tfi.outcomes_files[w.outcomes]),
    output:
        outcomes="results/tfi/outcomes/{outcomes}.h5",
    log:
        "results/logs/tfi/outcomes/{outcomes}.log",
    benchmark:
        "results/benchmarks/tfi/outcomes/{outcomes}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            lambda w: tfi_files.outcomes_memory(
                *tfi_files.outcomes_shape(cfg.tfi, w.outcomes)
            )
        ),
        runtime=minutes(10),
    params:
        settings=lambda w: tfi_files.outcomes_settings(cfg.tfi, w.outcomes),
        code=code("tfi_outcomes"),
    message:
        "POVM outcomes of your own: {wildcards.outcomes}"
    script:
        "../workflow_scripts/tfi_outcomes.py"
