"""Attributes of files that hold results for one chain, as the scripts write them."""

HEISENBERG = {
    "J_xy": 1.0,
    "J_zz": 1.0,
    "J2": 0.0,
    "h_x": 0.0,
    "boundary": "ring",
    "operators": "spin",
}
"""Couplings of the ring of Zhong 2022's Born machines."""


def about_chain(operators="spin", boundary="ring", **others):
    """The papers' chain in given operators, with other couplings if named."""
    chain = {"chain": "a", "J_xy": 1.0, "J_zz": 1.0, "J2": 0.0, "disorder": "uniform"}
    return {**chain, "boundary": boundary, "operators": operators, **others}
