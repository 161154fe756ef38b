# nqs: restricted Boltzmann machines as wave functions (Das Sarma, Deng and Duan 2019).


wildcard_constraints:
    ring=one_of(nqs_files.rings(cfg.nqs)),


rule nqs:
    input:
        nqs_files.TORIC_CODE,
        nqs_files.ENTROPIES,
        nqs_files.ground_states(cfg.nqs),
        nqs_files.dynamics(cfg.nqs),
        nqs_files.tomography(cfg.nqs),


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


rule nqs_ground_states:
    output:
        energies="results/nqs/ground_states/{ring}/N{N}.csv",
    log:
        "results/logs/nqs/ground_states/{ring}/N{N}.log",
    benchmark:
        "results/benchmarks/nqs/ground_states/{ring}/N{N}.tsv"
    wildcard_constraints:
        N=one_of(RING_LENGTHS),
    conda:
        "../envs/variational.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: nqs_files.ground_state_memory(cfg.nqs, int(w.N))),
        runtime=minutes(
            lambda w: nqs_files.ground_state_minutes(cfg.nqs, int(w.N)), start=10
        ),
    params:
        settings=nqs_files.ground_state_settings(cfg.seed, cfg.nqs),
        code=code("nqs_ground_states"),
    message:
        "machines as ground states: {wildcards.ring}, N = {wildcards.N}"
    script:
        "../workflow_scripts/nqs_ground_states.py"


rule nqs_dynamics:
    output:
        dynamics="results/nqs/dynamics/N{N}.csv",
    log:
        "results/logs/nqs/dynamics/N{N}.log",
    benchmark:
        "results/benchmarks/nqs/dynamics/N{N}.tsv"
    wildcard_constraints:
        N=r"4|6|8|10|12|14",
    conda:
        "../envs/variational.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: nqs_files.dynamics_memory(cfg.nqs, int(w.N))),
        runtime=minutes(
            lambda w: nqs_files.dynamics_minutes(cfg.nqs, int(w.N)), start=10
        ),
    params:
        settings=nqs_files.dynamics_settings(cfg.seed, cfg.nqs),
        code=code("nqs_dynamics"),
    message:
        "machines after a quench: N = {wildcards.N}"
    script:
        "../workflow_scripts/nqs_dynamics.py"


rule nqs_measurements:
    input:
        ground_state="results/tfi/ground_states/N{N}/hx{hx}.h5",
    output:
        measurements="results/nqs/measurements/N{N}/hx{hx}/{block}.h5",
    log:
        "results/logs/nqs/measurements/N{N}/hx{hx}/{block}.log",
    benchmark:
        "results/benchmarks/nqs/measurements/N{N}/hx{hx}/{block}.tsv"
    wildcard_constraints:
        N=r"[2-9]|1[0-2]",
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    params:
        settings=nqs_files.measurement_settings(cfg.seed, cfg.nqs),
        code=code("nqs_measurements"),
    message:
        "measurements: N = {wildcards.N}, hx = {wildcards.hx}, block {wildcards.block}"
    script:
        "../workflow_scripts/nqs_measurements.py"


rule nqs_tomography:
    input:
        measurements="results/nqs/measurements/N{N}/hx{hx}/{block}.h5",
    output:
        tomography="results/nqs/tomography/N{N}/hx{hx}/{block}.csv",
    log:
        "results/logs/nqs/tomography/N{N}/hx{hx}/{block}.log",
    benchmark:
        "results/benchmarks/nqs/tomography/N{N}/hx{hx}/{block}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: nqs_files.tomography_memory(cfg.nqs, int(w.N))),
        runtime=minutes(lambda w: nqs_files.tomography_minutes(cfg.nqs, int(w.N))),
    params:
        settings=nqs_files.tomography_settings(cfg.seed, cfg.nqs),
        code=code("nqs_tomography"),
    message:
        "tomography: N = {wildcards.N}, hx = {wildcards.hx}, block {wildcards.block}"
    script:
        "../workflow_scripts/nqs_tomography.py"
