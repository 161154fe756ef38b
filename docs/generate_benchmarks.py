"""Write the table of docs/benchmarks.md from docs/benchmarks.csv.

    python docs/generate_benchmarks.py [results/benchmarks/peers.csv]

A table that `make bench` wrote replaces the groups that it has; the others stay.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from spinlearn.storage.tables import read_csv, write_csv  # noqa: E402

TABLE, PAGE = ROOT / "docs/benchmarks.csv", ROOT / "docs/benchmarks.md"
BEGIN, END = "<!-- made by docs/generate_benchmarks.py -->\n", "<!-- end -->\n"


def harness() -> ModuleType:
    """The program that measures and words the table."""
    return importlib.import_module("run")


def merged(old: pd.DataFrame | None, new: pd.DataFrame) -> pd.DataFrame:
    """The groups of a new table, and those of an old one that the new one does not have."""
    if old is None:
        return new
    kept = old[~old["group"].isin(new["group"])]
    return pd.concat([kept, new]).sort_values("group", kind="stable").reset_index(drop=True)


def page(text: str, table: str) -> str:
    """The page with another table."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "\n" + table + "\n" + END + rest.partition(END)[2]


def main() -> None:
    """Take over a new table if one is given, and write the page."""
    if sys.argv[1:]:
        old = read_csv(TABLE) if TABLE.exists() else None
        write_csv(TABLE, merged(old, read_csv(sys.argv[1])))
    table = harness().markdown(read_csv(TABLE))
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    main()
