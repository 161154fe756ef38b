"""The worked example of a data set in docs/howto/add_a_data_set.md, carried out on a copy."""

import re

import numpy as np
import pytest
from support import REPOSITORY, copy_of_checkout, smoke, text_of

from spinlearn.datasets.strings import load


def example():
    """The module and the registry entry of "Add a data set"."""
    page = (REPOSITORY / "docs/howto/add_a_data_set.md").read_text()
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)[:2]


@pytest.mark.slow
def test_a_data_set_is_a_function_and_a_registry_entry(tmp_path):
    module, entry = example()
    checkout = copy_of_checkout(tmp_path / "clone")
    datasets = checkout / "src/spinlearn/datasets"
    (datasets / "domain_wall.py").write_text(module)
    registry = (datasets / "registry.py").read_text()
    assert registry.count("DATASETS = {\n") == 1
    (datasets / "registry.py").write_text(
        registry.replace("DATASETS = {\n", f"DATASETS = {{\n    {entry}")
    )
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("sqrbm: {datasets: [domain_wall], m: [1], paulis: [Z]}\n")
    done = smoke("sqrbm", cwd=tmp_path, checkout=checkout, overlays=[overlay])
    assert done.returncode == 0, text_of(done)
    (path,) = tmp_path.glob("results/datasets/domain_wall/n4/*.h5")
    q = load(path).target(0)
    strings = {format(index, "04b") for index in np.flatnonzero(q)}
    assert strings == {"0001", "0011", "0111", "1000", "1100", "1110"}
    assert (tmp_path / "results/sqrbm/domain_wall/n4/Z/m1/0000.h5").exists()
