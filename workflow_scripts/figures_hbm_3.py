"""Rule figures_hbm_3: learned images (P1 figure 3)."""

from spinlearn.figures.hbm import figure3
from spinlearn.figures.output import save
from spinlearn.hbm.claims import image_claims
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.tables import learned_images
from spinlearn.workflow.job import Job, run

DATASETS = ("run", "loss", "fidelity", "model_distribution", "target_distribution")


def main(job: Job) -> None:
    """Read the histories, tabulate, draw, judge."""
    table = learned_images(RUNS.read(path, *DATASETS) for path in job.input.runs)
    save(job, figure3(table), table, image_claims(table))


run(main, __file__)
