# Shared by all rules - the checked configuration, code digests, names, resources.
import sys
from math import comb

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
