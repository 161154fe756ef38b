"""Rule figures_hbm_8: fidelity on parity data (P1 figure 8)."""

from spinlearn.figures.hbm import figure8
from spinlearn.figures.output import save
from spinlearn.hbm.claims import parity_claims
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.tables import parity_fidelities
from spinlearn.workflow.job import Job, run

DATASETS = ("run", "loss", "fidelity", "target_distribution")


def main(job: Job) -> None:
    """Read the histories, tabulate, draw, judge."""
    strengths = (job.settings["thermal_h"], job.settings["localised_h"])
    files = (RUNS.read(path, *DATASETS) for path in job.input.runs)
    table = parity_fidelities(files, *strengths)
    save(job, figure8(table), table, parity_claims(table))


run(main, __file__)
