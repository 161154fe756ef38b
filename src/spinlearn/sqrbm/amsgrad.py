"""The optimiser of Demidik 2025."""

from collections.abc import Mapping

import numpy as np


class Amsgrad:
    """AMSGRAD (Reddi, Kale and Kumar 2018), as `torch.optim.Adam(amsgrad=True)` defines it.

        m <- b1 m + (1 - b1) g,    v <- b2 v + (1 - b2) g^2,    u <- max(u, v)
        theta <- theta - lr/(1 - b1^t) m / (sqrt(u)/sqrt(1 - b2^t) + epsilon)

    The maximum is taken before the bias correction, as in torch.

    Args:
        shape: shape of the parameters; all operations are elementwise.
        learning_rate: lr.
        betas: b1 and b2.
        epsilon: guards the division.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        learning_rate: float = 0.1,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:
        self.learning_rate, self.betas, self.epsilon = learning_rate, betas, epsilon
        self.steps = 0
        self._mean, self._square, self._largest = (np.zeros(shape) for _ in range(3))
        self._work = np.empty(shape)

    def state(self) -> dict[str, np.ndarray]:
        """The state that determines the next steps, as named arrays (views, not copies)."""
        return {
            "steps": np.array(self.steps),
            "mean": self._mean,
            "square": self._square,
            "largest": self._largest,
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a result of `state`."""
        self.steps = int(state["steps"])
        self._mean[...], self._square[...] = state["mean"], state["square"]
        self._largest[...] = state["largest"]

    def step(self, theta: np.ndarray, gradient: np.ndarray) -> None:
        """Update `theta` in place."""
        b1, b2 = self.betas
        work = self._work
        self.steps += 1
        np.subtract(gradient, self._mean, out=work)
        work *= 1.0 - b1
        self._mean += work
        np.multiply(gradient, gradient, out=work)
        work *= 1.0 - b2
        self._square *= b2
        self._square += work
        np.maximum(self._largest, self._square, out=self._largest)
        np.sqrt(self._largest, out=work)
        work /= np.sqrt(1.0 - b2**self.steps)
        work += self.epsilon
        np.divide(self._mean, work, out=work)
        work *= self.learning_rate / (1.0 - b1**self.steps)
        theta -= work
