"""Papers, and one caption a figure: what it shows and where it departs from the paper.

Captions hold for every configuration: what a setting decides stands on the figure itself, written
there from its table.
"""

PAPERS = {
    "hbm": ("P1", "Hidden Born machine"),
    "gru": ("P2", "Many-body localisation from a disorder vector"),
    "sqrbm": ("P3", "Classical and semi-quantum restricted Boltzmann machines"),
    "vae": ("P4", "Ground states from POVM samples"),
    "mbl": ("data", "Exact diagonalisation"),
}
"""Folder of a figure: short name and title of its part."""

CAPTIONS: dict[str, str] = {
    "hbm/figure3": "Target image (top) and the distribution learned by the hidden Born machine "
    "(bottom), of the run with the median loss. The images are class means of scikit-learn's 8×8 "
    "digits; the paper uses MNIST.",
    "hbm/figure4": "Maximum mean discrepancy after each quench for the hidden, the basic and the "
    "randomly driven Born machine; mean and one standard deviation over runs. The paper states "
    "neither the strength D of the drive nor the disorder of its machines; the configuration's "
    "defaults were chosen after a scan, and the order of the three curves depends on them.",
    "hbm/figure5": "Disorder and trainability of the hidden machine: terminal loss against "
    "disorder strength, and the Hamming distance and entanglement entropy along the training. The "
    "paper expects a thermal Hamming distance of 1/2; from |+⟩ with conserved S^z it is "
    "1/2 − 1/(2L).",
    "hbm/figure8": "Fidelity on the even-parity distribution for interacting localised, thermal "
    "and Anderson-localised machines. The uniform distribution already has fidelity 1/2. The paper "
    "does not state its disorder strength; the configuration's default was chosen after a scan, "
    "and panel (b) shows how the order depends on it.",
    "hbm/figure10": "Distribution of the gap ratio against the Poisson and GOE laws. The paper's "
    "thermal point h_d = 0.1 is close to integrability and not thermal at small L; where "
    "h_d = 0.5 is among the strengths, the scorecard judges it too. The paper's text swaps its "
    "two means.",
    "hbm/figure11": "Half-chain entropy against chain length, in nats, with the law that a "
    "least-squares fit prefers: a volume law (solid) or an area law (dashed). (a) S, (b) S per "
    "site, which P1 shows, (c) slope in units of a random state's. The scorecard says "
    "how many of the windows are certified to miss no level.",
    "mbl/transition": "Mean gap ratio against disorder for each chain length, with the crossings "
    "of successive lengths (where curves are apart by two errors on either side; "
    "faint where fewer than nine tenths of the resamples cross), and its finite-size scaling "
    "collapse. Errors are statistical; that h_c moves when the smallest length "
    "is left out shows another one, which the scorecard adds.",
    "mbl/indicator_maps": "Gap ratio, entanglement and number entropy and spin fraction from exact "
    "diagonalisation over disorder and energy density. Each point averages over the eigenstates "
    "nearest to its energy density, whose number and the sector's size the titles name. In short "
    "chains they are a wide part of the spectrum, so that neighbouring points share states and "
    "the maps are smoothed along the energy axis, most of all at its ends. Points: where the "
    "curves of the two longest chains cross, hollow where they cross more than once or fewer than "
    "nine tenths of the resamples do; dashed: h_c of a collapse of all lengths.",
    "gru/figure3": "Mean and spread over realisations of the three indicators: exact values and "
    "the network's predictions on a chain length that it was not trained on.",
    "gru/figure4": "Normalised coefficient of determination of each indicator against disorder; "
    "1/2 is a constant predictor. Dashed: a chain length outside the training set.",
    "gru/figure5": "Spin fraction learned from scratch, by transfer of frozen features, and "
    "together with the other indicators.",
    "gru/figure6": "Phase diagram of the spin fraction: exact averages and the energy-resolved "
    "network.",
    "gru/figure8": "The two features of the recurrent cell against disorder. Where curves of "
    "different L cross depends on the network's seed.",
    "sqrbm/figure2": "Total variation distance after training against the number of hidden "
    "units; mean and one standard deviation over seeds.",
    "sqrbm/figure3": "Fewest hidden units whose mean total variation distance falls below the "
    "threshold that the axis names, and the ratio of the classical machine's to the semi-quantum "
    "ones'. Theorem 2 of the paper predicts ratios of 2 and 3; machines with as many independent "
    "parameters would have somewhat less.",
    "sqrbm/theorem1": "Divergence left when one family of machines is fitted to members of "
    "another: one hidden qubit, and as many classical hidden units as it has Paulis. Filled: a "
    "family fitted to its own members.",
    "vae/figure5": "Correlation of the first spin along z with the others: DMRG and the "
    "variational autoencoder, with P4's factorised decoder and with an autoregressive one.",
    "vae/figure6": "Correlation of the first spin along x with the others: DMRG and the "
    "variational autoencoder, with P4's factorised decoder and with an autoregressive one.",
    "vae/figure7": "Magnetisation along x, site by site: DMRG and the variational autoencoder.",
    "vae/figure8": "Magnetisations along x and z against the transverse field. Dotted lines only "
    "join DMRG's points. Where the magnetisation along z of a finite chain collapses is set by "
    "the tie-breaking longitudinal field, which the title names.",
    "vae/figure9": "Susceptibilities from the exact derivative of the decoder's mean, from "
    "Gumbel-softmax samples (biased at any temperature above zero) and from central differences. "
    "Dotted lines only join the ground states' points.",
    "vae/figure10": "Probabilities of all POVM outcomes in descending order: exact and learned.",
    "vae/figure11": "Bhattacharyya coefficient between exact and learned outcome distributions, "
    "beside that of the bare training histogram. Where the tie-breaking longitudinal field, which "
    "the title names, is weak against the splitting of the two ordered branches, a short chain's "
    "ground state is an even superposition of both, and a decoder that is factorised over sites "
    "has to compose its coherence from products.",
    "vae/figure12": "Rényi entropy S_2 of the left part against its length: exact and learned, for "
    "the chain whose length is nearest to the paper's 10.",
    "vae/figure13": "Spectra of the density matrix and of that of the last three spins: exact, and "
    "reconstructed from the learned distribution. Negative eigenvalues show that it is no state.",
}


def caption(name: str) -> str:
    """The caption of a figure, named by folder and stem, e.g. "hbm/figure10"."""
    return CAPTIONS.get(name, "")
