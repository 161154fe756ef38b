"""Names that settings of the recurrent networks may take."""

from typing import Literal

RecipeName = Literal["paper", "published_code"]
"""Optimiser, loss and energy-resolved features; see `spinlearn.gru.recipes.RECIPES`."""

RecipeChoice = Literal["default", RecipeName]
"""Recipe of a network: that of section `gru`, or its own."""

Cell = Literal["gru", "lstm"]
"""Recurrent cell: gated recurrent unit, or long short-term memory."""

EnergyInput = Literal["none", "head", "joint", "fine_tuned", "heads"]
"""How a network knows the energy density; see `spinlearn.gru.training.train`."""

BASELINES = ("mean", "deviation", "regression")
"""Predictors without a network; see `spinlearn.gru.baselines`."""

SMALL_CLUSTER = 4
LARGE_CLUSTER = 6
"""Sites of the clusters whose exact results symmetric ensembles read; no ring is shorter."""

EXTRAPOLATED = ("multitask", "regression", "symmetric")
"""Predictors that are tested on longer rings than those of the training."""
