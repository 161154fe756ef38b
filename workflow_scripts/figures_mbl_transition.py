"""Rule figures_mbl_transition: crossings of the gap ratio, and finite-size scaling collapse."""

from spinlearn.figures.mbl_scaling import collapse_figure
from spinlearn.figures.output import save
from spinlearn.mbl.claims import transition_claims
from spinlearn.mbl.indicators import GOE_GAP_RATIO, POISSON_GAP_RATIO
from spinlearn.mbl.scaling import finite_size_scaling
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.mbl.tables import certified_share, window_values
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read the windows, find crossings and collapse, draw, judge."""
    chosen = job.settings
    names = ("fields", "gap_ratio", "certified")
    files = [WINDOWS.read(path, *names) for path in job.input.windows]
    data = window_values(files, "gap_ratio")
    found = finite_size_scaling(data, chosen["seed"], resamples=chosen["resamples"])
    figure = collapse_figure(
        found.curves,
        found.crossings,
        found.collapses,
        limits={"Poisson": POISSON_GAP_RATIO, "GOE": GOE_GAP_RATIO},
        operators="spin",
    )
    table = found.table.assign(energy_density=chosen["energy_density"])
    claims = transition_claims(found.crossings, found.collapses, certified_share(files))
    save(job, figure, table, claims)


run(main, __file__)
