# tfi: DMRG ground states of the transverse-field Ising chain, POVM samples of them.
include: "tfi_common.smk"


rule tfi:
    input:
        [tfi_ground_states(N) for N in TFI.N],
        [tfi_povm(N) for N in TFI.N],


rule tfi_ground_state:
    output:
        ground_state="results/tfi/ground_states/N{N}/hx{hx}.h5",
    log:
        "results/logs/tfi/ground_states/N{N}/hx{hx}.log",
    benchmark:
        "results/benchmarks/tfi/ground_states/N{N}/hx{hx}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory("tfi_ground_state", tfi_dmrg_memory, N=TFI.N),
        runtime=minutes("tfi_ground_state", tfi_dmrg_minutes, N=TFI.N),
    params:
        settings=settings(
            longitudinal_field=TFI.longitudinal_field,
            bond_dimension=TFI.bond_dimension,
            max_sweeps=TFI.max_sweeps,
            energy_tolerance=TFI.energy_tolerance,
        ),
        code=code("tfi_ground_state"),
    message:
        "ground state: N = {wildcards.N}, hx = {wildcards.hx}"
    script:
        "../workflow_scripts/tfi_ground_state.py"


rule tfi_povm:
    input:
        ground_state="results/tfi/ground_states/N{N}/hx{hx}.h5",
    output:
        povm="results/tfi/povm/N{N}/hx{hx}/{shard}.h5",
    log:
        "results/logs/tfi/povm/N{N}/hx{hx}/{shard}.log",
    benchmark:
        "results/benchmarks/tfi/povm/N{N}/hx{hx}/{shard}.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=memory("tfi_povm", tfi_povm_memory, N=TFI.N),
        runtime=minutes("tfi_povm", tfi_povm_minutes, N=TFI.N),
    params:
        settings=settings(seed=cfg.seed, samples=TFI.shard),
        code=code("tfi_povm"),
    message:
        "POVM samples: N = {wildcards.N}, hx = {wildcards.hx}, shard {wildcards.shard}"
    script:
        "../workflow_scripts/tfi_povm.py"
