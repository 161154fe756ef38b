"""Chains in words."""

from spinlearn.spins.chain_text import chain_text


def test_different_chains_have_different_texts():
    near = [{"boundary": "ring", "J_zz": value} for value in (0.5, 0.5000001, 0.50000011)]
    assert len({chain_text(chain) for chain in near}) == 3
    assert chain_text(near[0]) == "ring, J_zz = 0.5"
