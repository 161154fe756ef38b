"""Born machines: disordered spin chains, whose measured state is the model (Zhong 2022, eqs. 1-9).

A machine has visible spins, and hidden spins after or among them. A quench is the evolution for a
time T under H_0 + sum_i h_i O^z_i, with new fields h_i in each quench. The randomly driven machine
has the additional term sum_i d_i(t) O^x_i. O is S or sigma, as the chain has it. H_0 is any
Hamiltonian that `spinlearn.spins.hamiltonians` builds; the paper has the Heisenberg chain, and the
XX chain (J_zz = 0) for comparison.
"""

from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any, get_args

import numpy as np
from jaxtyping import Complex, Float, Int

from spinlearn import arguments
from spinlearn.hbm.choices import DrivePlane, DriveVariance, HiddenSites, StartState
from spinlearn.hbm.kernels import field_energies, outcome_weights
from spinlearn.hbm.plane import evolve_in_plane
from spinlearn.spins.evolution import DiagonalFamily, chain_family, evolve
from spinlearn.spins.hamiltonians import SpinChain, xxz_chain
from spinlearn.spins.product_states import all_amplitudes, product_state


@dataclass(frozen=True)
class Drive:
    """White noise across z, held for a correlation time (Zhong 2022, eqs. 7 and 8).

    The paper draws d from N(0, sqrt(2D)); the second argument is taken as the standard deviation.

    Attributes:
        strength: D, in units of J.
        correlation_time: tau, for which the noise is constant, in units of 1/J.
        variance: of each field; "2D/tau" in units where J = 1.
        plane: "x" for fields along x, "xy" for independent fields along x and y. The latter make
            the Hamiltonian complex, and a quench about 40 times slower; see `evolve_in_plane`.
        shared: whether all candidates of a quench have the same noise. Otherwise each has its own,
            and the choice of the best candidate also selects the noise.
    """

    strength: float
    correlation_time: float
    variance: DriveVariance = "2D"
    plane: DrivePlane = "x"
    shared: bool = False

    def __post_init__(self) -> None:
        """Refuse a negative strength, and noise that is never constant."""
        arguments.number("strength", self.strength, 0)
        arguments.positive("correlation_time", self.correlation_time)
        arguments.one_of("variance", self.variance, get_args(DriveVariance))
        arguments.one_of("plane", self.plane, get_args(DrivePlane))

    @property
    def deviation(self) -> float:
        """Standard deviation of a field, sqrt(2D) or sqrt(2D/tau), in units of J."""
        tau = self.correlation_time if self.variance == "2D/tau" else 1.0
        return float(np.sqrt(2 * self.strength / tau))


@dataclass(frozen=True, eq=False)
class BornMachine:
    """A Born machine; without hidden spins it is the basic machine.

    Attributes:
        chain: the chain without disorder, in the whole space of 2^L states.
        visible: number of visible spins; the other sites are hidden.
        hidden_sites: "last", or "spread": hidden spin j of n, counted from 1, is site
            floor(j L / n) - 1.
        quench_time: T, in units of 1/J.
        drive: the noise across z, if any.

    Raises:
        ValueError: if the chain is a single S^z sector, or has fewer sites than visible spins.
    """

    chain: SpinChain
    visible: int
    quench_time: float = 10.0
    drive: Drive | None = None
    hidden_sites: HiddenSites = "last"

    def __post_init__(self) -> None:
        """Check that the chain, the number of visible spins and the time fit."""
        arguments.number("quench_time", self.quench_time, 0)
        arguments.one_of("hidden_sites", self.hidden_sites, get_args(HiddenSites))
        if self.chain.dimension != 2**self.L:
            raise ValueError(
                f"a Born machine needs all {2**self.L} states of its {self.L} spins, the chain has "
                f"{self.chain.dimension}: build it with magnetisation=None"
            )
        if not 1 <= arguments.integer("visible", self.visible) <= self.L:
            raise ValueError(
                f"visible: must be 1 to {self.L}, the chain's sites; got {self.visible}"
            )

    @property
    def L(self) -> int:
        """Number of sites."""
        return self.chain.L

    @property
    def hidden(self) -> int:
        """Number of hidden spins."""
        return self.L - self.visible

    @cached_property
    def family(self) -> DiagonalFamily:
        """The family of Hamiltonians of all quenches."""
        return chain_family(self.chain, self.drive is not None and self.drive.plane == "x")

    @cached_property
    def visible_sites(self) -> tuple[int, ...]:
        """Sites of the visible spins, ascending; bit i of a string is the i-th of them."""
        if self.hidden_sites == "last":
            return tuple(range(self.visible))
        hidden = {j * self.L // self.hidden - 1 for j in range(1, self.hidden + 1)}
        return tuple(site for site in range(self.L) if site not in hidden)

    @cached_property
    def slices(self) -> tuple[float, ...]:
        """Durations for which the Hamiltonian of a quench is constant; they add up to T."""
        if self.drive is None:
            return (self.quench_time,)
        tau = self.drive.correlation_time
        count = max(1, ceil(self.quench_time / tau - 1e-9))
        return (*(tau,) * (count - 1), self.quench_time - (count - 1) * tau)

    @property
    def _spins_per_operator(self) -> float:
        """2|O^x|: 1 for spin operators, 2 for Pauli matrices."""
        return 2 * float(np.abs(self.chain.z).max())

    @cached_property
    def _sigma_z(self) -> Float[np.ndarray, "L D"]:
        """sigma^z of each site in each basis state, 1 or -1."""
        return np.sign(self.chain.z).T

    @cached_property
    def _ascending(self) -> np.ndarray:
        return np.argsort(self.chain.states)

    @cached_property
    def outcomes(self) -> Int[np.ndarray, " D"]:
        """The visible string of each basis state, as an integer."""
        outcomes = np.zeros_like(self.chain.states)
        for site in self.visible_sites:
            outcomes = outcomes << 1 | self.chain.states >> (self.L - 1 - site) & 1
        return outcomes

    @cached_property
    def _by_outcome(self) -> np.ndarray:
        """The basis states ordered by visible string, then by hidden string."""
        return np.lexsort([self.chain.states, self.outcomes])

    def initial_state(
        self,
        kind: StartState = "plus",
        rng: np.random.Generator | None = None,
        target: Float[np.ndarray, " outcomes"] | None = None,
    ) -> Complex[np.ndarray, " D"]:
        """|psi_0>, which the paper does not state.

        Args:
            kind: "plus", from which every machine can reach every outcome; "neel", from which only
                some can be reached, since S^z is conserved; "random_product"; or "target_sectors":
                the visible spins have each number of up spins with the target's probability, with
                equal positive amplitudes among the strings of that number, and hidden spins are
                in |+>.
            rng: generator of the directions of a random product state.
            target: q over the visible strings, for "target_sectors".

        Raises:
            InvalidArgumentError: if there is no such state, or what it needs is missing.
        """
        arguments.one_of("kind", kind, get_args(StartState))
        if kind != "target_sectors":
            return all_amplitudes(product_state(kind, self.L, rng))[self.chain.states]
        if target is None:
            raise arguments.InvalidArgumentError("target", "target_sectors needs the target")
        q = arguments.distribution("target", target, (2**self.visible,)).clip(0.0)
        ups = np.bitwise_count(np.arange(q.size))
        per_string = np.bincount(ups, q) / np.bincount(ups)
        weights = per_string[ups][self.outcomes]
        return np.sqrt(weights / weights.sum()).astype(complex)

    def draw_drives(
        self, candidates: int, rng: np.random.Generator
    ) -> Float[np.ndarray, "candidates slices L axes"] | None:
        """Fields of every candidate in every slice along x, or along x and y, in units of J.

        None without a drive.
        """
        if self.drive is None:
            return None
        count = 1 if self.drive.shared else candidates
        shape = (len(self.slices), self.L, len(self.drive.plane))
        drawn = rng.normal(0.0, self.drive.deviation, (count, *shape))
        return np.broadcast_to(drawn, (candidates, *shape))

    def quench(
        self,
        states: Complex[np.ndarray, " D"] | Complex[np.ndarray, "s D"],
        fields: Float[np.ndarray, "n L"],
        drives: Float[np.ndarray, "n slices L axes"] | None = None,
    ) -> Complex[np.ndarray, "n D"]:
        """States after one quench, for each set of fields (Zhong 2022, algorithm 1).

        Args:
            states: the state before, one for all or one for each; if there are fewer, the last
                candidates have the last ones, and all others share the first.
            fields: h_i of each candidate, in units of J.
            drives: d_i of each candidate, slice and axis, in units of J, for a driven machine.

        Raises:
            InvalidArgumentError: if fields or drives are not finite, or their shapes do not fit.
            ValueError: if a driven machine has no drives, or another has.
        """
        if (drives is None) != (self.drive is None):
            raise ValueError("give drives for a driven machine, and for no other")
        fields = arguments.real("fields", fields, (None, self.L))
        diagonals = field_energies(fields, 0.5 * self._spins_per_operator)
        if self.drive is None or drives is None:
            return evolve(self.family, diagonals, states, self.quench_time).states
        shape = (len(fields), len(self.slices), self.L, len(self.drive.plane))
        # Fields across z are counted in spin operators: d sigma^x = 2d S^x.
        across = self._spins_per_operator * arguments.real("drives", drives, shape)
        for index, duration in enumerate(self.slices):
            if self.drive.plane == "xy":
                states = evolve_in_plane(self.chain, diagonals, states, duration, across[:, index])
            else:
                x_fields = across[:, index, :, 0]
                states = evolve(self.family, diagonals, states, duration, x_fields=x_fields).states
        return states

    def distribution(
        self, states: Complex[np.ndarray, "*batch D"]
    ) -> Float[np.ndarray, "*batch outcomes"]:
        """p(z) = Tr[Tr_h(|psi><psi|) |z><z|] for every visible string z (Zhong 2022, eq. 2).

        Bit 0 of a string, its most significant, is the first visible site; 1 is spin up.
        """
        rows = np.ascontiguousarray(states).reshape(-1, self.chain.dimension)
        weights = outcome_weights(rows, self._by_outcome, 2**self.visible)
        return weights.reshape(*states.shape[:-1], 2**self.visible)

    def energy(
        self, states: Complex[np.ndarray, "*batch D"], fields: Float[np.ndarray, " L"]
    ) -> Float[np.ndarray, "*batch"]:
        """<psi|H|psi> for the fields along z given, in units of J."""
        states = arguments.normalised("states", states, (..., self.chain.dimension))
        applied = states * self.chain.diagonal(fields)
        flat = states.reshape(-1, self.chain.dimension)
        applied = applied + (self.chain.H0 @ flat.T).T.reshape(states.shape)
        return np.asarray(np.einsum("...i,...i->...", states.conj(), applied).real)

    def entropy(
        self, states: Complex[np.ndarray, "*batch D"], left: int | None = None
    ) -> Float[np.ndarray, "*batch"]:
        """Von Neumann entropy of the sites 0 to `left` - 1, in nats (Zhong 2022, section V).

        Args:
            states: normalised states.
            left: size of the part, half of all sites (hidden ones included) by default.
        """
        left = self.L // 2 if left is None else arguments.integer("left", left, 0, self.L)
        states = arguments.normalised("states", states, (..., self.chain.dimension))
        ordered = states[..., self._ascending]
        shape = (*states.shape[:-1], 2**left, 2 ** (self.L - left))
        p = np.linalg.svd(ordered.reshape(shape), compute_uv=False) ** 2
        return np.asarray(-(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=-1))

    def flipped(self, state: Complex[np.ndarray, " D"]) -> Complex[np.ndarray, "L D"]:
        """sigma^z_i |psi> for every site i; see `hamming_distance`."""
        return self._sigma_z * state

    def hamming_distance(
        self, state: Complex[np.ndarray, " D"], flipped: Complex[np.ndarray, "L D"]
    ) -> float:
        """Spin flips per site since psi_0 (Zhong 2022, eq. 9).

        1/2 - (1/2L) sum_i Re <psi_0|sigma^z_i(t) sigma^z_i(0)|psi_0>. A state without memory has
        1/2. From |+> with S^z conserved its long-time thermal value is 1/2 - 1/(2L), since the sum
        overlaps with the conserved magnetisation.

        Args:
            state: U(t)|psi_0>.
            flipped: U(t) sigma^z_i |psi_0> for every site.
        """
        correlations = np.einsum("id,d,id->i", self._sigma_z, state.conj(), flipped)
        return float(0.5 - correlations.real.sum() / (2 * self.L))


def born_machine(
    visible: int = 6,
    hidden: int = 2,
    *,
    hidden_sites: HiddenSites = "last",
    quench_time: float = 10.0,
    drive_strength: float = 0.0,
    drive_time: float = 1.0,
    drive_variance: DriveVariance = "2D",
    drive_plane: DrivePlane = "x",
    **couplings: Any,
) -> BornMachine:
    """A machine on any chain of `xxz_chain`.

    The machines of Zhong 2022 are the hidden one, which is the default; the basic one, with
    `hidden=0`; and the randomly driven one, with `hidden=0` and a drive.

    Args:
        visible, hidden: numbers of spins.
        hidden_sites, quench_time: see `BornMachine`.
        drive_strength: D, in units of J; 0 for a machine without a drive.
        drive_time, drive_variance, drive_plane: tau, variance and axes of the drive; see `Drive`.
        couplings: those of `spinlearn.spins.hamiltonians.xxz_chain`: `boundary`, `operators`,
            `J_xy`, `J_zz`, `J2` and `h_x`. J_zz = J2 = h_x = 0 is the
            Anderson-localised machine.

    Raises:
        InvalidArgumentError: if a number is out of its range, or a name is none of the choices.

    >>> born_machine(hidden=0).L, born_machine(J_zz=0.5, h_x=0.1).chain.conserves_sz
    (6, False)
    """
    arguments.integer("visible", visible, 1)
    arguments.integer("hidden", hidden, 0)
    drive = Drive(drive_strength, drive_time, drive_variance, drive_plane)
    return BornMachine(
        xxz_chain(visible + hidden, magnetisation=None, **couplings),
        visible,
        quench_time=quench_time,
        drive=drive if drive_strength else None,
        hidden_sites=hidden_sites,
    )
