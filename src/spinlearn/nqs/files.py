"""Files of stage `nqs`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from spinlearn.nqs.config import Nqs
from spinlearn.pipeline.planning import settings

TORIC_CODE = "results/nqs/toric_code.csv"
ENTROPIES = "results/nqs/entropies.csv"


def exact_settings(seed: int, nqs: Nqs) -> str:
    """The settings of the machines with exact vectors."""
    return settings(seed=seed, tori=nqs.tori, entanglement=nqs.entanglement.model_dump())


def exact_minutes(nqs: Nqs) -> float:
    """Minutes for the machines with exact vectors, generous: 0.1 s per machine of 16 spins."""
    sizes = nqs.entanglement.N
    return 5 + sum(2**N for N in sizes) / 2**16 * nqs.entanglement.draws * 0.5 / 60
