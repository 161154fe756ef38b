"""Boltzmann machines with classical or quantum hidden units.

A machine learns a distribution over bit strings, here those of even parity:

>>> import numpy as np
>>> from spinlearn.sqrbm import SemiQuantumRBM
>>> X = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
>>> model = SemiQuantumRBM(n_hidden=3, random_state=1).fit(X)
>>> model.probability().round(2).tolist()
[0.25, 0.0, 0.0, 0.25, 0.0, 0.25, 0.25, 0.0]
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "estimator": ["SemiQuantumRBM"],
        "model": ["Machine"],
        "quantum": ["QuantumMachine", "SemiQuantumMachine"],
        "results": ["load", "save"],
        "training": ["Settings", "TrainingResult", "train"],
    },
)
