"""Rule figures_gru_6: phase diagram of the spin fraction (P2 figure 6)."""

from spinlearn.figures.gru import figure6
from spinlearn.figures.output import save
from spinlearn.gru import claims, tables
from spinlearn.gru.blocks import read_networks
from spinlearn.gru.results import read_predictions
from spinlearn.gru.training import phase_diagram
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Predict fresh disorder on a fine grid, put it beside the exact averages, draw, judge."""
    predictions = read_predictions(job.input.predictions)
    L = int(predictions["L"].max())
    diagram = phase_diagram(
        read_networks(job.input.model),
        L,
        tables.fine_grid(predictions["h"], tables.H_POINTS),
        tables.fine_grid(predictions["energy_density"], tables.ENERGY_POINTS),
        tables.DIAGRAM_SAMPLES,
        job.rng("gru", "phase diagram", L=L),
    )
    table = tables.figure6(predictions, diagram, L)
    save(job, figure6(table), table, claims.figure6(table))


run(main, __file__)
