"""The recipes of Gresch 2022: that of its appendix A, and that of its published code."""

from dataclasses import dataclass
from typing import Literal

from spinlearn.gru.choices import RecipeName

Optimiser = Literal["adam", "sgd"]
Reduction = Literal["mean", "sum"]


@dataclass(frozen=True)
class Recipe:
    """Loss, optimiser, and how the energy density is learned.

    Attributes:
        optimiser: "adam" (torch's default betas) or "sgd" (no momentum).
        reduction: squared errors of a batch are averaged ("mean") or summed ("sum").
        energy_optimiser: optimiser of energy-resolved networks.
        energy_outputs: whether the features of a network with `energy: head` are learned with one
            output per (energy density, indicator), rather than at a single energy density.
        energy_head: ReLU units of the head with the energy density; None takes the configured
            width.
        energy_offset: offset that is subtracted from the energy density, the input of that head.
    """

    optimiser: Optimiser
    reduction: Reduction
    energy_optimiser: Optimiser
    energy_outputs: bool
    energy_head: int | None
    energy_offset: float


RECIPES: dict[RecipeName, Recipe] = {
    "paper": Recipe("adam", "mean", "adam", False, None, 0.0),
    "published_code": Recipe("sgd", "sum", "adam", True, 31, 0.5),
}
"""Text and published code (github.com/GreschAl/MBLlearning) differ.

In the code the energy-resolved network has a first stage with 10 ReLU units and 3 x 19 outputs on
L = 10, 12, 14, by Adam (1e-3, 5 epochs), then a head of 31 ReLU units with input epsilon - 1/2 on
the frozen features (1e-4, 5 epochs); its other networks are trained by plain SGD (1e-3, 15 epochs),
and transferred heads for 40 epochs at 5e-5. All losses are summed over the batch. In the text
everything is trained by Adam on the mean, and the energy-resolved network learns with the energy
density as an input, after which the head alone goes on (`energy: fine_tuned`).
`presets/paper.yaml` and `presets/published_code.yaml` have the numbers.
"""
