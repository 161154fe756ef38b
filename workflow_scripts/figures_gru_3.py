"""Rule figures_gru_3: indicator statistics of the longest chain (P2 figure 3)."""

from spinlearn.figures.gru import figure3
from spinlearn.figures.output import save
from spinlearn.gru import claims, tables
from spinlearn.gru.results import read_predictions
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Average over realisations, draw, judge."""
    predictions = read_predictions(job.input.predictions)
    table = tables.figure3(predictions, job.settings["energy_density"])
    save(job, figure3(table), table, claims.figure3(table))


run(main, __file__)
