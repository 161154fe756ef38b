"""The cards at the head of the report: each paper in one sentence, and its key figure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """One paper at a glance.

    Attributes:
        sentence: what is done, in one sentence that no result can make wrong.
        figure: stem of the figure that stands for it.
        reference: where it is published; empty for our own figures.
        link: its address.
    """

    sentence: str
    figure: str
    reference: str = ""
    link: str = ""


CARDS = {
    "zhong2022": Card(
        "A Born machine of visible and hidden spins learns images, parity and quantum data by "
        "quenches, in the localised phase and in the thermal one.",
        "figure5",
        "Zhong et al., 2022",
        "https://arxiv.org/abs/2207.02346",
    ),
    "gresch2022": Card(
        "A recurrent network of 99 parameters reads a disorder vector and predicts indicators of "
        "many-body localisation, for chains longer than those it has seen.",
        "figure3",
        "Gresch et al., 2022",
        "https://arxiv.org/abs/2202.08853",
    ),
    "demidik2025": Card(
        "How many hidden units do classical and semi-quantum Boltzmann machines need for the same "
        "distribution?",
        "figure3",
        "Demidik et al., Communications Physics, 2025",
        "https://doi.org/10.1038/s42005-025-02353-1",
    ),
    "luchnikov2019": Card(
        "A conditional variational autoencoder learns the ground states of an Ising chain from "
        "simulated measurements, for all transverse fields at once.",
        "figure9",
        "Luchnikov et al., Entropy 21, 1091, 2019",
        "https://doi.org/10.3390/e21111091",
    ),
    "dassarma2019": Card(
        "Networks look for phases of matter with labels, without them and by confusion; restricted "
        "Boltzmann machines hold quantum states.",
        "confusion",
        "Das Sarma, Deng and Duan, Physics Today 72, 48, 2019",
        "https://arxiv.org/abs/1903.03516",
    ),
    "spinlearn": Card(
        "What the papers leave open: where the transition lies and how it drifts with the length, "
        "dynamics, controls of the Born machine, and better models of the same data.",
        "transition",
    ),
}
"""By key of the paper."""
