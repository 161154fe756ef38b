"""Rule figures_gru_8: features of the recurrent cell (P2 figure 8)."""

from spinlearn.figures.gru import figure8
from spinlearn.figures.output import save
from spinlearn.gru import claims, tables
from spinlearn.gru.blocks import read_networks
from spinlearn.gru.results import read_predictions
from spinlearn.gru.training import feature_curves
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Average the features over fresh disorder, draw, judge."""
    predictions = read_predictions(job.input.predictions)
    curves = feature_curves(
        read_networks(job.input.model),
        tuple(sorted({int(L) for L in predictions["L"]})),
        tables.fine_grid(predictions["h"], tables.H_POINTS),
        tables.FEATURE_SAMPLES,
        job.rng("gru", "features"),
    )
    table = tables.figure8(curves, int(predictions.attributes["train_realisations"]))
    save(job, figure8(table), table, claims.figure8(table))


run(main, __file__)
