"""The middle maximum of a W, the place that learning by confusion gives for a transition."""

import numpy as np
from jaxtyping import Float
from scipy.signal import find_peaks


def middle_maximum(
    division: Float[np.ndarray, " divisions"], accuracy: Float[np.ndarray, " divisions"]
) -> tuple[float, float]:
    """Place of the middle maximum of a W, and its height above the higher of the two minima.

    The most prominent maximum of the curve that is not at an end, with a parabola through it and
    its neighbours. NaN and 0 if there is none.

    >>> found = middle_maximum(np.arange(5.0), np.array([1.0, 0.5, 0.8, 0.6, 1.0]))
    >>> [round(value, 3) for value in found]
    [2.1, 0.2]
    """
    peaks, about = find_peaks(accuracy, prominence=0.0)
    if not peaks.size:
        return np.nan, 0.0
    best = int(about["prominences"].argmax())
    near = slice(peaks[best] - 1, peaks[best] + 2)
    a, b, _ = np.polyfit(division[near] - division[peaks[best]], accuracy[near], 2)
    place = division[peaks[best]] - b / (2 * a) if a < 0 else division[peaks[best]]
    return float(place), float(about["prominences"][best])
