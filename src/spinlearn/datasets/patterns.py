"""Data sets that follow from a rule: lines on a grid, cardinality, parity, random strings.

Those of Demidik 2025, the parity of Zhong 2022, and the usual bars and stripes.
"""

import numpy as np

from spinlearn.datasets.strings import (
    Request,
    Strings,
    bit_strings,
    from_dense,
    from_samples,
    uniform_over,
)
from spinlearn.streams import rng


def parity(request: Request) -> Strings:
    """Uniform over the 2^(n-1) strings with an even number of ones (Zhong 2022, section V.C)."""
    even = bit_strings(request.n).sum(axis=1) % 2 == 0
    return uniform_over(even, "uniform over the strings of even parity")


def cardinality(request: Request) -> Strings:
    """Uniform over the C(n, n/2) strings with n/2 ones (Demidik 2025)."""
    half = bit_strings(request.n).sum(axis=1) == request.n // 2
    return uniform_over(half, "uniform over the strings with n/2 ones")


def bars(request: Request) -> Strings:
    """Uniform over the 2 + n/2 single lines of a 2 x n/2 grid, row by row.

    The simplified bars and stripes of Demidik 2025.
    """
    n = request.n
    grid = np.zeros((2 + n // 2, 2, n // 2), dtype=int)
    for row in range(2):
        grid[row, row, :] = 1
    for column in range(n // 2):
        grid[2 + column, :, column] = 1
    return _uniform_over_grids(grid.reshape(-1, n), "single lines of a 2 x n/2 grid")


def bars_and_stripes(request: Request) -> Strings:
    """Uniform over the patterns of full rows or of full columns on a 2 x n/2 grid, row by row.

    Every subset of rows and every subset of columns: 2^2 + 2^(n/2) - 2 patterns, since the empty
    and the full grid occur in both.
    """
    rows, columns = 2, request.n // 2
    stripes = np.repeat(bit_strings(rows)[:, :, None], columns, axis=2)
    bars = np.repeat(bit_strings(columns)[:, None, :], rows, axis=1)
    grids = np.concatenate([stripes, bars]).reshape(-1, request.n)
    return _uniform_over_grids(grids, "bars and stripes on a 2 x n/2 grid")


def random(request: Request) -> Strings:
    """Uniform over n^2 strings drawn at random, for each run anew; all of them where 2^n < n^2.

    The random data of Demidik 2025.
    """
    n, rows = request.n, []
    for run in request.runs:
        stream = rng(request.seed, "sqrbm", "target", dataset="random", n=n, run=run)
        mask = np.zeros(2**n, dtype=bool)
        mask[stream.choice(2**n, size=min(n**2, 2**n), replace=False)] = True
        rows.append(mask / mask.sum())
    return from_dense(np.stack(rows), "n^2 random strings, drawn for each run", request.runs)


def bars_and_stripes_4x16(request: Request) -> Strings:
    """Samples of bars and stripes on a 4 x 16 grid, row by row: n = 64.

    Rows or columns with equal probability, each then full or empty with equal probability.
    """
    count = request.settings["samples"]
    stream = rng(request.seed, "datasets", "bars and stripes", n=request.n)
    of_rows = stream.random(count) < 0.5
    rows = np.repeat(stream.integers(2, size=(count, 4, 1)), 16, axis=2)
    columns = np.repeat(stream.integers(2, size=(count, 1, 16)), 4, axis=1)
    grids = np.where(of_rows[:, None, None], rows, columns).reshape(count, 64)
    return from_samples(grids.astype(np.uint8), "samples of bars and stripes on a 4 x 16 grid")


def all_bars_and_stripes_4x16(request: Request) -> Strings:
    """The distribution of which `bars_and_stripes_4x16` is a sample: its 65,550 patterns.

    A pattern of rows has the probability 1/32, one of columns 2^-17; the empty and the full grid
    are both.
    """
    rows = np.repeat(bit_strings(4)[:, :, None], 16, axis=2).reshape(-1, 64)
    columns = np.repeat(bit_strings(16)[:, None, :], 4, axis=1).reshape(-1, 64)
    probability = np.concatenate([np.full(16, 1 / 32), np.full(2**16 - 2, 2.0**-17)])
    probability[[0, 15]] += 2.0**-17
    strings = np.concatenate([rows, columns[1:-1]]).astype(np.uint8)
    return Strings(strings, probability[None], "bars and stripes on a 4 x 16 grid")


def _uniform_over_grids(grids: np.ndarray, source: str) -> Strings:
    mask = np.zeros(2 ** grids.shape[1], dtype=bool)
    mask[grids.astype(np.int64) @ (1 << np.arange(grids.shape[1] - 1, -1, -1))] = True
    return uniform_over(mask, source)
