"""Born machines trained by quenches: hidden, basic and randomly driven.

A machine learns a distribution over bit strings, here those with one 1:

>>> import numpy as np
>>> from spinlearn.hbm import Settings, born_machine, sample, train
>>> target = np.bitwise_count(np.arange(16)) == 1
>>> settings = Settings(h=8.0, quenches=20, candidates=50)
>>> result = train(born_machine(4, 1), target / target.sum(), settings, seed=1, runs=range(2))
>>> strings = sample(result.runs[0].model_distribution, 1000, np.random.default_rng(2))
>>> strings.shape
(1000, 4)

Twice as many quenches go on from these:

>>> from dataclasses import replace
>>> longer = replace(settings, quenches=40)
>>> more = train(
...     born_machine(4, 1), target / target.sum(), longer, seed=1, runs=range(2), start=result
... )
>>> bool((more.runs[0].loss[:20] == result.runs[0].loss).all())
True
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "loss": ["MaximumMeanDiscrepancy"],
        "machine": ["BornMachine", "Drive", "born_machine"],
        "results": ["load", "save"],
        "runs": ["TrainingResult"],
        "sampling": ["sample"],
        "training": ["Run", "Settings", "replay", "train"],
    },
)
