"""Recipes and variants: which networks are trained on what, and how (Gresch 2022, section III)."""

from dataclasses import dataclass
from typing import Literal

from spinlearn.gru.choices import RecipeName
from spinlearn.gru.schemas import INDICATORS

Optimiser = Literal["adam", "sgd"]
Reduction = Literal["mean", "sum"]


@dataclass(frozen=True)
class Recipe:
    """How a loss is formed and minimised.

    Attributes:
        optimiser: "adam" (torch's default betas) or "sgd" (no momentum).
        reduction: squared errors of a batch are averaged ("mean") or summed ("sum").
        energy_optimiser: the optimiser of the head that sees the energy density.
        energy_head: ReLU units of that head; None takes the configured width.
        energy_offset: what that head subtracts from the energy density.
    """

    optimiser: Optimiser
    reduction: Reduction
    energy_optimiser: Optimiser
    energy_head: int | None
    energy_offset: float


RECIPES: dict[RecipeName, Recipe] = {
    "paper": Recipe("adam", "mean", "adam", None, 0.0),
    "published_code": Recipe("sgd", "sum", "adam", 31, 0.5),
}
"""What appendix A of Gresch 2022 says, and what its published code does; the two differ."""


@dataclass(frozen=True)
class Variant:
    """What a network learns.

    Attributes:
        first: indicators that the features are learned from.
        then: indicators of a fresh head on the frozen features; empty for networks that are
            trained once.
        resolved: whether the fresh head sees the energy density and learns from all of them.
    """

    first: tuple[str, ...]
    then: tuple[str, ...] = ()
    resolved: bool = False

    @property
    def indicators(self) -> tuple[str, ...]:
        """What the finished network predicts."""
        return self.then or self.first


VARIANTS: dict[str, Variant] = {
    "multitask": Variant(INDICATORS),
    "scratch": Variant(("spin_fraction",)),
    "transfer": Variant(("gap_ratio", "entanglement_entropy"), ("spin_fraction",)),
    "energy": Variant(INDICATORS, INDICATORS, resolved=True),
}
"""The multitask network (Gresch 2022, figures 3, 4, 8), the two that it is compared with
(figure 5), and the one that resolves the energy (figure 6)."""
