"""Rule figures_mbl_maps: indicators over disorder and energy density, with mobility edges."""

import pandas as pd

from spinlearn.figures.mbl_scaling import mobility_edge_maps
from spinlearn.figures.output import save
from spinlearn.mbl.scaling import mobility_edges
from spinlearn.mbl.schemas import INDICATORS
from spinlearn.mbl.tables import indicator_map
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read the indicators, average them, find where curves of two sizes cross, draw."""
    chosen = job.settings
    files = [INDICATORS.read(path) for path in job.input.indicators]
    shown = {name: chosen[name] for name in ("entropy_normalisation", "states_per_window")}
    table = indicator_map(files, shown["entropy_normalisation"]).assign(**shown)
    edges = mobility_edges(
        files,
        chosen["seed"],
        normalisation=shown["entropy_normalisation"],
        resamples=chosen["resamples"],
    )
    figure = mobility_edge_maps(table, edges)
    save(job, figure, pd.concat([table, edges], ignore_index=True))


run(main, __file__)
