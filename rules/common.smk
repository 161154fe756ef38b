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
