"""Rule figures_sqrbm_2: total variation distance against hidden units (P3 figure 2)."""

from spinlearn.figures.output import save
from spinlearn.figures.sqrbm import figure2
from spinlearn.sqrbm.claims import training_claims
from spinlearn.sqrbm.schemas import FIT
from spinlearn.sqrbm.tables import runs_table, training_results
from spinlearn.workflow.job import Job, run

DATASETS = ("run", "tvd", "kl", "stuck", "target")


def main(job: Job) -> None:
    """Read all runs, average, draw, judge."""
    threshold = job.settings["tvd_threshold"]
    table = training_results(runs_table(FIT.read(path, *DATASETS) for path in job.input.fits))
    save(job, figure2(table, threshold), table, training_claims(table, threshold))


run(main, __file__)
