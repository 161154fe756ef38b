"""Which machines stand for the three phases of Zhong 2022, figure 8."""

import pandas as pd

from spinlearn.papers.zhong2022.common import CRITICAL_RANGE
from spinlearn.spins.chain_text import is_of_papers


def kind(system: str) -> str:
    """What a chain is in the paper: "interacting", "Anderson" (J_zz = 0), or "" for neither.

    Args:
        system: the chain in words, see `spinlearn.papers.zhong2022.common.sizes`.

    >>> kind("ring"), kind("open chain, J_zz = 0"), kind("ring, J2 = 0.3")
    ('interacting', 'Anderson', '')
    """
    if is_of_papers(system):
        return "interacting"
    return "Anderson" if is_of_papers(system.removesuffix(", J_zz = 0")) else ""


def name_phases(rows: pd.DataFrame, localised_h: float) -> pd.DataFrame:
    """The rows with columns `kind` and `bar`, sorted by machine and strength.

    Args:
        rows: one per machine and strength, with columns `machine, h, system`.
        localised_h: strength that represents the localised phases.

    Returns:
        `kind` as above; of several machines of a kind, the first by name has it, and others "".
        `bar`: "MBL" and "Anderson" at localised_h, "thermal" for the interacting machine at the
        weakest strength if it is below the transition, and "" elsewhere.
    """
    rows = rows.sort_values(["machine", "h"], ignore_index=True)
    rows = rows.assign(kind=rows.system.map(kind))
    first = rows.drop_duplicates("kind").set_index("kind").machine
    rows["kind"] = rows.kind.where(rows.machine == rows.kind.map(first), "")
    weakest = rows.h.min()
    names = {("interacting", localised_h): "MBL", ("Anderson", localised_h): "Anderson"}
    if weakest < CRITICAL_RANGE[0]:
        names = {("interacting", weakest): "thermal", **names}
    bars = [names.get(pair, "") for pair in zip(rows.kind, rows.h, strict=True)]
    return rows.assign(bar=bars)


def ordered_machines(table: pd.DataFrame) -> list[str]:
    """The interacting machine and the Anderson-localised one ("" if there is none), then others.

    Args:
        table: as `name_phases` gives it.
    """
    kinds = table.drop_duplicates("kind").set_index("kind").machine
    phases = [kinds.get("interacting", ""), kinds.get("Anderson", "")]
    return [*phases, *sorted(set(table.machine) - set(phases))]
