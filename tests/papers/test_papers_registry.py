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


TIED = {"decoder": "tied", "N": [16]}


def of_luchnikov(overlay):
    """Inputs of the figures of Luchnikov 2019 that a configuration draws."""
    cfg = config.load({"vae": overlay})
    return {
        int(entry.name.removeprefix("figure")): entry.inputs(cfg)
        for entry in drawn_figures(cfg)
        if entry.paper == "luchnikov2019"
    }


def test_figures_5_to_9_show_the_model_that_the_configuration_names():
    usual = of_luchnikov({})
    found = of_luchnikov({"models": {"mine": TIED}, "figure_model": "mine"})
    folder = "results/vae/N16/mine/0000"
    for number in range(5, 9):
        assert found[number] == {"observables": [f"{folder}/observables.csv"]}
    assert found[9] == {"susceptibilities": [f"{folder}/susceptibilities.csv"]}
    for number in range(10, 14):
        assert found[number] == usual[number]
    factorised = "results/vae/N16/factorised/0000"
    assert usual[7] == {"observables": [f"{factorised}/observables.csv"]}
    # Beside the autoregressive model, if it is trained there.
    models = {"mine": TIED, "autoregressive": {"N": [16]}}
    both = of_luchnikov({"models": models, "figure_model": "mine"})
    beside = "results/vae/N16/autoregressive/0000/observables.csv"
    for number in (5, 6):
        assert both[number] == {"observables": [f"{folder}/observables.csv", beside]}
    assert both[7] == found[7]


def test_figures_5_to_9_are_left_out_if_their_model_is_not_trained_on_the_longest_chain():
    shorter = of_luchnikov({"models": {"mine": {**TIED, "N": [10]}}, "figure_model": "mine"})
    assert set(shorter) == set(range(10, 14))


def test_the_workstation_shows_the_decoder_that_is_best_there(repository):
    preset = yaml.safe_load((repository / "presets/workstation.yaml").read_text())
    cfg = config.load(preset)
    model = cfg.vae.models[cfg.vae.figure_model]
    assert (model.decoder, model.start) == ("tied", "tied")
    assert cfg.vae.recipes[model.recipe].pairs == 10
    (entry,) = [e for e in FIGURES if (e.paper, e.name) == ("luchnikov2019", "figure5")]
    models = {path.split("/")[3] for path in entry.inputs(cfg)["observables"]}
    assert models == {cfg.vae.figure_model, "autoregressive"}
    assert {path.split("/")[2] for path in entry.inputs(cfg)["observables"]} == {"N32"}


def test_figures_that_compare_with_noiseless_states_know_of_noise():
    """Of the figures on models of strings, two compare with the noisy distribution itself."""
    noisy = config.load({"tfi": {"noise": 0.05}})
    told = {entry.name for entry in FIGURES if entry.settings(noisy).get("noise") == 0.05}
    papers = {entry.name for entry in FIGURES if entry.paper == "luchnikov2019"}
    assert told == {*papers, "vae_family", "vae_models"}
    assert not any("noise" in entry.settings(config.Config()) for entry in FIGURES)
