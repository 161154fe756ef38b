"""Every figure: its paper, its inputs and settings, and its job's requests.

A figure is a module `spinlearn.papers.<paper>.<name>` with

- `CAPTION`: what it shows and where it departs from the paper, for every configuration;
- `table(files, settings)`: the numbers drawn, a tidy table, from the files named by `inputs`;
- `draw(table)`: the picture, from the table alone;
- `claims(table)`: the verdicts, from the table alone.

and an entry in `FIGURES`. `rules/figures.smk` makes a rule of each entry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spinlearn.datasets import files as datasets
from spinlearn.gru import files as gru
from spinlearn.hbm import files as hbm
from spinlearn.mbl import files as mbl
from spinlearn.nqs import files as nqs
from spinlearn.phases import files as phases
from spinlearn.sqrbm import files as sqrbm
from spinlearn.tfi import files as tfi
from spinlearn.vae import files as vae

if TYPE_CHECKING:
    from spinlearn.config import Config


@dataclass(frozen=True)
class FigureEntry:
    """One figure.

    Attributes:
        paper: its paper, a key of `spinlearn.papers.keys.PAPERS`.
        name: its module and the stem of its files.
        title: what it shows, in a few words.
        inputs: its input files, by name. If one of the lists is empty, the figure is not drawn:
            the configuration does not compute its data. A figure may need no files.
        settings: configuration values that it uses.
        memory, minutes: its job's request, in MB and minutes.
        environment: its conda environment.
    """

    paper: str
    name: str
    title: str
    inputs: Callable[["Config"], dict[str, list[str]]]
    settings: Callable[["Config"], dict[str, Any]] = lambda cfg: {}
    memory: int = 600
    minutes: int = 5
    environment: str = "physics"

    @property
    def module(self) -> str:
        """The module's dotted name."""
        return f"spinlearn.papers.{self.paper}.{self.name}"

    @property
    def stem(self) -> str:
        """Path of its files without their endings."""
        return f"results/figures/{self.paper}/{self.name}"

    @property
    def rule(self) -> str:
        """The name of its rule."""
        return f"figure_{self.paper}_{self.name}"


def _predictions(cfg: "Config", variant: str) -> list[str]:
    return gru.networks(cfg.gru, cfg.mbl.chain, "predictions.h5", [variant])


def _weights(cfg: "Config", variant: str) -> list[str]:
    return gru.networks(cfg.gru, cfg.mbl.chain, "model.pt", [variant])


def _baselines(cfg: "Config", energy: str = "") -> list[str]:
    return list(gru.baselines(cfg.mbl.chain, energy).values())


def _compared_models(cfg: "Config") -> dict[str, list[str]]:
    N = vae.longest_chain(cfg.vae)
    models = vae.compared_models(cfg.vae, N)
    files = {
        name: vae.model_files(cfg.vae, f"{kind}.csv", N, models)
        for name, kind in (
            ("divergences", "divergence"),
            ("observables", "observables"),
            ("entropies", "entropies"),
        )
    }
    return {**files, "truncated": [tfi.truncated(N)]}


_COMPARED = (
    *("multitask", "lstm", "one_site", "three_sites", "four_features"),
    *("transfer", "transfer_four_features"),
    *("energy", "energy_joint", "energy_frozen", "energy_heads"),
)
"""Networks of `gresch2022.appendix_a`."""


def _trained(cfg: "Config", *variants: str) -> dict[str, list[str]]:
    """Predictions of those networks that the configuration has."""
    found = {name: _predictions(cfg, name) for name in variants}
    return {name: paths for name, paths in found.items() if paths}


def _test_predictions(cfg: "Config") -> list[str]:
    """Predictions of the test split by the predictors of the extrapolation."""
    regression = gru.baselines(cfg.mbl.chain)["regression"]
    symmetric = gru.symmetric_file(cfg.gru, cfg.mbl, "predictions")
    return [*_predictions(cfg, "multitask"), regression, *symmetric]


def _with_others(cfg: "Config", name: str, N: int | None, model: str, *others: str) -> list[str]:
    """Files of a VAE for one chain length, and of other models; none without those of the VAE."""
    if N is None or N not in vae.lengths(cfg.vae, model):
        return []
    return vae.model_files(cfg.vae, name, N, [model, *others])


def _paper_vae(cfg: "Config", name: str, N: int | None, *others: str) -> list[str]:
    """Files of the VAE of Luchnikov 2019, and of other models."""
    return _with_others(cfg, name, N, "factorised", *others)


def _longest_chain(cfg: "Config", name: str, *others: str) -> list[str]:
    """Files of the VAE of figures 5 to 9, and of other models."""
    N = vae.longest_chain(cfg.vae)
    return _with_others(cfg, name, N, cfg.vae.figure_model, *others)


def _mass_functions(cfg: "Config") -> dict[str, list[str]]:
    N = vae.spectrum_chain(cfg.vae)
    return {"mass_functions": _paper_vae(cfg, "mass_function.h5", N, "marginal")}


def _noise(cfg: "Config") -> dict[str, Any]:
    """The noise of the strings, for figures that compare with states without it; nothing without.

    Their verdicts are withheld then, see `spinlearn.papers.output.of_noisy_strings`.
    """
    return {"noise": cfg.tfi.noise} if cfg.tfi.noise else {}


def _vae_family(cfg: "Config") -> dict[str, list[str]]:
    """Files of the first model without some fields, and of the paper's model on all of them."""
    name = vae.model_without_fields(cfg.vae)
    sizes = vae.lengths(cfg.vae, name) if name else []
    return {
        f"{role}_{kind}": vae.model_files(cfg.vae, f"{kind}.csv", max(sizes, default=0), [model])
        for role, model in (("trained", "factorised"), ("left_out", name or ""))
        for kind in ("observables", "divergence")
    }


def _left_out_fields(cfg: "Config") -> dict[str, Any]:
    name = vae.model_without_fields(cfg.vae)
    return {"left_out_hx": cfg.vae.models[name].left_out_hx if name else (), **_noise(cfg)}


def _learning_curves(cfg: "Config") -> dict[str, list[str]]:
    """Histories and divergences of the models compared."""
    N = vae.longest_chain(cfg.vae)
    models = vae.compared_models(cfg.vae, N)
    return {
        role: vae.model_files(cfg.vae, name, N, models)
        for role, name in (("histories", "history.csv"), ("divergences", "divergence.csv"))
    }


def _vae_samples(cfg: "Config") -> dict[str, list[str]]:
    """Divergences of the models that learn from fewer strings, and of those that have them all."""
    N, models = vae.sample_curve(cfg.vae)
    return {"divergence": vae.model_files(cfg.vae, "divergence.csv", N, models)}


def _quantum_runs(cfg: "Config") -> list[str]:
    names = ("quantum", "quantum_neel")
    return [path for name in names for path in hbm.runs(cfg.hbm, cfg.datasets, name)]


def _symmetric_predictions(cfg: "Config") -> dict[str, list[str]]:
    """The predictions of the symmetric ensemble, if there is one."""
    paths = gru.symmetric_file(cfg.gru, cfg.mbl, "predictions")
    return {"symmetric": paths} if paths else {}


def _resampled(cfg: "Config") -> dict[str, Any]:
    return {"seed": cfg.seed, "resamples": cfg.phases.supervised.resamples}


FIGURES = (
    FigureEntry(
        "zhong2022",
        "figure3",
        "learned images",
        lambda cfg: {"runs": hbm.runs(cfg.hbm, cfg.datasets, "images")},
    ),
    FigureEntry(
        "zhong2022",
        "figure4",
        "the three machines compared",
        lambda cfg: {"runs": hbm.runs(cfg.hbm, cfg.datasets, "comparison")},
    ),
    FigureEntry(
        "zhong2022",
        "figure5",
        "disorder and trainability",
        lambda cfg: {"runs": hbm.runs(cfg.hbm, cfg.datasets, "disorder")},
        lambda cfg: {"localised_h": cfg.hbm.localised_h},
    ),
    FigureEntry(
        "zhong2022",
        "figure6",
        "pattern retrieval",
        lambda cfg: {"retrievals": hbm.retrievals(cfg.hbm)},
    ),
    FigureEntry(
        "zhong2022",
        "figure7",
        "learning quantum data",
        lambda cfg: {"runs": _quantum_runs(cfg)},
        lambda cfg: {
            "localised_h": cfg.hbm.localised_h,
            "target_h": {name: quench.h for name, quench in cfg.datasets.quenches.items()},
        },
    ),
    FigureEntry(
        "zhong2022",
        "figure8",
        "fidelity on parity data",
        lambda cfg: {"runs": hbm.runs(cfg.hbm, cfg.datasets, "parity")},
        lambda cfg: {"localised_h": cfg.hbm.localised_h},
    ),
    FigureEntry(
        "zhong2022",
        "figure10",
        "level statistics",
        lambda cfg: {"windows": mbl.level_statistics_windows(cfg.mbl)},
        lambda cfg: {"bins": cfg.mbl.level_statistics.bins},
    ),
    FigureEntry(
        "zhong2022",
        "figure11",
        "entanglement scaling",
        lambda cfg: {
            "windows": mbl.transition_windows(cfg.mbl, [mbl.middle_energy_density(cfg.mbl)])
        },
        lambda cfg: {"energy_density": mbl.middle_energy_density(cfg.mbl)},
    ),
    FigureEntry(
        "zhong2022",
        "appendix_a",
        "what hidden spins and pulses can express",
        lambda cfg: {},
        lambda cfg: {"seed": cfg.seed},
    ),
    FigureEntry(
        "gresch2022",
        "figure3",
        "indicator statistics of the longest chain",
        lambda cfg: {"predictions": _predictions(cfg, "multitask"), "baselines": _baselines(cfg)},
        lambda cfg: {"energy_density": cfg.gru.energy_density},
    ),
    FigureEntry(
        "gresch2022",
        "figure4",
        "normalised coefficient of determination of each indicator",
        lambda cfg: {"predictions": _predictions(cfg, "multitask"), "baselines": _baselines(cfg)},
        lambda cfg: {"seed": cfg.seed, "energy_density": cfg.gru.energy_density},
    ),
    FigureEntry(
        "gresch2022",
        "figure5",
        "transfer learning of each indicator",
        lambda cfg: {
            **{name: _predictions(cfg, name) for name in ("transfer", "scratch", "multitask")},
            **_trained(cfg, "transfer_entropy", "transfer_gap_ratio"),
            "baselines": _baselines(cfg),
        },
        lambda cfg: {"seed": cfg.seed, "energy_density": cfg.gru.energy_density},
    ),
    FigureEntry(
        "gresch2022",
        "figure6",
        "phase diagrams of the indicators",
        lambda cfg: {
            "predictions": _predictions(cfg, "energy"),
            "model": _weights(cfg, "energy"),
            "baselines": _baselines(cfg, "energy_"),
        },
        lambda cfg: {
            "seed": cfg.seed,
            "vectors": cfg.gru.map_vectors,
            "h_points": cfg.gru.map_h_points,
            "energy_points": cfg.gru.map_energy_points,
        },
        memory=1200,
        environment="learning",
    ),
    FigureEntry(
        "gresch2022",
        "figure8",
        "features of the recurrent cell",
        lambda cfg: {
            "predictions": _predictions(cfg, "multitask"),
            "model": _weights(cfg, "multitask"),
        },
        lambda cfg: {"seed": cfg.seed},
        memory=1200,
        environment="learning",
    ),
    FigureEntry(
        "gresch2022",
        "figure9",
        "loss against the number of training realisations",
        lambda cfg: {"curve": [gru.learning_curve(cfg.mbl.chain)]},
    ),
    FigureEntry(
        "gresch2022",
        "appendix_a",
        "choices of the network and what they do to the loss",
        lambda cfg: {
            "networks": [path for paths in _trained(cfg, *_COMPARED).values() for path in paths],
            "baselines": _baselines(cfg),
            "energy_baselines": _baselines(cfg, "energy_"),
        },
    ),
    FigureEntry(
        "gresch2022",
        "appendix_c",
        "quality of predictions over disorder and energy density",
        lambda cfg: {
            "predictions": _predictions(cfg, "energy"),
            "regression": [gru.baselines(cfg.mbl.chain, "energy_")["regression"]],
        },
        lambda cfg: {"seed": cfg.seed},
    ),
    FigureEntry(
        "gresch2022",
        "mobility_edge",
        "finite-size scaling of predictions",
        lambda cfg: {
            "predictions": _predictions(cfg, "energy"),
            "model": _weights(cfg, "energy"),
        },
        lambda cfg: {"seed": cfg.seed},
        memory=1200,
        environment="learning",
    ),
    FigureEntry(
        "demidik2025",
        "figure2",
        "distance after training against hidden units",
        lambda cfg: {"fits": sqrbm.paper_fits(cfg.sqrbm, cfg.datasets)},
        lambda cfg: {"tvd_threshold": cfg.sqrbm.tvd_threshold},
        minutes=10,
    ),
    FigureEntry(
        "demidik2025",
        "figure3",
        "fewest hidden units that learn",
        lambda cfg: {"fits": sqrbm.paper_fits(cfg.sqrbm, cfg.datasets)},
        lambda cfg: {"seed": cfg.seed, "tvd_threshold": cfg.sqrbm.tvd_threshold},
        minutes=10,
    ),
    FigureEntry(
        "demidik2025",
        "optimisers",
        "constant and decaying steps from the same starting points",
        lambda cfg: {"runs": sqrbm.optimisers(cfg.sqrbm, cfg.datasets)},
        lambda cfg: {"seed": cfg.seed, "tvd_threshold": cfg.sqrbm.tvd_threshold},
    ),
    FigureEntry(
        "demidik2025",
        "theorem1",
        "families of machines fitted to one another",
        lambda cfg: {"fits": sqrbm.crossfits(cfg.sqrbm)},
    ),
    FigureEntry(
        "demidik2025",
        "gradient_variance",
        "variance of the gradients of random machines",
        lambda cfg: {"variances": sqrbm.gradient_variances(cfg.sqrbm, cfg.datasets)},
    ),
    FigureEntry(
        "demidik2025",
        "quantum_machines",
        "machines with lateral couplings or quantum visible units",
        lambda cfg: {
            "machines": sqrbm.machines(cfg.sqrbm, cfg.datasets),
            "costs": [sqrbm.GRADIENT_COSTS],
        },
    ),
    *(
        FigureEntry(
            "luchnikov2019",
            name,
            title,
            lambda cfg: {"observables": _longest_chain(cfg, "observables.csv", "autoregressive")},
            _noise,
        )
        for name, title in (
            ("figure5", "correlations along z"),
            ("figure6", "correlations along x"),
        )
    ),
    FigureEntry(
        "luchnikov2019",
        "figure7",
        "magnetisation of every site",
        lambda cfg: {"observables": _longest_chain(cfg, "observables.csv")},
        _noise,
    ),
    FigureEntry(
        "luchnikov2019",
        "figure8",
        "magnetisations against the field",
        lambda cfg: {"observables": _longest_chain(cfg, "observables.csv")},
        lambda cfg: {"longitudinal_field": cfg.tfi.longitudinal_field, **_noise(cfg)},
    ),
    FigureEntry(
        "luchnikov2019",
        "figure9",
        "susceptibilities",
        lambda cfg: {"susceptibilities": _longest_chain(cfg, "susceptibilities.csv")},
        _noise,
    ),
    FigureEntry(
        "luchnikov2019",
        "figure10",
        "mass function of a short chain",
        _mass_functions,
        _noise,
    ),
    FigureEntry(
        "luchnikov2019",
        "figure11",
        "fidelity against the field",
        lambda cfg: {
            "mass_functions": [
                path
                for N in vae.short_chains(cfg.vae)
                for path in _paper_vae(cfg, "mass_function.h5", N, "marginal", "autoregressive")
            ]
        },
        lambda cfg: {"longitudinal_field": cfg.tfi.longitudinal_field, **_noise(cfg)},
    ),
    FigureEntry(
        "luchnikov2019",
        "figure12",
        "Rényi entropies",
        lambda cfg: {"entropies": _paper_vae(cfg, "entropies.csv", vae.entropy_chain(cfg.vae))},
        _noise,
    ),
    FigureEntry(
        "luchnikov2019",
        "figure13",
        "spectra of density matrices",
        _mass_functions,
        lambda cfg: {"seed": cfg.seed, **_noise(cfg)},
    ),
    FigureEntry(
        "dassarma2019",
        "ising_supervised",
        "phases of the Ising model, learned far from the transition",
        lambda cfg: {"labels": [phases.SUPERVISED]},
        _resampled,
        minutes=10,
    ),
    FigureEntry(
        "dassarma2019",
        "ising_unsupervised",
        "phases of the Ising model, without labels",
        lambda cfg: {"components": [phases.UNSUPERVISED]},
        _resampled,
        minutes=10,
    ),
    FigureEntry(
        "dassarma2019",
        "confusion",
        "transitions found by confusion",
        lambda cfg: {"accuracies": phases.confusion(cfg.phases)},
    ),
    FigureEntry(
        "dassarma2019",
        "nqs_ground_states",
        "Boltzmann machines as ground states",
        lambda cfg: {"energies": nqs.ground_states(cfg.nqs)},
    ),
    FigureEntry(
        "dassarma2019",
        "nqs_dynamics",
        "Boltzmann machines after a quench",
        lambda cfg: {"dynamics": nqs.dynamics(cfg.nqs)},
    ),
    FigureEntry(
        "dassarma2019",
        "nqs_tomography",
        "ground states reconstructed from measurements",
        lambda cfg: {"tomography": nqs.tomography(cfg.nqs)},
    ),
    FigureEntry(
        "dassarma2019",
        "nqs_toric_code",
        "the toric code as a Boltzmann machine",
        lambda cfg: {"stabilisers": [nqs.TORIC_CODE]},
    ),
    FigureEntry(
        "dassarma2019",
        "nqs_entropy_laws",
        "area and volume laws of Boltzmann machines",
        lambda cfg: {"entropies": [nqs.ENTROPIES]},
    ),
    FigureEntry(
        "dassarma2019",
        "nqs_parameters",
        "numbers that describe a state of maximal entanglement",
        lambda cfg: {"entropies": [nqs.ENTROPIES], "stabilisers": [nqs.TORIC_CODE]},
    ),
    FigureEntry(
        "spinlearn",
        "vae_family",
        "fields left out of a VAE's training",
        _vae_family,
        _left_out_fields,
    ),
    FigureEntry(
        "spinlearn",
        "vae_samples",
        "divergence of a VAE against its training samples",
        _vae_samples,
    ),
    FigureEntry(
        "spinlearn",
        "vae_learning",
        "learning curves of models of POVM outcomes",
        _learning_curves,
    ),
    FigureEntry(
        "spinlearn",
        "vae_models",
        "models of POVM outcomes compared",
        _compared_models,
        _noise,
    ),
    FigureEntry(
        "spinlearn",
        "born_optimisers",
        "ways to train a Born machine",
        lambda cfg: {
            "runs": hbm.runs(cfg.hbm, cfg.datasets, "optimisers"),
            "optimised": hbm.optimised_runs(cfg.hbm, cfg.datasets),
        },
    ),
    FigureEntry(
        "spinlearn",
        "transition",
        "crossings and finite-size scaling of the gap ratio",
        lambda cfg: {
            "windows": mbl.transition_windows(cfg.mbl, [mbl.middle_energy_density(cfg.mbl)])
        },
        lambda cfg: {
            "seed": cfg.seed,
            "resamples": cfg.mbl.transition.resamples,
            "energy_density": mbl.middle_energy_density(cfg.mbl),
        },
        minutes=10,
    ),
    FigureEntry(
        "spinlearn",
        "dynamics",
        "memory and growth of entanglement from a product state",
        lambda cfg: {"dynamics": mbl.dynamics(cfg.mbl)},
    ),
    FigureEntry(
        "spinlearn",
        "indicator_maps",
        "indicators over disorder and energy density, with mobility edges",
        lambda cfg: {
            "indicators": mbl.narrow_indicators(cfg.mbl, cfg.mbl.chain, cfg.mbl.L, "test")
        },
        lambda cfg: {
            "seed": cfg.seed,
            "resamples": cfg.mbl.edge_resamples,
            "entropy_normalisation": cfg.mbl.entropy_normalisation,
            **cfg.mbl.narrow_windows.model_dump(include={"largest_shift", "largest_width"}),
        },
    ),
    FigureEntry(
        "spinlearn",
        "indicator_limits",
        "what limits predictions of indicators",
        lambda cfg: {
            "network": _predictions(cfg, "multitask"),
            "regression": [gru.baselines(cfg.mbl.chain)["regression"]],
            **_symmetric_predictions(cfg),
            "curve": [gru.learning_curve(cfg.mbl.chain)],
            "indicators": mbl.indicators(cfg.mbl, cfg.mbl.chain, cfg.mbl.L, "test"),
        },
        lambda cfg: {"seed": cfg.seed, "energy_density": cfg.gru.energy_density},
    ),
    FigureEntry(
        "spinlearn",
        "indicator_extrapolation",
        "predicted indicators of longer rings",
        lambda cfg: {
            "test": _test_predictions(cfg),
            "windows": list(gru.extrapolation(cfg.gru, cfg.mbl).values()),
        },
        lambda cfg: {"seed": cfg.seed, "energy_density": cfg.gru.energy_density},
    ),
    FigureEntry(
        "spinlearn",
        "born_controls",
        "what the hidden Born machine's learning is due to",
        lambda cfg: {
            name: hbm.runs(cfg.hbm, cfg.datasets, experiment)
            for name, experiment in (("runs", "controls"), ("history", "history"))
        },
    ),
    FigureEntry(
        "spinlearn",
        "born_sensitivity",
        "what the open choices of the Born machines change",
        lambda cfg: {"runs": hbm.runs(cfg.hbm, cfg.datasets, "sensitivity")},
    ),
    FigureEntry(
        "spinlearn",
        "leaderboard",
        "models of every kind on the same data sets",
        lambda cfg: {
            stage: datasets.leaderboard(cfg.datasets, stage) for stage in ("hbm", "sqrbm", "vae")
        },
        lambda cfg: {"born": hbm.leaderboard_start(cfg.hbm)},
    ),
    FigureEntry(
        "spinlearn",
        "long_strings",
        "machines on strings of 64 bits",
        lambda cfg: {"fits": sqrbm.long_fits(cfg.sqrbm, cfg.datasets)},
    ),
)
"""All figures, in the order of the report."""


def drawn_figures(cfg: "Config") -> list[FigureEntry]:
    """The figures for which a configuration computes data."""
    return [figure for figure in FIGURES if all(figure.inputs(cfg).values())]
