"""Rule figures_hbm_4: the three machines compared (P1 figure 4)."""

from spinlearn.figures.hbm import figure4
from spinlearn.figures.output import save
from spinlearn.hbm.claims import comparison_claims
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.tables import loss_histories
from spinlearn.workflow.job import Job, run

DATASETS = ("run", "initial_loss", "loss")


def main(job: Job) -> None:
    """Read the histories, tabulate, draw, judge."""
    table = loss_histories(RUNS.read(path, *DATASETS) for path in job.input.runs)
    save(job, figure4(table), table, comparison_claims(table))


run(main, __file__)
