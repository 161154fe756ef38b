"""Rule figures_hbm_5: disorder and trainability (P1 figure 5)."""

from spinlearn.figures.hbm import figure5
from spinlearn.figures.output import save
from spinlearn.hbm.claims import disorder_claims
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.tables import disorder_sweep
from spinlearn.workflow.job import Job, run

DATASETS = ("run", "loss", "hamming", "entropy")


def main(job: Job) -> None:
    """Read the histories, tabulate, draw, judge."""
    h = job.settings["localised_h"]
    table = disorder_sweep(RUNS.read(path, *DATASETS) for path in job.input.runs)
    save(job, figure5(table, h), table, disorder_claims(table, h))


run(main, __file__)
