# tfi - files and resources, for tfi.smk and for what builds on them.
TFI = cfg.tfi


def tfi_ground_states(N):
    """Ground states of one chain length, in the order of tfi.hx."""
    return expand(
        "results/tfi/ground_states/N{N}/hx{hx}.h5", N=N, hx=hundredths(TFI.hx)
    )


def tfi_povm(N):
    """All shards of POVM samples of one chain length: field by field, shard by shard."""
    return expand(
        "results/tfi/povm/N{N}/hx{hx}/{shard}.h5",
        N=N,
        hx=hundredths(TFI.hx),
        shard=blocks(TFI.samples, TFI.shard),
    )


def tfi_dmrg_minutes(wildcards, attempt):
    """Minutes for two runs of DMRG, generous: 10 s a sweep where N = 32 and D = 25."""
    scale = int(wildcards.N) / 32 * max(1.0, TFI.bond_dimension / 25) ** 3
    return int((5 + TFI.max_sweeps * scale / 3) * attempt)


def tfi_dmrg_memory(wildcards, attempt):
    """MB for DMRG: the environments and TeNPy's Krylov vectors on top of the libraries."""
    entries = int(wildcards.N) * 24 * TFI.bond_dimension**2
    return int((500 + 8e-6 * entries) * attempt)


def tfi_povm_minutes(wildcards, attempt):
    """Minutes for one shard, generous: 10 000 strings a second where N = 32 and D = 25."""
    scale = int(wildcards.N) / 32 * max(1.0, TFI.bond_dimension / 25) ** 2
    return int((5 + TFI.shard * scale / 6e5) * attempt)


def tfi_povm_memory(wildcards, attempt):
    """MB for one shard: outcomes, their compressed copy and ln P on top of the libraries."""
    return int((400 + 3e-6 * TFI.shard * (int(wildcards.N) + 8)) * attempt)
