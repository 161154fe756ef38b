"""Names of the decoders and learning-rate schedules of the variational autoencoders."""

from typing import Literal, get_args

Decoder = Literal["factorised", "autoregressive"]
Schedule = Literal["constant", "cosine"]

DECODERS: tuple[Decoder, ...] = get_args(Decoder)
