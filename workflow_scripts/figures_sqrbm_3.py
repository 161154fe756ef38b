"""Rule figures_sqrbm_3: fewest hidden units that learn, and their ratios (P3 figure 3)."""

from spinlearn.figures.output import save
from spinlearn.figures.sqrbm import figure3
from spinlearn.sqrbm.claims import hidden_unit_claims
from spinlearn.sqrbm.schemas import FIT
from spinlearn.sqrbm.tables import minimum_hidden_units, runs_table
from spinlearn.workflow.job import Job, run

DATASETS = ("run", "tvd", "kl", "stuck", "target")


def main(job: Job) -> None:
    """Read all runs, find where they learn, draw, judge."""
    runs = runs_table(FIT.read(path, *DATASETS) for path in job.input.fits)
    table = minimum_hidden_units(runs, job.settings["tvd_threshold"], job.settings["seed"])
    save(job, figure3(table), table, hidden_unit_claims(table))


run(main, __file__)
