# mbl - files and resources, for mbl.smk and for what builds on them.
from math import comb

MBL = cfg.mbl
MBL_SPLITS = {"train": MBL.train_realisations, "test": MBL.test_realisations}
# Chain lengths that no network learns from are only tested on.
MBL_TRAIN_L = sorted({*cfg.gru.train_L, *cfg.gru.energy_train_L})
GAP_RATIOS = MBL.level_statistics


def mbl_blocks(kind, L, split):
    """Files of one kind ("disorder" or "indicators") for a chain length, all h, one split."""
    return expand(
        f"results/mbl/{kind}/L{{L}}/h{{h}}/{{split}}/{{block}}.h5",
        L=L,
        h=hundredths(MBL.h),
        split=split,
        block=blocks(MBL_SPLITS[split], MBL.block),
    )


def mbl_memory(matrices):
    """MB for a dense diagonalisation that holds this many D x D matrices at its peak."""

    def memory(wildcards, attempt):
        D = comb(int(wildcards.L), int(wildcards.L) // 2)
        return int((350 + matrices * 8e-6 * D**2) * attempt)

    return memory


def mbl_minutes(seconds, block):
    """Minutes for a block of dense diagonalisations, each at `seconds` D^3 on a slow core."""

    def minutes(wildcards, attempt):
        D = comb(int(wildcards.L), int(wildcards.L) // 2)
        return int((5 + block * seconds * D**3 / 60) * attempt)

    return minutes
