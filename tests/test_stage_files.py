"""Paths, settings and requests of every stage, as functions of its settings; numbers by hand."""

import json
from functools import reduce

import pytest
import yaml
from support import REPOSITORY

from spinlearn import config
from spinlearn.config import Config
from spinlearn.gru import files as gru
from spinlearn.gru.config import Network
from spinlearn.hbm import files as hbm
from spinlearn.mbl import files as mbl
from spinlearn.nqs import files as nqs
from spinlearn.papers.registry import FIGURES, drawn_figures
from spinlearn.spins.config import Chain
from spinlearn.sqrbm import files as sqrbm
from spinlearn.sqrbm.choices import MACHINES
from spinlearn.sqrbm.config import HiddenUnits
from spinlearn.sqrbm.training import Settings
from spinlearn.tfi import files as tfi
from spinlearn.vae import files as vae
from spinlearn.vae.config import Model, Recipe

CFG = Config()


def test_indicators_come_by_length_strength_and_block():
    section = CFG.mbl.model_copy(update={"h": (1.0, 4.5), "test_realisations": 120})
    assert mbl.indicators(section, "default", [8, 12], "test") == [
        f"results/mbl/indicators/default/L{L}/h{h}/test/{block}.h5"
        for L in (8, 12)
        for h in ("1.00", "4.50")
        for block in ("0000", "0001")
    ]
    single = mbl.indicators(section, "default", [8], "train", 0.5)
    assert single[0] == "results/mbl/indicators/default/L8/h1.00/train/e0.50/0000.h5"


def test_windows_of_level_statistics_cover_their_chains():
    paths = mbl.level_statistics_windows(CFG.mbl)
    assert len(paths) == 2 * 1 * 3  # chains, lengths, strengths; one block
    assert paths[0] == "results/mbl/windows/ring/L12/h0.10/e0.50/0000.h5"


def test_order_of_energy_densities_is_no_change():
    one = mbl.indicators_settings(CFG.mbl, "default", [0.25, 0.5], ["a", "b"])
    assert one == mbl.indicators_settings(CFG.mbl, "default", [0.5, 0.25], ["b", "a"])
    assert json.loads(one)["energy_density"] == [0.25, 0.5]


@pytest.mark.parametrize(
    ("L", "megabytes"),
    [
        (10, 1.1 * (240 + 3.1 * 8e-6 * 252**2)),  # dense: three matrices at LAPACK's peak
        (12, None),  # shift-invert or POLFED, whichever the machine has
    ],
)
def test_memory_of_windows_follows_the_solver(L, megabytes):
    found = mbl.windows_memory(CFG.mbl, L)
    if megabytes is not None:
        assert found == pytest.approx(megabytes)
    dense = CFG.mbl.windows.model_copy(update={"solver": "dense"})
    section = CFG.mbl.model_copy(update={"windows": dense})
    assert mbl.windows_memory(section, L) == mbl.indicators_memory(L)
    assert mbl.windows_minutes(section, 16) > mbl.windows_minutes(CFG.mbl, 16)


def test_dynamics_come_by_chain_length_strength_and_block():
    chosen = CFG.mbl.dynamics.model_copy(update={"realisations": 400})
    section = CFG.mbl.model_copy(update={"dynamics": chosen})
    assert mbl.dynamics(section) == [
        f"results/mbl/dynamics/{chain}/neel/L12/h{h}/{block}.h5"
        for chain in ("ring", "anderson")
        for h in ("1.00", "5.00")
        for block in ("0000", "0001")
    ]
    assert mbl.dynamics_settings(1, section, "ring") == mbl.dynamics_settings(1, CFG.mbl, "ring")


def test_requests_of_dynamics_follow_the_route():
    long = CFG.mbl.dynamics.model_copy(update={"longest_time": 1e6, "block": 16})
    section = CFG.mbl.model_copy(update={"dynamics": long})
    assert mbl.dynamics_memory(section, "ring", "neel", 14, 5.0) > mbl.indicators_memory(14)
    assert mbl.dynamics_memory(CFG.mbl, "ring", "neel", 14, 5.0) < mbl.indicators_memory(14)
    assert mbl.dynamics_memory(CFG.mbl, "ring", "neel", 14, 300.0) > mbl.indicators_memory(14)
    whole = mbl.dynamics_memory(CFG.mbl, "ring", "random_product", 16, 5.0)
    assert 372 < whole < 2 * 372  # measured: 372 MB
    assert mbl.dynamics_minutes(section, "ring", "neel", 14, 5.0) > 16 * 6.4 / 60  # measured: 6.4 s
    weak, strong = (mbl.dynamics_minutes(CFG.mbl, "ring", "neel", 16, h) for h in (1.0, 60.0))
    assert strong > 5 * weak


@pytest.mark.parametrize(
    ("chain", "h", "measured"), [("ring", 1.0, 1.9), ("ring", 6.0, 4.8), ("next", 5.0, 5.4)]
)
def test_minutes_of_dynamics_cover_what_was_measured(chain, h, measured):
    """A block of 16 at L = 14 to t = 1000/J by steps, in seconds of one core."""
    chains = {**CFG.mbl.chains, "next": CFG.mbl.chains["ring"].model_copy(update={"J2": 0.5})}
    block = CFG.mbl.dynamics.model_copy(update={"block": 16})
    section = CFG.mbl.model_copy(update={"chains": chains, "dynamics": block})
    requested = 60 * (mbl.dynamics_minutes(section, chain, "neel", 14, h) - 5)
    assert 1.5 * measured < requested < 15 * measured


@pytest.mark.parametrize("variant", CFG.gru.networks)
def test_networks_learn_from_what_they_see(variant):
    paths = gru.train_indicators(CFG.gru, CFG.mbl, "default", variant)
    sees_all = variant.startswith("energy")
    assert all(("/e0.50/" in path) != sees_all for path in paths)
    assert any("/L12/" in path for path in paths) == sees_all
    used = json.loads(gru.train_settings(1, CFG.gru, CFG.mbl, variant))
    assert (used["entropy_normalisation"] is None) == (variant == "scratch")
    has_head = variant.startswith(("transfer", "energy")) and variant != "energy_joint"
    assert ("transfer_epochs" in used["training"]) == has_head
    assert "runs" not in used  # the number of runs adds jobs and changes none
    assert gru.train_memory(CFG.gru, CFG.mbl, variant) > 700


def test_further_indicators_concern_the_networks_that_learn_them():
    """Those that learn all of the paper's indicators in their first phase."""
    section = CFG.gru.model_copy(update={"further_indicators": ("number_entropy",)})
    for variant in CFG.gru.networks:
        plain = gru.train_settings(1, CFG.gru, CFG.mbl, variant)
        wider = gru.train_settings(1, section, CFG.mbl, variant)
        assert (wider != plain) == (not variant.startswith(("transfer", "scratch")))
    assert gru.predict_settings(section, CFG.mbl) == gru.predict_settings(CFG.gru, CFG.mbl)
    assert gru.learned_indicators(section)[3:] == ("number_entropy",)


def with_network(**values):
    networks = {**CFG.gru.networks, "mine": Network(**values)}
    return CFG.gru.model_copy(update={"networks": networks})


def test_a_network_has_own_values_or_those_of_its_section():
    section = with_network(features=5, train_L=(12,), recipe="published_code", epochs=3)
    used = json.loads(gru.train_settings(1, section, CFG.mbl, "mine"))["training"]
    assert (used["features"], used["head"]) == (5, CFG.gru.head)
    assert (used["recipe"], used["epochs"]) == ("published_code", 3)
    assert used["learning_rate"] == CFG.gru.learning_rate
    assert all("/L12/" in path for path in gru.train_indicators(section, CFG.mbl, "ring", "mine"))


def test_a_network_that_learns_nothing_is_not_trained():
    section = with_network(first=())
    assert "mine" not in gru.names(section)
    assert gru.networks(section, "default", "model.pt", ["mine", "multitask"]) == [
        "results/gru/default/multitask/0000/model.pt"
    ]


def test_observables_of_one_network_are_computed_for_it():
    section = with_network(first=("number_entropy",))
    assert gru.learned_indicators(section)[3:] == ("number_entropy",)


def test_baselines_learn_from_what_networks_learn_from():
    assert list(gru.baselines("default").values()) == [
        f"results/gru/default/baselines/{name}/predictions.h5"
        for name in ("mean", "deviation", "regression")
    ]
    energy = gru.baselines("default", "energy_")
    assert energy["mean"] == "results/gru/default/baselines/energy_mean/predictions.h5"
    for prefix, variant in (("", "multitask"), ("energy_", "energy")):
        paths = gru.baseline_train(CFG.gru, CFG.mbl, "default", prefix)
        assert paths == gru.train_indicators(CFG.gru, CFG.mbl, "default", variant)
    used = [json.loads(gru.baseline_settings(CFG.gru, CFG.mbl, name)) for name in ("", "energy_")]
    assert [settings["energy_density"] for settings in used] == [0.5, None]
    assert gru.baseline_memory(CFG.gru, CFG.mbl) < gru.baseline_memory(CFG.gru, CFG.mbl, "energy_")


def test_figures_take_the_networks_that_there_are():
    none = Network(first=())
    changed = {"transfer_entropy": none, "lstm": none, "one_site": Network(sites=1)}
    networks = {**CFG.gru.networks, **changed}
    section = CFG.gru.model_copy(update={"networks": networks})
    cfg = CFG.model_copy(update={"gru": section})
    figures = {figure.name: figure for figure in FIGURES if figure.paper == "gresch2022"}
    inputs = figures["figure5"].inputs(cfg)
    assert "transfer_entropy" not in inputs
    assert inputs["transfer_gap_ratio"]
    compared = figures["appendix_a"].inputs(cfg)["networks"]
    assert not any("/lstm/" in path for path in compared)
    assert any("/one_site/" in path for path in compared)
    assert figures["figure5"] in drawn_figures(cfg)


def laid_over(*presets):
    """The configuration with presets over it, the last one on top, as Snakemake lays them."""

    def merged(below, above):
        inside = {key: value for key, value in above.items() if isinstance(value, dict)}
        deeper = {key: merged(below.get(key, {}), value) for key, value in inside.items()}
        return {**below, **above, **deeper}

    files = [yaml.safe_load((REPOSITORY / f"presets/{name}.yaml").read_text()) for name in presets]
    return config.load(reduce(merged, files))


PUBLISHED = {
    "multitask": ("none", 15, 1e-3, None, None, (10, 12)),
    "transfer": ("none", 15, 1e-3, 40, 5e-5, (10, 12)),
    "energy": ("head", 5, 1e-3, 5, 1e-4, (10, 12, 14)),
}
TEXT = {
    "multitask": ("none", 15, 1e-3, None, None, (10, 12)),
    "transfer": ("none", 15, 1e-3, 30, 1e-4, (10, 12)),
    "energy": ("fine_tuned", 15, 1e-3, 30, 1e-4, (10, 12, 14)),
}


@pytest.mark.parametrize(
    ("presets", "recipe", "expected"),
    [(["paper"], "paper", TEXT), (["paper", "published_code"], "published_code", PUBLISHED)],
)
def test_presets_train_as_the_paper_and_its_code(presets, recipe, expected):
    """Gresch 2022, appendix A; and PAPER_NOTEBOOK.py of github.com/GreschAl/MBLlearning."""
    cfg = laid_over(*presets)
    for name, values in expected.items():
        used = json.loads(gru.train_settings(1, cfg.gru, cfg.mbl, name))["training"]
        parts = ("energy", "epochs", "learning_rate", "transfer_epochs", "transfer_learning_rate")
        assert (*(used.get(part) for part in parts), gru.train_L(cfg.gru, name)) == values
        assert (used["recipe"], used["batch_size"], used["features"], used["head"]) == (
            recipe,
            128,
            2,
            10,
        )


def test_order_of_observables_is_no_change():
    turned = CFG.mbl.model_copy(update={"observables": CFG.mbl.observables[::-1]})
    assert mbl.windows_settings(1, turned, "ring") == mbl.windows_settings(1, CFG.mbl, "ring")


def test_blocks_of_povm_samples_are_listed_field_by_field():
    section = CFG.tfi.model_copy(update={"hx": (0.0, 1.0), "samples": 80000})
    assert tfi.povm(section, 5) == [
        f"results/tfi/povm/N5/hx{hx}/{block}.h5"
        for hx in ("0.00", "1.00")
        for block in ("0000", "0001")
    ]


def test_chains_of_the_vae_figures_are_the_nearest_to_the_papers():
    section = CFG.vae.model_copy(update={"N": (5, 10, 32), "mass_function_max_N": 6})
    assert vae.longest_chain(section) == 32
    assert vae.entropy_chain(section) == 10
    assert vae.spectrum_chain(section) == 5
    assert vae.spectrum_chain(section.model_copy(update={"N": (10, 32)})) is None


def test_models_have_files_for_each_block_of_runs_on_their_chain_lengths():
    section = CFG.vae.model_copy(update={"N": (5, 32), "runs": 4, "block": 2})
    names = ["factorised", "marginal", "unknown"]
    assert vae.model_files(section, "model.pt", 5, names) == [
        f"results/vae/N5/{model}/{block}/model.pt"
        for model in ("factorised", "marginal")
        for block in ("0000", "0001")
    ]
    assert vae.model_files(section, "model.pt", 32, ["marginal"]) == []
    assert vae.models_of(section, 32, "factorised") == [
        name
        for name in section.models
        if section.models[name].decoder == "factorised" and 32 in vae.lengths(section, name)
    ]


def test_a_model_is_trained_on_its_fields_and_samples_only():
    """For as many epochs as it says, else as its recipe says."""
    models = {"all": Model(), "few": Model(samples=30000, epochs=8, left_out_hx=(0.5, 1.0))}
    section = CFG.vae.model_copy(update={"models": models})
    chain = CFG.tfi.model_copy(update={"hx": (0.0, 0.5, 1.0), "samples": 60000, "block": 20000})
    folder = "results/tfi/povm/N5/hx0.00"
    found = vae.training_povm(section, chain, 5, "few")
    assert found == [f"{folder}/0000.h5", f"{folder}/0001.h5"]
    assert vae.training_shape(section, chain, 5, "few") == (30000, 5, 1, 1)
    assert vae.training_povm(section, chain, 5, "all") == tfi.povm(chain, 5)
    whole, few = (
        json.loads(vae.train_settings(1, section, chain, name)) for name in ("all", "few")
    )
    assert (whole["samples"], few["samples"]) == (0, 30000)
    recipe = section.recipes[section.recipe]
    assert (whole["training"]["epochs"], few["training"]["epochs"]) == (recipe.epochs, 8)


def test_large_batches_take_more_threads():
    recipes = {"large": Recipe(batch_size=100000)}
    section = CFG.vae.model_copy(update={"recipes": recipes, "recipe": "large", "hidden": 128})
    assert vae.train_threads(CFG.vae, "factorised") == 1
    assert vae.train_threads(section, "factorised") == 12


def test_hbm_runs_are_the_grid_of_an_experiment():
    folder = "results/hbm"
    assert hbm.runs(CFG.hbm, CFG.datasets, "comparison") == [
        f"{folder}/digits0/{machine}/h8.00/M80N150/0000.h5"
        for machine in ("hidden", "basic", "driven")
    ]
    mine = {"datasets": ["random"], "machines": ["weak"], "h": [0.5, 8.0], "runs": 16}
    values = {
        "machines": {"weak": {"J_zz": 0.5, "J2": 0.2, "h_x": 0.3}},
        "experiments": {"mine": mine},
    }
    section = config.load({"hbm": values}).hbm
    assert hbm.runs(section, CFG.datasets, "mine") == [
        f"{folder}/random/weak/h{h}/M80N150/{block}.h5"
        for h in ("0.50", "8.00")
        for block in ("0000", "0001")
    ]
    assert set(hbm.runs(section, CFG.datasets, "mine")) < set(hbm.all_runs(section, CFG.datasets))
    assert hbm.runs(section, CFG.datasets, "unknown") == []


def test_hbm_experiments_of_equal_sizes_share_runs():
    images, controls = (
        set(hbm.runs(CFG.hbm, CFG.datasets, name)) for name in ("images", "controls")
    )
    assert images & controls == {"results/hbm/digits0/hidden/h8.00/M40N100/0000.h5"}


def test_hbm_patterns_are_retrieved_by_the_runs_that_learned_them():
    assert hbm.retrievals(CFG.hbm) == ["results/hbm/retrievals/hidden/h8.00/M40N100.h5"]
    paths = hbm.retrieval_runs(CFG.hbm, CFG.datasets, "hidden", "8.00", "M40N100")
    assert paths == hbm.runs(CFG.hbm, CFG.datasets, "retrieval")
    retrieval = {"machines": ["hidden", "single"], "h": [4.0, 8.0]}
    loaded = config.load(
        {"hbm": {"experiments": {"retrieval": retrieval}}, "datasets": {"mnist_folder": "idx"}}
    )
    assert len(hbm.retrievals(loaded.hbm)) == 2
    paths = hbm.retrieval_runs(loaded.hbm, loaded.datasets, "hidden", "4.00", "M40N100")
    assert [path.split("/")[2] for path in paths] == ["mnist0", "mnist1", "mnist01"]
    used = json.loads(hbm.retrieval_settings(1, loaded.hbm, loaded.datasets, "hidden"))
    assert used["patterns"] == ["mnist0", "mnist1"]
    assert used["machine"] == {
        "visible": 6, "hidden": 2, "hidden_sites": "last", "quench_time": 10.0,
    }  # fmt: skip
    off = config.load({"hbm": {"experiments": {"retrieval": {"datasets": []}}}})
    assert hbm.retrievals(off.hbm) == []
    assert hbm.retrieval_memory(CFG.hbm, "hidden", 40) < 405
    assert 5 < hbm.retrieval_minutes(CFG.hbm, "hidden", 8.0, 40) < 7


def test_hbm_settings_are_those_that_a_machine_uses():
    assert hbm.train_memory(CFG.hbm, "hidden") == pytest.approx(400 + 96e-6 * 512 * 2**8)
    for name in ("driven", "hidden"):
        used = json.loads(hbm.train_settings(1, CFG.hbm, name, 80, 150))
        assert ("drive_time" in used["machine"]) == (name == "driven")
        assert (used["training"]["quenches"], used["training"]["candidates"]) == (80, 150)
        assert used["machine"]["visible"] == 6
    anderson = json.loads(hbm.train_settings(1, CFG.hbm, "anderson", 80, 150))
    assert anderson["chain"] == {**used["chain"], "J_zz": 0.0}
    assert "disorder" not in anderson["chain"]
    slower = hbm.train_minutes(CFG.hbm, "basic_field", 8.0, 80, 150)
    assert slower > hbm.train_minutes(CFG.hbm, "basic", 8.0, 80, 150)


def test_sqrbm_fits_are_the_whole_grid():
    paths = sqrbm.fits(CFG.sqrbm, CFG.datasets)
    assert len(paths) == 4 * 2 * 3 * 8
    assert paths[0] == "results/sqrbm/bars/n6/Z/m1/0000.h5"
    twice = CFG.sqrbm.model_copy(update={"runs": 40})
    assert len(sqrbm.fits(twice, CFG.datasets)) == 2 * len(paths)


def test_training_of_20_bits_asks_for_less_than_2_gb():
    """Measured: 1.5 GB for 20 runs at m = 2."""
    assert 1500 < sqrbm.train_memory(CFG.sqrbm, 20, [2]) < 2000
    assert sqrbm.train_memory(CFG.sqrbm, 20, [2, 8]) > sqrbm.train_memory(CFG.sqrbm, 20, [2])
    more = CFG.sqrbm.model_copy(update={"paulis": ("Z", "XZ", "XYZ", "X")})
    assert sqrbm.train_minutes(more, 8, [4]) > sqrbm.train_minutes(CFG.sqrbm, 8, [4]) > 5


def test_cross_fits_are_made_for_each_case_and_pauli_set():
    cases = CFG.sqrbm.crossfit.model_copy(update={"cases": ((6, 1), (8, 3))})
    section = CFG.sqrbm.model_copy(update={"crossfit": cases})
    folder = "results/sqrbm/crossfit"
    names = ("n6/XZ/m1", "n6/XYZ/m1", "n8/XZ/m3", "n8/XYZ/m3")
    assert sqrbm.crossfits(section) == [f"{folder}/{name}.csv" for name in names]
    few, many = (6, 1, "XZ"), (8, 3, "XYZ")
    assert sqrbm.crossfit_memory(section, *many) > sqrbm.crossfit_memory(section, *few) > 300
    assert sqrbm.crossfit_minutes(section, *many) > sqrbm.crossfit_minutes(section, *few) > 5


def test_variances_of_gradients_are_of_the_papers_data_sets_that_fit():
    section = CFG.sqrbm.model_copy(
        update={
            "datasets": ("parity", "mine", "bars"),
            "gradient_variance": CFG.sqrbm.gradient_variance.model_copy(update={"n": (5, 6)}),
        }
    )
    folder = "results/sqrbm/gradient_variance"
    found = sqrbm.gradient_variances(section, CFG.datasets)
    assert found == [f"{folder}/parity.csv", f"{folder}/bars.csv"]
    folder = "results/datasets"
    assert sqrbm.gradient_targets(section, CFG.datasets, "parity") == [
        f"{folder}/parity/n5/0000.h5",
        f"{folder}/parity/n6/0000.h5",
    ]
    assert sqrbm.gradient_targets(section, CFG.datasets, "bars") == [f"{folder}/bars/n6/0000.h5"]
    assert json.loads(sqrbm.gradient_settings(1, section)) == {"seed": 1, "runs": 100}
    assert sqrbm.gradient_minutes(CFG.sqrbm) > sqrbm.gradient_minutes(section) > 5


def test_machines_are_compared_on_the_papers_data_sets_that_fit():
    section = CFG.sqrbm.model_copy(update={"datasets": ("parity", "mine", "bars")})
    folder = "results/sqrbm/machines"
    assert sqrbm.machines(section, CFG.datasets) == [
        f"{folder}/parity/n6.csv",
        f"{folder}/bars/n6.csv",
    ]
    odd = section.model_copy(update={"machines": CFG.sqrbm.machines.model_copy(update={"n": 5})})
    assert sqrbm.machines(odd, CFG.datasets) == [f"{folder}/parity/n5.csv"]
    none = HiddenUnits(**dict.fromkeys(MACHINES, ()))
    empty = section.machines.model_copy(update={"hidden": none})
    assert sqrbm.machines(section.model_copy(update={"machines": empty}), CFG.datasets) == []
    assert sqrbm.machines_target(section, CFG.datasets, "bars", 6) == [
        "results/datasets/bars/n6/0000.h5"
    ]
    used = json.loads(sqrbm.machines_settings(1, CFG.sqrbm))
    assert used["training"].keys() == vars(Settings(1, 0.1)).keys()
    assert used["hidden"] == json.loads(CFG.sqrbm.machines.hidden.model_dump_json())
    longer = CFG.sqrbm.machines.model_copy(update={"iterations": 10_000})
    slower = CFG.sqrbm.model_copy(update={"machines": longer})
    assert sqrbm.machines_minutes(slower) > sqrbm.machines_minutes(CFG.sqrbm) > 5
    # n = 2, m = 9: 0.56 s per gradient, measured; 2 runs of 1000 steps
    hidden = CFG.sqrbm.machines.hidden.model_copy(update={"sqbm": (9,), "tfim": (), "qrbm": ()})
    update = {"n": 2, "hidden": hidden, "runs": 2, "iterations": 1000}
    lateral = CFG.sqrbm.machines.model_copy(update=update)
    slow = CFG.sqrbm.model_copy(update={"machines": lateral})
    assert sqrbm.machines_minutes(slow) > 2 * 1000 * 0.56 / 60


def test_long_strings_come_by_data_set_machine_and_block():
    chosen = {"datasets": ("digits_pixels", "bars"), "n": (6, 64), "block": 1}
    section = CFG.sqrbm.model_copy(update={"long": CFG.sqrbm.long.model_copy(update=chosen)})
    paths = sqrbm.long_fits(section, CFG.datasets)
    assert len(paths) == 2 * 3 * 2  # each data set has one of the lengths; machines, blocks
    assert paths[0] == "results/sqrbm/long/digits_pixels/n64/Z/m8/0000.h5"
    assert paths[-1] == "results/sqrbm/long/bars/n6/XYZ/m8/0001.h5"
    none = CFG.sqrbm.long.model_copy(update={"datasets": ()})
    assert sqrbm.long_fits(section.model_copy(update={"long": none}), CFG.datasets) == []


def test_only_named_data_sets_have_chains_at_several_temperatures():
    """Their settings do not change with the number of other chains, nor the reverse."""
    long = CFG.sqrbm.long
    tempered, plain = long.tempered[0], "digits_pixels"
    used = json.loads(sqrbm.long_settings(1, CFG.sqrbm, tempered))["persistent"]
    assert (used["levels"], used["chains"]) == (long.levels, long.tempered_chains)
    used = json.loads(sqrbm.long_settings(1, CFG.sqrbm, plain))["persistent"]
    assert (used["levels"], used["chains"]) == (1, long.chains)
    other = CFG.sqrbm.model_copy(update={"long": long.model_copy(update={"levels": 30})})
    before, after = (
        [sqrbm.long_settings(1, each, name) for name in (tempered, plain)]
        for each in (CFG.sqrbm, other)
    )
    assert [x == y for x, y in zip(before, after, strict=True)] == [False, True]
    minutes = [sqrbm.long_minutes(CFG.sqrbm, name, 64, 24, "Z") for name in (tempered, plain)]
    assert minutes[0] > minutes[1] > 5
    assert sqrbm.long_memory(96, "Z") == sqrbm.long_memory(32, "XYZ") > sqrbm.long_memory(8, "Z")


def test_figures_without_anything_to_show_are_not_drawn():
    assert drawn_figures(CFG) == list(FIGURES)
    section = CFG.vae.model_copy(update={"mass_function_max_N": 4})
    names = {figure.name for figure in drawn_figures(CFG.model_copy(update={"vae": section}))}
    assert not names & {"figure13"}


def test_symmetric_ensembles_are_of_the_heisenberg_ring():
    found = gru.symmetric(CFG.gru, CFG.mbl)
    folder = "results/gru/default/symmetric"
    assert list(found.values()) == [
        f"{folder}/{name}" for name in ("model.pt", "history.csv", "predictions.h5")
    ]
    used = json.loads(gru.symmetric_settings(1, CFG.gru, CFG.mbl))
    assert used["training"] == CFG.gru.symmetric.model_dump()
    assert gru.symmetric_memory(CFG.gru, CFG.mbl) > 600
    assert gru.symmetric_minutes(CFG.gru, CFG.mbl) > 5
    chains = {**CFG.mbl.chains, "weak": Chain(J_zz=0.5, operators="pauli")}
    for change in ({"L": (4, 8, 10)}, {"chains": chains, "chain": "weak"}):
        section = CFG.mbl.model_copy(update=change)
        assert gru.symmetric(CFG.gru, section) == {}
        assert gru.extrapolation(CFG.gru, section) == {}


def test_windows_of_longer_rings_are_those_of_the_transition():
    windows = gru.extrapolation_windows(CFG.gru, CFG.mbl)
    assert len(windows) == 2 * 6  # L = 12, 14; strengths; one block
    assert set(windows) < set(mbl.transition_windows(CFG.mbl, [0.5]))
    inputs = gru.extrapolation_inputs(CFG.gru, CFG.mbl)
    assert inputs["symmetric"] == ["results/gru/default/symmetric/model.pt"]
    assert list(gru.extrapolation(CFG.gru, CFG.mbl)) == ["multitask", "regression", "symmetric"]
    assert gru.extrapolation_memory(CFG.mbl) > 700
    other = CFG.gru.model_copy(update={"energy_density": 0.25})
    assert gru.extrapolation(other, CFG.mbl) == {}
    longest = CFG.gru.model_copy(update={"train_L": (8, 14)})
    assert gru.extrapolation_windows(longest, CFG.mbl) == []


def test_tomography_comes_by_length_field_and_block():
    chosen = CFG.nqs.tomography.model_copy(update={"N": (6, 8), "hx": (0.5,), "runs": 6})
    section = CFG.nqs.model_copy(update={"tomography": chosen})
    assert nqs.tomography(section) == [
        f"results/nqs/tomography/N{N}/hx0.50/{block}.csv"
        for N in (6, 8)
        for block in ("0000", "0001")
    ]
    more_runs = nqs.tomography_settings(1, section), nqs.measurement_settings(1, section)
    assert more_runs == (nqs.tomography_settings(1, CFG.nqs), nqs.measurement_settings(1, CFG.nqs))
    assert json.loads(more_runs[1]) == {"seed": 1, "samples": 6400, "runs": 3}


@pytest.mark.parametrize(
    ("N", "size", "seconds"),
    [
        (10, {"alpha": (1, 2, 4), "runs": 4, "iterations": 200, "samples": 512}, 110),
        (20, {"alpha": (1, 2, 4), "runs": 4, "iterations": 400, "samples": 1024}, 576),
        (40, {"alpha": (1,), "runs": 2, "iterations": 400, "samples": 1024}, 262),
    ],
)
def test_ground_states_ask_for_what_they_were_seen_to_take(N, size, seconds):
    """Measured: seconds of processor time on a busy computer."""
    chosen = CFG.nqs.ground_states.model_copy(update=size)
    section = CFG.nqs.model_copy(update={"ground_states": chosen})
    beyond_the_start = 60 * (nqs.ground_state_minutes(section, N) - 10)
    assert 2 * seconds < beyond_the_start < 6 * seconds


@pytest.mark.parametrize(("N", "seconds"), [(8, 23), (10, 87)])
def test_dynamics_asks_for_what_it_was_seen_to_take(N, seconds):
    """Measured: both quenches to 2/J with two hidden units per site."""
    chosen = CFG.nqs.dynamics.model_copy(update={"alpha": 2, "longest_time": 2.0})
    section = CFG.nqs.model_copy(update={"dynamics": chosen})
    beyond_the_start = 60 * (nqs.dynamics_minutes(section, N) - 10)
    assert 2 * seconds < beyond_the_start < 4 * seconds


def test_tomography_asks_for_what_it_was_seen_to_take():
    """Measured: 1.2 GB and 200 s per run, 25600 samples of 12 sites; 1.1 GB, 60000 of 10."""
    chosen = CFG.nqs.tomography.model_copy(
        update={"samples": (100, 400, 1600, 6400, 25600), "block": 1}
    )
    section = CFG.nqs.model_copy(update={"tomography": chosen})
    assert 1200 < nqs.tomography_memory(section, 12) < 2500
    assert 200 < 60 * nqs.tomography_minutes(section, 12) < 2000
    chosen = CFG.nqs.tomography.model_copy(update={"samples": (60_000,)})
    section = CFG.nqs.model_copy(update={"tomography": chosen})
    assert 1090 < nqs.tomography_memory(section, 10) < 2000
