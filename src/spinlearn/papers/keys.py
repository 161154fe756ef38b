"""Citation keys of the papers."""

PAPERS = {
    "zhong2022": "Hidden Born machine",
    "gresch2022": "Many-body localisation from a disorder vector",
    "demidik2025": "Classical and semi-quantum restricted Boltzmann machines",
    "luchnikov2019": "Ground states from POVM samples",
    "dassarma2019": "Phases and quantum states by learning",
    "spinlearn": "Figures of our own",
}
"""Key of each paper, as in paths, and the title of its part of the report; our own figures last."""


def cited(key: str) -> str:
    """A paper as texts name it.

    >>> cited("zhong2022"), cited("dassarma2019"), cited("spinlearn")
    ('Zhong 2022', 'Das Sarma 2019', 'spinlearn')
    """
    name = {"dassarma": "Das Sarma"}.get(key[:-4], key[:-4].capitalize())
    return key if key == "spinlearn" else f"{name} {key[-4:]}"
