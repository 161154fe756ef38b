"""A chain in words, for figures, tables and logs, and whether it interacts."""

from collections.abc import Mapping
from typing import Any

NAMES = {"ring": "ring", "open": "open chain"}
"""Boundary conditions in words, which are also the texts of the papers' chains."""

USUAL = {"J_xy": 1.0, "J_zz": 1.0, "J2": 0.0, "h_x": 0.0}
"""Couplings that are not mentioned."""


def chain_text(chain: Mapping[str, Any]) -> str:
    """The boundary condition of a chain, and what differs from the papers' chains.

    >>> chain_text({"boundary": "ring", "J_zz": 1.0, "disorder": "uniform"})
    'ring'
    >>> chain_text({"boundary": "open", "J_zz": 0.5, "disorder": "binary"})
    'open chain, J_zz = 0.5, binary disorder'

    Args:
        chain: settings of `spinlearn.spins.config.Chain`, or the attributes of a file of results;
            others are ignored.
    """
    parts = [NAMES[chain["boundary"]]]
    unusual = {name: chain[name] for name in USUAL if chain.get(name, USUAL[name]) != USUAL[name]}
    parts += [f"{name} = {_digits(value)}" for name, value in unusual.items()]
    disorder = chain.get("disorder", "uniform")
    return ", ".join(parts if disorder == "uniform" else [*parts, f"{disorder} disorder"])


def _digits(value: float) -> str:
    """All digits of a number, so that different chains have different texts."""
    return str(int(value)) if value == int(value) else repr(float(value))


def chain_text_with_operators(chain: Mapping[str, Any]) -> str:
    """`chain_text`, and that the chain is in Pauli matrices if it is."""
    text = chain_text(chain)
    return f"{text}, Pauli matrices" if chain["operators"] == "pauli" else text


def is_interacting(chain: Mapping[str, Any]) -> bool:
    """Whether the chain's Jordan-Wigner fermions interact: J_zz != 0, or J2 != 0 and J_xy != 0.

    Exchange of next neighbours, S^+_i S^-_{i+2}, is c^+_i (1 - 2 n_{i+1}) c_{i+2}.

    >>> is_interacting({"J_xy": 1.0, "J_zz": 0.0, "J2": 0.0})
    False
    >>> is_interacting({"J_xy": 1.0, "J_zz": 0.0, "J2": 0.5})
    True

    Args:
        chain: settings of `spinlearn.spins.config.Chain`, or the attributes of a file of results;
            others are ignored.
    """
    return bool(chain["J_zz"] != 0 or (chain["J2"] != 0 and chain["J_xy"] != 0))


def is_of_papers(text: str) -> bool:
    """Whether a chain, in words, has the couplings and the disorder of the papers."""
    return text in NAMES.values()
