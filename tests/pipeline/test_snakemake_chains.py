"""Another chain by overlay: its results lie beside those of the chains computed before."""

import numpy as np
import pytest
import yaml
from quspin.basis import spin_basis_1d
from quspin.operators import hamiltonian
from support import NOTHING, planned, smoke, text_of

from spinlearn.mbl.schemas import INDICATORS
from spinlearn.spins.disorder import INVERSE_GOLDEN_MEAN

WEAK = {"J_zz": 0.5, "operators": "pauli", "disorder": "quasiperiodic"}
ONE = "results/mbl/indicators/weak/L6/h2.00/test/0000.h5"


@pytest.fixture
def overlay(tmp_path):
    path = tmp_path / "weak.yaml"
    path.write_text(yaml.safe_dump({"mbl": {"chains": {"weak": WEAK}, "chain": "weak"}}))
    return path


def middle_gap_ratio(fields, states):
    """By QuSpin: the mean gap ratio of the levels nearest to the middle of the spectrum."""
    L = len(fields)
    bonds = [(i, (i + 1) % L) for i in range(L)]
    couplings = {"xx": 1.0, "yy": 1.0, "zz": 0.5}
    static = [[name, [[J, i, j] for i, j in bonds]] for name, J in couplings.items()]
    static += [["z", [[h, i] for i, h in enumerate(fields)]]]
    basis = spin_basis_1d(L, Nup=L // 2, pauli=1)
    quiet = {"check_herm": False, "check_symm": False, "check_pcon": False}
    built = hamiltonian(static, [], basis=basis, dtype=np.float64, **quiet)
    energies = np.linalg.eigvalsh(built.toarray())
    middle = 0.5 * (energies[0] + energies[-1])
    chosen = np.sort(energies[np.argsort(np.abs(energies - middle))[:states]])
    gaps = np.diff(chosen)
    return np.mean(np.minimum(gaps[1:], gaps[:-1]) / np.maximum(gaps[1:], gaps[:-1]))


@pytest.mark.slow
def test_overlay_computes_another_chain_and_keeps_the_first(results, overlay):
    before = {job.rule for job in planned(results, overlays=[overlay]) if job.runs}
    assert before >= {"mbl_disorder", "mbl_indicators", "mbl_indicators_single", "gru_train"}
    assert not before & {"mbl_windows", "hbm_train", "sqrbm_train_small", "vae_train", "tfi_povm"}
    done = smoke(ONE, cwd=results, overlays=[overlay])
    assert done.returncode == 0, text_of(done)
    found = INDICATORS.read(results / ONE)
    assert {name: found.attributes[name] for name in WEAK} == WEAK
    phases = np.arccos(found["fields"][:, 0] / 2.0)  # of h cos(2 pi beta i + phi), up to the sign
    sites = 2 * np.pi * INVERSE_GOLDEN_MEAN * np.arange(6)
    both = [2.0 * np.cos(sites + sign * phases[:, None]) for sign in (1, -1)]
    error = np.min([np.abs(found["fields"] - fields).max(axis=1) for fields in both], axis=0)
    assert error.max() < 1e-12
    middle = found["gap_ratio"][:, found["energy_density"] == 0.5].ravel()
    expected = [middle_gap_ratio(fields, 8) for fields in found["fields"]]
    np.testing.assert_allclose(middle, expected, atol=1e-9)
    assert NOTHING in text_of(smoke("--dry-run", "mbl", "gru", cwd=results))
