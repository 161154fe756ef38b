"""Every figure of the registry has its module, and every module its entry."""

import inspect
from importlib import import_module

import pandas as pd
import pytest
import yaml
from matplotlib.figure import Figure

from spinlearn import config
from spinlearn.papers.keys import PAPERS, cited
from spinlearn.papers.registry import FIGURES, drawn_figures


@pytest.fixture(scope="module")
def configurations(repository):
    """The default, and every preset."""
    presets = [path.read_text() for path in sorted((repository / "presets").glob("*.yaml"))]
    return [config.load(yaml.safe_load(text)) for text in ("{}", *presets)]


@pytest.mark.parametrize("entry", FIGURES, ids=lambda entry: f"{entry.paper}.{entry.name}")
def test_figure_has_caption_table_draw_and_claims(entry):
    module = import_module(entry.module)
    assert module.CAPTION.strip().endswith(".")
    parameters = {
        name: list(inspect.signature(getattr(module, name)).parameters)
        for name in ("table", "draw", "claims")
    }
    assert parameters == {"table": ["files", "settings"], "draw": ["table"], "claims": ["table"]}
    assert inspect.signature(module.table).return_annotation is pd.DataFrame
    assert inspect.signature(module.draw).return_annotation is Figure


def test_figures_are_named_once_and_are_in_the_order_of_the_papers():
    names = [(entry.paper, entry.name) for entry in FIGURES]
    assert len(set(names)) == len(names)
    papers = [entry.paper for entry in FIGURES]
    assert papers == sorted(papers, key=list(PAPERS).index)
    assert set(papers) == set(PAPERS)
    assert [cited(paper) for paper in ("gresch2022", "spinlearn")] == ["Gresch 2022", "spinlearn"]


def test_every_module_of_a_figure_is_registered(repository):
    """A module that can draw is a figure."""
    papers = repository / "src/spinlearn/papers"
    registered = {(entry.paper, entry.name) for entry in FIGURES}
    for paper in PAPERS:
        for path in (papers / paper).glob("*.py"):
            is_figure = "\ndef draw(" in path.read_text() and "\nCAPTION" in path.read_text()
            assert is_figure == ((paper, path.stem) in registered), path


def test_entries_name_files_settings_and_environments(repository, configurations):
    for cfg in configurations:
        for entry in drawn_figures(cfg):
            for name, paths in entry.inputs(cfg).items():
                assert isinstance(paths, list), (entry.module, name)
                assert paths
                assert len(set(paths)) == len(paths)
                assert all(path.startswith("results/") for path in paths)
            assert "dpi" not in entry.settings(cfg)
            assert (repository / f"envs/{entry.environment}.yaml").is_file()


def test_default_and_presets_draw_every_figure(configurations):
    for cfg in configurations:
        assert drawn_figures(cfg) == list(FIGURES)


def test_figure_with_nothing_to_show_is_left_out():
    missing = {
        (entry.paper, entry.name)
        for entry in set(FIGURES) - set(drawn_figures(config.load({"vae": {"N": [16]}})))
    }
    short = {("luchnikov2019", f"figure{number}") for number in (10, 11, 13)}
    assert missing == {*short, ("spinlearn", "vae_samples")}
