"""The worked example of a model in docs/howto/add_a_model.md, carried out on a copy."""

import re
from textwrap import dedent

import h5py
import numpy as np
import pytest
from support import REPOSITORY, copy_of_checkout, smoke, text_of

from spinlearn.datasets.strings import bit_strings, load
from spinlearn.learning.distributions import total_variation


def example():
    """The files of "Add a model": their paths and texts, and the name of the stage."""
    page = (REPOSITORY / "docs/howto/add_a_model.md").read_text()
    step = re.compile(r"^\d\. `([\w/.]+)`:.*?```python\n(.*?)^   ```", re.DOTALL | re.MULTILINE)
    (stage,) = re.findall(r'`"(\w+)"` in `STAGES`, after `"sqrbm"`', page)
    return {path: dedent(f"   {text.lstrip()}") for path, text in step.findall(page)}, stage


@pytest.mark.slow
def test_a_model_is_a_module_a_script_a_rule_file_and_a_name(tmp_path):
    files, stage = example()
    assert set(files) == {
        "src/spinlearn/independent.py",
        "workflow_scripts/independent_fit.py",
        "rules/independent.smk",
    }
    checkout = copy_of_checkout(tmp_path / "clone")
    for path, text in files.items():
        (checkout / path).write_text(text)
    snakefile = (checkout / "Snakefile").read_text()
    assert snakefile.count('"sqrbm",\n') == 1
    (checkout / "Snakefile").write_text(
        snakefile.replace('"sqrbm",\n', f'"sqrbm",\n    "{stage}",\n')
    )
    done = smoke("independent", cwd=tmp_path, checkout=checkout)
    assert done.returncode == 0, text_of(done)

    for name in ("digits0", "parity"):
        (made,) = tmp_path.glob(f"results/independent/{name}/n*.h5")
        q = load(tmp_path / f"results/datasets/{name}/{made.stem}/0000.h5").target(0)
        with h5py.File(made) as file:
            mean, p = file["mean"][()], file["model_distribution"][()]
        np.testing.assert_allclose(p.sum(), 1.0)
        bits = bit_strings(len(mean))
        np.testing.assert_allclose(p @ bits, q @ bits, atol=1e-12)
        assert total_variation(p, q) > 0.1
    # Even parity has no correlation of two bits: independent bits are the flat distribution.
    np.testing.assert_allclose(p, 1 / len(p), atol=1e-12)
