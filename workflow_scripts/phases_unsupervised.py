"""Rule phases_unsupervised: principal components and clusters of Ising configurations."""

import numpy as np

from spinlearn.phases.data import read_ising
from spinlearn.phases.schemas import UNSUPERVISED
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.streams import integer_seed


def main(job: Job) -> None:
    """Analyse every lattice and write components and clusters."""
    # not at the top: a missing scikit-learn is then an error of the job, without a traceback
    from spinlearn.phases.unsupervised import components_and_clusters

    temperatures, lattices = read_ising(job.input.ising)
    sizes = sorted(lattices)
    found = [
        components_and_clusters(
            lattices[L], integer_seed(job.settings["seed"], "phases", "unsupervised", L=L)
        )
        for L in sizes
    ]
    arrays = {name: np.array([each[name] for each in found]) for name in found[0]}
    arrays |= {"size": np.array(sizes), "temperature": temperatures}
    UNSUPERVISED.write(job.output.components, arrays, job.provenance)


run(main, __file__)
