"""The POVM sampler on a device of torch, for example a GPU."""

import numpy as np
import torch
from jaxtyping import Float, UInt8

from spinlearn import arguments
from spinlearn.spins.mps import MPS, povm_log_probability
from spinlearn.spins.povm import VECTORS, check_noise, depolarised
from spinlearn.spins.povm_walk import AMPLITUDES, site_matrices
from spinlearn.torch_device import usable_device

BATCH = 65536
"""Samples per matrix product: enough work for a GPU, 0.1 GB at bond dimension 50."""


def sample_povm(
    mps: MPS,
    samples: int,
    rng: np.random.Generator,
    *,
    device: torch.device | str,
    noise: float = 0.0,
    batch: int = BATCH,
) -> tuple[UInt8[np.ndarray, "M N"], Float[np.ndarray, " M"]]:
    """As `spinlearn.spins.mps.sample_povm`, computed by torch in double precision.

    The uniform numbers are drawn on the CPU, in the same order. So the strings are the same, apart
    from those where a uniform number is within rounding of a cumulative probability.

    Args:
        mps: the state, right-canonical.
        samples: M, number of strings.
        rng: source of uniform numbers.
        device: where torch computes, such as "cuda".
        noise: p of the depolarising channel on each site; ln P of noisy strings is computed by
            NumPy.
        batch: number of samples per matrix product.

    Returns:
        Strings (M, N) in 0..3, and ln P of each (M,).

    Raises:
        InvalidArgumentError: if torch cannot compute on the device.
    """
    device = usable_device("device", device)
    arguments.integer("samples", samples, 0)
    arguments.integer("batch", batch, 1)
    check_noise(noise)
    matrices = [torch.from_numpy(m).to(device) for m in site_matrices(mps.tensors, mps.is_complex)]
    outcomes = np.empty((samples, mps.sites), dtype=np.uint8)
    log_probability = np.empty(samples)
    for start in range(0, samples, batch):
        part = slice(start, min(start + batch, samples))
        uniforms = torch.from_numpy(rng.random((part.stop - part.start, mps.sites)))
        found, logarithms = _walk(matrices, uniforms.to(device))
        outcomes[part], log_probability[part] = found.cpu().numpy(), logarithms.cpu().numpy()
    if noise == 0.0:
        return outcomes, log_probability
    outcomes = depolarised(outcomes, noise, rng.spawn(1)[0])
    return outcomes, povm_log_probability(mps, outcomes, noise=noise)


def _walk(
    matrices: list[torch.Tensor], uniforms: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Take one batch along the chain; vectors have the axes (bond, re|im, string)."""
    count, device = len(uniforms), uniforms.device
    corners = torch.from_numpy(VECTORS).to(device)
    amplitudes = torch.from_numpy(AMPLITUDES).to(device)
    vectors = torch.zeros((1, 2, count), dtype=uniforms.dtype, device=device)
    vectors[:, 0] = 1.0
    outcomes = torch.empty(uniforms.shape, dtype=torch.uint8, device=device)
    log_probability = torch.zeros(count, dtype=uniforms.dtype, device=device)
    for site, matrix in enumerate(matrices):
        candidates = matrix @ vectors.reshape(matrix.shape[1], -1)
        up, down = candidates.view(2, -1, 2, count)
        weights = _weights(up, down, corners)
        cumulated = weights.cumsum(dim=0)
        # Strictly below the total, so that an outcome without weight is never chosen.
        threshold = uniforms[:, site].clamp(max=1 - 2**-52) * cumulated[3]
        chosen = (threshold >= cumulated[:3]).sum(dim=0)
        weight = weights.gather(0, chosen[None])[0]
        outcomes[:, site] = chosen
        log_probability += torch.log(weight / cumulated[3])
        c0, real, imaginary = amplitudes[:, chosen] * 2 / weight.sqrt()
        vectors = c0 * up + real * down
        vectors[:, 0] -= imaginary * down[:, 1]
        vectors[:, 1] += imaginary * down[:, 0]
    return outcomes, log_probability


def _weights(up: torch.Tensor, down: torch.Tensor, corners: torch.Tensor) -> torch.Tensor:
    """Four times the probabilities (Tr rho + v_a . b)/4 of the outcomes, not normalised."""
    n_up, n_down = up.square().sum(dim=(0, 1)), down.square().sum(dim=(0, 1))
    real = (up * down).sum(dim=(0, 1))
    imaginary = (up[:, 0] * down[:, 1] - up[:, 1] * down[:, 0]).sum(dim=0)
    bloch = torch.stack([2 * real, 2 * imaginary, n_up - n_down])
    return (n_up + n_down + corners @ bloch).clamp(min=0.0)
