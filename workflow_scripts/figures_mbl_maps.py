"""Rule figures_mbl_maps: indicators over disorder and energy density, for each L."""

from spinlearn.figures.mbl import indicator_maps
from spinlearn.figures.output import save
from spinlearn.mbl.schemas import INDICATORS
from spinlearn.mbl.tables import indicator_map
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read the indicators, average them, draw them."""
    files = (INDICATORS.read(path) for path in job.input.indicators)
    shown = {name: job.settings[name] for name in ("entropy_normalisation", "states_per_window")}
    table = indicator_map(files, shown["entropy_normalisation"]).assign(**shown)
    save(job, indicator_maps(table), table)


run(main, __file__)
