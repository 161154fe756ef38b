"""How many numbers a matrix product state has."""

from itertools import pairwise

from spinlearn import arguments


def bonds(N: int, bond_dimension: int) -> list[int]:
    """Dimensions of the N - 1 bonds: 2^min(l, N - l), the largest that a state needs, or less.

    >>> bonds(6, 8), bonds(6, 3)
    ([2, 4, 8, 4, 2], [2, 3, 3, 3, 2])
    """
    return [min(bond_dimension, 2 ** min(cut, N - cut)) for cut in range(1, N)]


def numbers(N: int, bond_dimension: int) -> int:
    """Numbers in the tensors of an open matrix product state of N spins 1/2.

    >>> numbers(4, 2), numbers(4, 4)
    (24, 40)
    """
    return sum(2 * left * right for left, right in pairwise([1, *bonds(N, bond_dimension), 1]))


def nearest_bond_dimension(N: int, parameters: int) -> int:
    """The bond dimension, of at least 2, at which the numbers are nearest to those of a machine.

    >>> nearest_bond_dimension(10, 120), nearest_bond_dimension(10, 230)
    (3, 4)
    """
    arguments.integer("parameters", parameters, 1)
    sizes = range(2, 2 ** (N // 2) + 1)
    return min(sizes, key=lambda size: abs(numbers(N, size) - parameters))
