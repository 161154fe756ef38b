"""Python of the pages runs: here, or in a test of its own that reads the page."""

import shutil

import numpy as np
import pytest
from documents import blocks, pages
from support import REPOSITORY

ELSEWHERE = {
    "docs/gru.md": "gru/test_gru_fields.py",
    "docs/nqs.md": "nqs/test_nqs_page.py",
    "docs/phases.md": "phases/test_phases_ising.py",
    "docs/povm.md": "vae/test_vae_fitted.py",
    "docs/sqrbm.md": "sqrbm/test_sqrbm_estimator.py",
    "docs/howto/add_a_data_set.md": "pipeline/test_add_a_data_set.py",
    "docs/howto/add_a_figure.md": "pipeline/test_add_a_figure.py",
    "docs/howto/add_a_model.md": "pipeline/test_add_a_model.py",
    "docs/howto/add_an_observable.md": "pipeline/test_add_an_observable.py",
}
"""Pages whose Python a test of its own runs."""

FRAGMENTS = {
    "docs/benchmarks.md": "a template, of which `ours` and `problem` are the reader's",
    "docs/howto/add_a_setting.md": "one line of a class",
}
"""Pages whose Python is no whole program; it is compiled."""

HERE = ("docs/data.md", "docs/howto/from_python.md", "docs/own_data.md")


def test_every_page_with_python_has_a_test():
    found = {page for page, text in pages().items() if blocks(text, "python")}
    assert found == {*ELSEWHERE, *FRAGMENTS, *HERE}
    for page, test in ELSEWHERE.items():
        assert page in (REPOSITORY / "tests" / test).read_text(), page


@pytest.mark.parametrize("page", FRAGMENTS)
def test_fragments_are_python(page):
    for block in blocks(pages()[page], "python"):
        compile(block, page, "exec")


@pytest.mark.slow
@pytest.mark.parametrize("page", HERE)
def test_python_of_the_page_runs(page, finished, tmp_path, monkeypatch):
    """Each block for itself, as a reader would paste it, beside a file of indicators.

    The pages name sizes of the default configuration; under that name lies a file of the smoke run.
    """
    source = next((finished / "results/mbl/indicators").rglob("test/0000.h5"))
    for L, h in ((10, "6.00"), (12, "6.00")):
        target = tmp_path / f"results/mbl/indicators/default/L{L}/h{h}/test/0000.h5"
        target.parent.mkdir(parents=True)
        shutil.copyfile(source, target)
    monkeypatch.chdir(tmp_path)
    for block in blocks(pages()[page], "python"):
        exec(compile(block, page, "exec"), {"target": np.full(16, 1 / 16)})
