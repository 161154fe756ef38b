"""Names of decoders, objectives, schedules and number formats of stage `vae`."""

from typing import Literal, get_args

Decoder = Literal["factorised", "tied", "autoregressive", "recurrent", "matrix_product", "nade"]
BitDecoder = Literal["factorised", "recurrent", "matrix_product", "nade"]
"""Decoders that learn bit strings for the leaderboard."""

DIFFERENTIABLE: tuple[Decoder, ...] = ("factorised", "tied")
"""Decoders with sites that are independent given the latent variables.

Their mean can be differentiated by the field, as figure 9 of Luchnikov 2019 does.
"""

LATENT: tuple[Decoder, ...] = (*DIFFERENTIABLE, "autoregressive")
"""Decoders of latent variables, those of variational autoencoders; others see conditions alone."""

Objective = Literal["elbo", "marginal"]
Schedule = Literal["constant", "cosine"]
Precision = Literal["float32", "bfloat16"]

DECODERS: tuple[Decoder, ...] = get_args(Decoder)
BIT_DECODERS: tuple[BitDecoder, ...] = get_args(BitDecoder)

MARGINAL_MAX_N = 6
"""Longest chain whose 4^N outcome strings are all counted by the objective `marginal`."""
