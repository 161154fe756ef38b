# Shared by all rules - the checked configuration, code digests, names, resources.
import sys

LIBRARY = f"{workflow.basedir}/workflow_scripts"
if LIBRARY not in sys.path:
    sys.path.insert(0, LIBRARY)

from spinlearn.workflow.codedigest import code_digest
from spinlearn.workflow.params import settings
from spinlearn.workflow.planning import (
    blocks,
    check_results_folder,
    checked_config,
    growing,
    hundredths,
)

# The configuration, frozen; a fault ends Snakemake here, before any job.
cfg = checked_config(config)


wildcard_constraints:
    L=r"\d+",
    N=r"\d+",
    n=r"\d+",
    m=r"\d+",
    h=r"\d+\.\d\d",
    hx=r"\d+\.\d\d",
    split=r"train|test",
    block=r"\d{4}",
    shard=r"\d{4}",
    boundary=r"ring|open",


def code(rule):
    """Digest of everything that a rule's script would execute."""
    return code_digest(f"{LIBRARY}/{rule}.py")


# --- mbl ------------------------------------------------------------------------------------------

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


def mbl_dense_memory(wildcards, attempt):
    """MB for LAPACK's divide and conquer: the matrix, its vectors, and as much work space again."""
    from math import comb

    L = int(wildcards.L)
    return int((350 + 5 * 8e-6 * comb(L, L // 2) ** 2) * attempt)


def mbl_dense_minutes(wildcards, attempt):
    """Minutes for a block of dense diagonalisations, generous: 40 ps D^3 each, on a slow core."""
    from math import comb

    L = int(wildcards.L)
    return int((5 + MBL.block * 4e-11 * 4 * comb(L, L // 2) ** 3 / 60) * attempt)
