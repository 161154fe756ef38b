"""The worked example of docs/howto/add_a_figure.md, carried out on a copy of the checkout."""

import re

import pandas as pd
import pytest
from support import REPOSITORY, copy_of_checkout, smoke, text_of


def example():
    """The module and the registry entry of "Add a figure"."""
    page = (REPOSITORY / "docs/howto/add_a_figure.md").read_text()
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)[:2]


@pytest.mark.slow
def test_a_figure_is_a_module_and_a_registry_entry(results, tmp_path):
    module, entry = example()
    checkout = copy_of_checkout(tmp_path / "clone")
    papers = checkout / "src/spinlearn/papers"
    (papers / "spinlearn/number_entropy.py").write_text(module)
    registry = (papers / "registry.py").read_text()
    assert registry.count("FIGURES = (\n") == 1
    registry = registry.replace("FIGURES = (\n", f"FIGURES = (\n{entry.rstrip()},\n")
    (papers / "registry.py").write_text(registry)

    stem = "results/figures/spinlearn/number_entropy"
    done = smoke(f"{stem}.pdf", "results/report.html", cwd=results, checkout=checkout)
    assert done.returncode == 0, text_of(done)
    table = pd.read_csv(results / f"{stem}.csv")
    assert list(table.columns) == ["L", "h", "mean", "error"]
    assert len(table) == 4  # two chain lengths at two strengths
    assert (results / f"{stem}.png").stat().st_size > 5000
    assert "Number entropy of half a chain" in (results / "results/report.html").read_text()
    # Nothing else was made again but what gathers figures.
    counts = text_of(done).partition("Job stats:")[2].partition("\n\n")[0]
    assert set(re.findall(r"^(\w+) +\d+$", counts, re.MULTILINE)) == {
        "figure_spinlearn_number_entropy",
        "scorecard",
        "report",
        "total",
    }
