"""Rule figures_hbm_10: level statistics (P1 figure 10)."""

from spinlearn.figures.mbl import figure10
from spinlearn.figures.output import save
from spinlearn.mbl.claims import level_statistics_claims
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.mbl.tables import gather_ensembles, level_statistics
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read all windows, make the histogram, draw it, judge it."""
    files = (WINDOWS.read(path, "fields", "energies") for path in job.input.windows)
    table = level_statistics(gather_ensembles(files), job.settings["bins"])
    save(job, figure10(table), table, level_statistics_claims(table))


run(main, __file__)
