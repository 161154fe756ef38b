"""Paths, settings and faults of data sets, and of those in the configuration."""

import json

import numpy as np
import pytest
from idx_files import write as write_mnist

from spinlearn import config
from spinlearn.datasets import files
from spinlearn.datasets.config import Datasets, Eigenstate
from spinlearn.hbm import files as hbm
from spinlearn.pipeline.content import content_digest
from spinlearn.pipeline.errors import ConfigError
from spinlearn.spins.config import TransverseFieldChain
from spinlearn.sqrbm import files as sqrbm

CFG = config.Config()


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with a data set of four bits of the user's own; the settings that name it."""
    monkeypatch.chdir(tmp_path)
    np.save("mine.npy", np.array([[0, 1, 1, 0], [1, 1, 1, 1]]))
    return Datasets(files={"mine": "mine.npy"})


def faults(**values):
    with pytest.raises(ConfigError) as caught:
        config.load(values)
    return caught.value.faults


# --- paths ------------------------------------------------------------------------------------


def test_draws_are_in_the_blocks_of_their_runs():
    section = Datasets(block=20)
    assert files.files(section, "parity", 6, range(60)) == ["results/datasets/parity/n6/0000.h5"]
    assert files.files(section, "random", 6, range(15, 45)) == [
        f"results/datasets/random/n6/{block}.h5" for block in ("0000", "0001", "0002")
    ]
    assert files.files(section, "quench", 4) == ["results/datasets/quench/n4/0000.h5"]


def test_blocks_of_runs_find_their_draws():
    """Blocks of learners and of data sets may have different sizes."""
    learner = CFG.hbm.model_copy(update={"block": 8})
    section = Datasets(block=6)
    assert hbm.target(learner, section, "random", "0001") == [
        f"results/datasets/random/n6/{block}.h5" for block in ("0001", "0002")
    ]
    fits = CFG.sqrbm.model_copy(update={"block": 20})
    assert sqrbm.target(fits, Datasets(), "random", 8, "0003") == [
        "results/datasets/random/n8/0003.h5"
    ]


def test_inputs_are_those_of_the_kind(own, tmp_path):
    assert files.inputs(own, "mine", 4, "0000") == {"own": "mine.npy"}
    assert files.inputs(own, "parity", 4, "0000") == {}
    section = Datasets(tfi_hx=0.5, mnist_folder=str(write_mnist(tmp_path / "idx")))
    for name in ("tfi", "tfi_samples"):
        assert files.inputs(section, name, 8, "0000") == {
            "ground_state": "results/tfi/ground_states/N8/hx0.50.h5"
        }
    assert files.inputs(section, "eigenstate", 8, "0002") == {
        "eigenstates": "results/mbl/eigenstates/ring/L8/h4.00/e0.50/0002.h5"
    }
    moved = Datasets(eigenstate=Eigenstate(chain="anderson", h=2.0))
    assert files.inputs(moved, "eigenstate", 8, "0002") == {
        "eigenstates": "results/mbl/eigenstates/anderson/L8/h2.00/e0.50/0002.h5"
    }
    found = files.inputs(section, "mnist4", 6, "0000")["mnist"]
    assert [path.rpartition("/")[2] for path in found] == [
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
    ]


def test_images_come_from_mnist_if_there_is_a_folder():
    assert files.image_names(Datasets(), [0, 3]) == ["digits0", "digits3"]
    assert files.image_names(Datasets(mnist_folder="idx"), [0, 3]) == ["mnist0", "mnist3"]
    assert hbm.names(CFG.hbm, Datasets(mnist_folder="idx"))[0].startswith("mnist")


def test_first_blocks_of_all_that_is_learned(own):
    learners = {"hbm.visible": (["parity", "mine"], [4]), "sqrbm.n": (["parity", "bars"], [4, 6])}
    assert files.all_files(own, learners) == [
        "results/datasets/bars/n4/0000.h5",
        "results/datasets/bars/n6/0000.h5",
        "results/datasets/mine/n4/0000.h5",
        "results/datasets/parity/n4/0000.h5",
        "results/datasets/parity/n6/0000.h5",
    ]


def test_learners_take_the_sizes_that_a_data_set_has(own):
    assert files.sizes(own, "mine", [3, 4, 6]) == [4]
    assert files.sizes(own, "bars", [3, 4, 6, 22]) == [4, 6]
    assert files.sizes(own, "digits_pixels", [6, 64]) == [64]
    section = CFG.sqrbm.model_copy(update={"datasets": ("mine", "bars"), "n": (4, 6), "m": (1,)})
    found = {path.rpartition("/Z/")[0] for path in sqrbm.fits(section, own) if "/Z/" in path}
    assert found == {f"results/sqrbm/{part}" for part in ("mine/n4", "bars/n4", "bars/n6")}
    paper = {path.rpartition("/Z/")[0] for path in sqrbm.paper_fits(section, own) if "/Z/" in path}
    assert paper == found - {"results/sqrbm/mine/n4"}


# --- settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "used"),
    [
        ("parity", {"module": "patterns", "function": "parity"}),
        ("digits7", {"module": "images", "function": "digits"}),
        ("random", {"module": "patterns", "function": "random", "seed": 1, "block": 20}),
        ("tfi", {"module": "ising", "function": "tfi"}),
        (
            "tfi_samples",
            {"module": "ising", "function": "tfi_samples", "seed": 1, "samples": 10000},
        ),
        (
            "quench",
            {
                "module": "quenches",
                "function": "quench",
                "seed": 1,
                "block": 20,
                "h": 4.0,
                "time": 10.0,
                "initial_state": "neel",
                **TransverseFieldChain().model_dump(),
            },
        ),
        (
            "mine",
            {
                "module": "quenches",
                "function": "quench",
                "seed": 1,
                "block": 20,
                "h": 2.0,
                "time": 1.0,
                "initial_state": "neel",
                **TransverseFieldChain(J_zz=0.0).model_dump(),
            },
        ),
    ],
)
def test_settings_are_those_that_are_used(name, used):
    section = config.load(
        {"datasets": {"quenches": {"mine": {"h": 2.0, "time": 1.0, "J_zz": 0.0}}}}
    ).datasets
    assert json.loads(files.dataset_settings(1, section, name)) == used


def test_settings_follow_the_content_of_own_files(own, tmp_path):
    found = json.loads(files.dataset_settings(1, own, "mine"))
    expected = {"module": "own", "function": "own", "digest": content_digest("mine.npy")}
    assert found == expected
    np.save("mine.npy", np.array([[0, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]]))
    assert json.loads(files.dataset_settings(1, own, "mine")) != expected
    folder = write_mnist(tmp_path / "idx")
    settings = files.dataset_settings(1, Datasets(mnist_folder=str(folder)), "mnist3")
    assert json.loads(settings)["digests"] == {
        path.name: content_digest(path) for path in sorted(folder.iterdir())
    }


def test_code_starts_at_the_module_of_the_data_set():
    section = Datasets(files={"of_my_own": "a.csv"})
    assert files.entry_module(section, "quench") == "spinlearn.datasets.quenches"
    assert files.entry_module(section, "localised_neel") == "spinlearn.datasets.quenches"
    assert files.entry_module(section, "of_my_own") == "spinlearn.datasets.own"


@pytest.mark.parametrize("name", [*files.known(Datasets()), "mine"])
def test_memory_is_asked_for(own, name):
    assert 200 < files.dataset_memory(own, name, 6) < files.dataset_memory(own, name, 14) < 1000


# --- faults -----------------------------------------------------------------------------------


def test_faults_of_own_files_name_the_setting(own):
    learners = {"hbm.visible": (["mine"], [6]), "sqrbm.n": (["bars"], [4, 6])}
    (line,) = files.faults(own, learners)
    assert line.startswith("datasets.files.mine: mine.npy has 4-bit strings; hbm.visible is 6")
    learners = {"hbm.visible": (["mine"], [4]), "sqrbm.n": (["mine"], [4, 6])}
    assert list(files.faults(own, learners)) == []
    np.save("mine.npy", np.array([[0, 1, 1, 0], [1, 1, 3, 1]]))
    found = list(files.faults(own, learners))
    assert found == ["datasets.files.mine: mine.npy, row 2: a bit must be 0 or 1"]
    gone = Datasets(files={"gone": "gone.csv"})
    (line,) = files.faults(gone, {})
    assert line.startswith("datasets.files.gone: gone.csv: cannot be read (No such file")


def test_faults_of_the_folder_of_mnist(tmp_path):
    learners = {"hbm.visible": (["mnist1", "parity"], [6])}
    section = Datasets(mnist_folder=str(write_mnist(tmp_path / "idx")))
    assert list(files.faults(section, learners)) == []
    (line,) = files.faults(Datasets(mnist_folder=str(tmp_path / "none")), learners)
    assert line.startswith("datasets.mnist_folder: ")
    assert "holds no train-images-idx3-ubyte" in line
    assert list(files.faults(Datasets(), learners)) == [
        "datasets.mnist_folder: must be a folder of IDX files, since mnist1 is learned"
    ]
    assert list(files.faults(Datasets(), {"hbm.visible": (["parity"], [6])})) == []


@pytest.mark.parametrize("name", ["bars", "mnist3", "quench", "tfi_samples"])
def test_names_of_own_files_are_free(name):
    assert faults(datasets={"files": {name: "a.csv"}}) == [
        f"datasets.files: {name!r} is the name of a data set of spinlearn; take another"
    ]


def test_names_of_quenches_are_free():
    assert faults(datasets={"quenches": {"parity": {"h": 1.0}}}) == [
        "datasets.quenches: 'parity' is the name of a data set of spinlearn; take another"
    ]
    assert faults(datasets={"quenches": {"mine": {"h": 1.0}}, "files": {"mine": "a.csv"}}) == [
        "datasets.files: 'mine' is the name of a data set of spinlearn; take another"
    ]


def test_named_quenches_can_be_learned():
    values = {"datasets": {"quenches": {"mine": {"h": 1.0}, "quench": {"time": 2.0}}}}
    loaded = config.load({**values, "sqrbm": {"datasets": ["mine", "thermal_plus"]}})
    assert loaded.datasets.quenches["quench"].h == 4.0
    assert files.files(loaded.datasets, "mine", 4, range(15, 25)) == [
        "results/datasets/mine/n4/0000.h5",
        "results/datasets/mine/n4/0001.h5",
    ]
    (line,) = faults(
        datasets={"quenches": {"mine": {}}, "block": 1},
        sqrbm={"datasets": ["mine"], "runs": 20_000, "block": 20},
    )
    assert line.startswith("sqrbm.runs: 20000 draws of mine in blocks of datasets.block = 1")


@pytest.mark.parametrize("name", ["Mine", "my-data", "1st", "", "a/b", "_a", "ä"])
def test_names_of_own_files_fit_into_paths(name):
    (line,) = faults(datasets={"files": {name: "a.csv"}})
    assert line.startswith(
        f"datasets.files: {name!r} is no name; a name consists of at most 60 lower"
    )


def test_names_of_own_files_can_be_learned():
    values = {"datasets": {"files": {"my_data": "a.csv"}}}
    mine = {"experiments": {"mine": {"datasets": ["my_data"]}}}
    assert config.load({**values, "hbm": mine}).hbm.experiments["mine"].datasets == ("my_data",)
    assert config.load({**values, "sqrbm": {"datasets": ["my_data", "bars"]}})


def test_unknown_names_are_listed_with_the_known_ones():
    wrong = {"experiments": {"parity": {"datasets": ["paritty"]}}}
    (line,) = faults(hbm=wrong, datasets={"files": {"my_data": "a.csv"}})
    path = "hbm.experiments.parity.datasets"
    assert line.startswith(f"{path}: 'paritty' is no data set; the names are bars, ")
    assert line.endswith(", my_data")
    (line,) = faults(sqrbm={"datasets": ["stripes"]})
    assert line.startswith("sqrbm.datasets: 'stripes' is no data set")


def test_data_sets_have_a_size_that_the_learner_takes():
    (line,) = faults(hbm={"experiments": {"parity": {"datasets": ["digits_pixels"]}}})
    path = "hbm.experiments.parity.datasets"
    assert line == f"{path}: digits_pixels has 64 bits, not 6 (hbm.visible)"
    (line,) = faults(sqrbm={"datasets": ["bars_and_stripes_4x16"], "n": [6, 8]})
    assert line == "sqrbm.datasets: bars_and_stripes_4x16 has 64 bits, not 6 (sqrbm.n)"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"quenches": {"quench": {"time": -1.0}}},
            "datasets.quenches.quench.time = -1.0: must be a number >= 0",
        ),
        (
            {"quenches": {"mine": {"initial_state": "cat"}}},
            "must be one of plus, neel, random_product",
        ),
        (
            {"quenches": {"quench": {"J_xy": 0.0, "J_zz": 0.0}}},
            "datasets.quenches.quench: J_xy and J_zz are both 0; a chain needs a coupling",
        ),
        ({"quenches": {"mine": {"hx": 0.1}}}, "datasets.quenches.mine.hx: unknown key"),
        ({"quenches": {"My": {}}}, "datasets.quenches: 'My' is no name; a name consists of"),
        (
            {"quenches": {"mine": {"disorder": "none"}}},
            'datasets.quenches.mine.disorder = "none": must be one of uniform, gaussian',
        ),
        (
            {"eigenstate": {"chain": "weak"}},
            "datasets.eigenstate.chain: must be one of mbl.chains = ['default', 'ring', 'open', "
            "'anderson'], got weak",
        ),
        ({"eigenstate": {"energy_density": 1.5}}, "datasets.eigenstate.energy_density = 1.5"),
        ({"block": 0}, "datasets.block = 0"),
        ({"files": {"mine": 3}}, "datasets.files.mine = 3"),
        ({"files": ["a.csv"]}, "datasets.files = "),
        ({"tfi_hx": 1.234}, "datasets.tfi_hx"),
    ],
)
def test_faults_of_settings_name_the_key(values, words):
    (line,) = faults(datasets=values)
    assert words in line
