"""Rule gru_learning_curve: errors against the number of training realisations."""

from dataclasses import asdict

import numpy as np

from spinlearn.gru.data import defined_splits, leave_out_undefined, load_realisations
from spinlearn.gru.ensembles import Settings
from spinlearn.gru.learning_curve import (
    NetworkSettings,
    baseline,
    learning_curve,
    recurrent_networks,
    symmetric_networks,
)
from spinlearn.gru.schemas import LEARNING_CURVE
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Train networks and baselines on subsets of the training split; write their errors."""
    values = job.settings
    settings = NetworkSettings(**values["networks"])
    known, test = (
        load_realisations(paths, values["entropy_normalisation"]).at(values["energy_density"])
        for paths in (job.input.train, job.input.test)
    )
    train, _ = defined_splits(known)
    test = leave_out_undefined(test)
    learners = {
        "network": recurrent_networks(settings),
        "mean": baseline("mean"),
        "regression": baseline("regression"),
    }
    if "symmetric" in values:
        own = Settings(**values["symmetric"])
        learners["symmetric"] = symmetric_networks(own, values["entropy_normalisation"])
    # There are fewer realisations if some were left out.
    sizes = sorted({min(size, train.per_ensemble) for size in values["sizes"]})
    curve = learning_curve(learners, train, test, sizes, values["repeats"], seed=values["seed"])
    arrays = asdict(curve)
    diverged = arrays.pop("diverged")
    arrays |= {"size": np.array(sizes), "row_L": test.L, "row_h": test.h}
    LEARNING_CURVE.write(
        job.output.curve,
        arrays,
        {
            "learners": list(learners),
            "indicators": list(test.indicators),
            "system": test.system,
            "train_L": list(train.extent["L"]),
            "diverged": diverged,
            "updates": settings.updates,
            "batch_size": settings.batch_size,
            "learning_rate": settings.learning_rate,
            "energy_density": values["energy_density"],
            **job.provenance,
        },
    )


run(main, __file__)
