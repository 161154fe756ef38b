"""Rule figures_gru_5: transfer learning (P2 figure 5)."""

from functools import partial

from spinlearn.figures.gru import figure5
from spinlearn.figures.output import save
from spinlearn.gru import claims, tables
from spinlearn.gru.results import read_predictions
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Score the three ways of training, draw, judge."""
    predictions = {name: read_predictions(paths) for name, paths in job.input.items()}
    streams = partial(job.rng, "gru", "bootstrap")
    table = tables.figure5(predictions, streams, job.settings["energy_density"])
    save(job, figure5(table), table, claims.figure5(table))


run(main, __file__)
