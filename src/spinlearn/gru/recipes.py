"""Recipes (optimiser and loss) and variants (what is learned) of Gresch 2022, section III."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from spinlearn.gru.choices import RecipeName
from spinlearn.gru.schemas import INDICATORS

Optimiser = Literal["adam", "sgd"]
Reduction = Literal["mean", "sum"]


@dataclass(frozen=True)
class Recipe:
    """Loss and optimiser.

    Attributes:
        optimiser: "adam" (torch's default betas) or "sgd" (no momentum).
        reduction: squared errors of a batch are averaged ("mean") or summed ("sum").
        energy_optimiser: optimiser of the energy-resolved head.
        energy_head: ReLU units of that head; None takes the configured width.
        energy_offset: offset that is subtracted from the energy density, the input of that head.
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
"""The recipe in appendix A of Gresch 2022, and that of its published code; the two differ."""


@dataclass(frozen=True)
class Variant:
    """The indicators that a network learns.

    Attributes:
        first: indicators learned by the whole network, in the first phase.
        then: indicators learned by a new head on the frozen features, in the second phase; empty
            if there is no second phase.
        resolved: whether the new head has the energy density as an input, and is trained on all of
            them.
        with_further: whether it learns further indicators too, if the user asks for them.
    """

    first: tuple[str, ...]
    then: tuple[str, ...] = ()
    resolved: bool = False
    with_further: bool = False

    def and_further(self, names: Iterable[str]) -> "Variant":
        """The variant that learns these indicators too, in each of its phases, if it may."""
        if not self.with_further:
            return self
        more = tuple(names)
        return replace(self, first=self.first + more, then=self.then and self.then + more)

    @property
    def indicators(self) -> tuple[str, ...]:
        """The indicators that the trained network predicts."""
        return self.then or self.first


VARIANTS: dict[str, Variant] = {
    "multitask": Variant(INDICATORS, with_further=True),
    "scratch": Variant(("spin_fraction",)),
    "transfer": Variant(("gap_ratio", "entanglement_entropy"), ("spin_fraction",)),
    "energy": Variant(INDICATORS, INDICATORS, resolved=True, with_further=True),
}
"""The multitask network (Gresch 2022, figures 3, 4, 8), two others for comparison (figure 5), and
the energy-resolved one (figure 6)."""
