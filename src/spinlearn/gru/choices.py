"""Names of the recipes and variants of the recurrent networks."""

from typing import Literal, get_args

RecipeName = Literal["paper", "published_code"]
VariantName = Literal["multitask", "scratch", "transfer", "energy"]

VARIANT_NAMES: tuple[VariantName, ...] = get_args(VariantName)
