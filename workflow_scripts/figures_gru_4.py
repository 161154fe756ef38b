"""Rule figures_gru_4: normalised coefficient of determination (P2 figure 4)."""

from functools import partial

from spinlearn.figures.gru import figure4
from spinlearn.figures.output import save
from spinlearn.gru import claims, tables
from spinlearn.gru.results import read_predictions
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Score the predictions, draw, judge."""
    predictions = read_predictions(job.input.predictions)
    streams = partial(job.rng, "gru", "bootstrap")
    table = tables.figure4(predictions, streams, job.settings["energy_density"])
    save(job, figure4(table), table, claims.figure4(table))


run(main, __file__)
