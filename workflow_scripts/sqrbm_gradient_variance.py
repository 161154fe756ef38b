"""Rule sqrbm_gradient_variance: variances of gradients of random machines for one data set."""

from spinlearn.datasets.strings import load_targets
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.gradients import gradient_variances
from spinlearn.sqrbm.schemas import GRADIENT_VARIANCE


def main(job: Job) -> None:
    """Take the first draw of every size of the data set; write a row per kind of gradient."""
    targets = [load_targets([path], [0])[0][0] for path in job.input.dataset]
    found = gradient_variances(job.wildcards["dataset"], targets, **job.settings)
    GRADIENT_VARIANCE.write(job.output.variances, found)


run(main, __file__)
