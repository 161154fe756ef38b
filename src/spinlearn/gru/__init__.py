"""Networks from a disorder vector to localisation indicators, recurrent and symmetric.

Indicators of rings of twelve sites, from networks that were trained on shorter ones; see
docs/gru.md:

>>> from spinlearn.gru import predict
>>> path = "results/gru/default/symmetric/model.pt"
>>> found = predict(path, fields, operators="pauli", h=4.0)  # doctest: +SKIP
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "ensembles": ["EnsembleTraining"],
        "fields": ["FieldPrediction", "OutsideTrainingWarning", "predict"],
    },
)
