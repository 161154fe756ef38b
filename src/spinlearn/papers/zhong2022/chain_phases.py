"""Which machines stand for the three phases of Zhong 2022, figure 8."""

from typing import Any

import pandas as pd

from spinlearn.spins.chain_text import is_of_papers


def phase(system: str, h: float, settings: dict[str, Any]) -> str:
    """The phase for which a chain stands at one disorder strength, or "" for none.

    Args:
        system: the chain in words, see `spinlearn.papers.zhong2022.common.sizes`. The paper's
            chains are many-body localised ("MBL") or "thermal", and without J_zz "Anderson".
        h: disorder strength.
        settings: `thermal_h` and `localised_h`, the strengths that represent the phases.
    """
    phases = {settings["localised_h"]: "MBL", settings["thermal_h"]: "thermal"}
    if is_of_papers(system):
        return phases.get(h, "")
    is_anderson = is_of_papers(system.removesuffix(", J_zz = 0"))
    return "Anderson" if is_anderson and h == settings["localised_h"] else ""


def ordered_machines(table: pd.DataFrame) -> list[str]:
    """The interacting machine and the Anderson-localised one ("" if there is none), then others.

    Args:
        table: as `spinlearn.papers.zhong2022.figure8.table` gives it.
    """
    bars = table.drop_duplicates("bar").set_index("bar").machine
    phases = [bars.get("MBL", ""), bars.get("Anderson", "")]
    return [*phases, *sorted(set(table.machine) - set(phases))]
