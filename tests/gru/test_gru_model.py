"""The stacked recurrent networks, against torch's own modules and exact symmetries."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spinlearn.gru.cells import StackedGRU, StackedLSTM
from spinlearn.gru.model import (
    DTYPE,
    Architecture,
    GruNetworks,
    features,
    indicators,
    neighbour_pairs,
)
from spinlearn.gru.schemas import INDICATORS


def networks(count=3, seed=0, **shape):
    """Networks with weights large enough to leave the linear range."""
    made = GruNetworks(count, Architecture(INDICATORS, **shape))
    return made.initialise(range(seed, seed + count))


def torch_reference(stack: GruNetworks, number: int):
    """One network of a stack, rebuilt from torch's own GRU and Linear modules."""
    gru = torch.nn.GRU(2, stack.gru.features, batch_first=True, dtype=DTYPE)
    layers = []
    for linear in (stack.head.hidden, stack.head.output):
        outputs, inputs = linear.weight.shape[1:]
        layer = torch.nn.Linear(inputs, outputs, dtype=DTYPE)
        layer.load_state_dict({"weight": linear.weight[number], "bias": linear.bias[number]})
        layers.append(layer)
    gru.load_state_dict(
        {
            f"{name}_l0": getattr(stack.gru, name)[number]
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        }
    )
    return gru, torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1])


def disorder(rng, lengths, width=None):
    """Padded disorder vectors of the given lengths."""
    width = width or max(lengths)
    fields = np.full((len(lengths), width), np.nan)
    for row, length in enumerate(lengths):
        fields[row, :length] = rng.uniform(-8, 8, length)
    return fields, np.array(lengths)


# --- size and shape ---------------------------------------------------------------------------


def test_parameter_counts_are_those_of_the_paper():
    """Figure 7: GRU 3(2*2 + 2*2 + 2 + 2) = 36, head 10*3 + 3*11 = 63; the energy adds 10."""
    for expected, options in ((99, {}), (109, {"energy_offset": 0.0})):
        single = networks(count=1, **options)
        assert sum(parameter.numel() for parameter in single.parameters()) == expected


# --- pairs round the ring ---------------------------------------------------------------------


def test_pairs_wrap_round_the_ring():
    pairs = neighbour_pairs(np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([4]))
    assert pairs.tolist() == [[[1, 2], [2, 3], [3, 4], [4, 1]]]


def test_pairs_of_two_sites_and_of_one():
    assert neighbour_pairs(np.array([5.0, 7.0]), np.array(2)).tolist() == [[5, 7], [7, 5]]
    assert neighbour_pairs(np.array([5.0]), np.array(1)).tolist() == [[5, 5]]


@given(
    st.lists(st.floats(-20, 20), min_size=2, max_size=9),
    st.integers(0, 8),
    st.integers(0, 4),
)
@settings(max_examples=60)
def test_rotating_a_ring_rotates_its_pairs(ring, shift, padding):
    """Translation of the ring permutes the pairs cyclically, for any values of the padding."""
    length = len(ring)

    def pairs(values):
        row = np.concatenate([values, np.full(padding, np.nan)])
        return neighbour_pairs(row, np.array(length))

    first, second = pairs(ring), pairs(np.roll(ring, shift))
    assert np.array_equal(np.roll(first[:length], shift, axis=0), second[:length])
    assert not first[length:].any()


@pytest.mark.parametrize("length", [0, 5])
def test_ring_lengths_outside_the_array_are_refused(length):
    with pytest.raises(ValueError, match=f"lengths: holds {length} at index 0; allowed are 1 to 4"):
        neighbour_pairs(np.zeros((1, 4)), np.array([length]))


def test_a_rotated_ring_gives_another_output():
    """The network is not translation invariant (neither is the half-chain entropy)."""
    rng = np.random.default_rng(0)
    stack = networks()
    fields, lengths = disorder(rng, [8])
    outputs = [
        indicators(stack, features(stack, np.roll(fields, k, axis=1), lengths)) for k in (0, 3)
    ]
    assert (np.abs(outputs[0] - outputs[1]).max(axis=(1, 2)) > 1e-3).all()


# --- equality with torch ----------------------------------------------------------------------


def test_equals_torch_modules_on_packed_sequences():
    """Independent route: nn.GRU on packed sequences, then nn.Linear; 1e-13 is rounding only."""
    rng = np.random.default_rng(1)
    stack = networks(count=4, features=3, head=7)
    fields, lengths = disorder(rng, [8, 12, 10, 4, 12, 6])
    ours = indicators(stack, features(stack, fields, lengths))
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        torch.from_numpy(neighbour_pairs(fields, lengths)),
        torch.from_numpy(lengths),
        batch_first=True,
        enforce_sorted=False,
    )
    with torch.no_grad():
        for number in range(4):
            gru, head = torch_reference(stack, number)
            theirs = head(gru(packed)[1][0]).numpy()
            assert np.abs(ours[number] - theirs).max() < 1e-13


def test_gradients_equal_torch_modules():
    """The gradient of a summed loss over the stack is each network's own, as autograd of nn.GRU."""
    rng = np.random.default_rng(2)
    stack = networks(count=3)
    fields, lengths = disorder(rng, [6, 4, 6, 4])
    pairs = torch.from_numpy(neighbour_pairs(fields, lengths))
    sites = torch.from_numpy(lengths)
    output = stack(pairs.expand(3, -1, -1, -1), sites.expand(3, -1))
    output.square().sum().backward()
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        pairs, sites, batch_first=True, enforce_sorted=False
    )
    for number in range(3):
        gru, head = torch_reference(stack, number)
        head(gru(packed)[1][0]).square().sum().backward()
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            ours = getattr(stack.gru, name).grad[number]
            theirs = getattr(gru, f"{name}_l0").grad
            assert torch.allclose(ours, theirs, rtol=1e-10, atol=1e-12)
        assert torch.allclose(
            stack.head.hidden.weight.grad[number], head[0].weight.grad, rtol=1e-10, atol=1e-12
        )


@pytest.mark.parametrize("had", [None, 1.0])
def test_compiled_gradients_equal_autograd(had):
    """Each network has its own batch; what a parameter's gradient had stays. 1e-13 is rounding."""
    rng = np.random.default_rng(13)
    stack = networks(count=3, features=3, sites=3)
    fields, lengths = disorder(rng, [6, 4, 10, 4, 8, 6, 12])
    pairs = torch.from_numpy(neighbour_pairs(fields, lengths, 3))
    steps, target = torch.from_numpy(lengths), torch.from_numpy(rng.normal(size=(7, 3)))
    index = torch.from_numpy(rng.integers(7, size=(3, 5)))
    errors = (stack(pairs[index], steps[index]) - target[index]).square().sum(dim=(1, 2)) / 15
    theirs = torch.autograd.grad(errors.sum(), list(stack.parameters()))
    for parameter in stack.parameters():
        parameter.grad = None if had is None else torch.full_like(parameter, had)
    ours = stack.add_gradients(pairs, steps, target, index, 1 / 15)
    assert torch.allclose(ours, errors, rtol=1e-13, atol=0)
    for parameter, gradient in zip(stack.parameters(), theirs, strict=True):
        assert torch.allclose(parameter.grad, (had or 0.0) + gradient, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("shape", [{"cell": "lstm"}, {"energy_offset": 0.5}])
def test_compiled_gradients_of_other_networks_are_refused(shape):
    pairs, target = torch.zeros(1, 2, 2, dtype=DTYPE), torch.zeros(1, 3, dtype=DTYPE)
    with pytest.raises(ValueError, match="for GRUs without energy"):
        networks(1, **shape).add_gradients(
            pairs, torch.tensor([2]), target, torch.tensor([[0]]), 1.0
        )


@pytest.mark.parametrize("cell", [StackedGRU, StackedLSTM])
def test_gradients_equal_finite_differences(cell):
    gru = cell(2, 2, 2)
    generator = torch.Generator().manual_seed(4)
    for parameter in gru.parameters():
        parameter.data.uniform_(-0.7, 0.7, generator=generator)
    inputs = torch.randn(2, 3, 4, 2, dtype=DTYPE, generator=generator)
    lengths = torch.tensor([[4, 2, 3], [1, 4, 4]])
    named = dict(gru.named_parameters())

    def run(*values):
        return torch.func.functional_call(
            gru, dict(zip(named, values, strict=True)), (inputs, lengths)
        )

    assert torch.autograd.gradcheck(run, tuple(named.values()))


@pytest.mark.parametrize("sites", [1, 2, 3])
def test_lstm_and_its_gradients_equal_torch(sites):
    """Independent route: nn.LSTM on packed sequences; 1e-12 is rounding only."""
    rng = np.random.default_rng(3)
    fields, lengths = disorder(rng, [6, 4, 10, 4])
    stack = networks(count=3, cell="lstm", sites=sites)
    pairs = torch.from_numpy(neighbour_pairs(fields, lengths, sites))
    steps = torch.from_numpy(lengths)
    states = stack.gru(pairs.expand(3, -1, -1, -1), steps.expand(3, -1))
    states.square().sum().backward()
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        pairs, steps, batch_first=True, enforce_sorted=False
    )
    for number in range(3):
        lstm = torch.nn.LSTM(sites, 2, batch_first=True, dtype=DTYPE)
        own = {f"{name}_l0": value[number] for name, value in stack.gru.state_dict().items()}
        lstm.load_state_dict(own)
        last = lstm(packed)[1][0][0]
        assert torch.allclose(states[number], last, rtol=0, atol=1e-12)
        last.square().sum().backward()
        for name, parameter in stack.gru.named_parameters():
            theirs = getattr(lstm, f"{name}_l0").grad
            assert torch.allclose(parameter.grad[number], theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_training_stays_on_the_device_of_the_networks(cell):
    """On torch's device without storage: a tensor that was left on the CPU is an error there."""
    stack = networks(count=2, cell=cell, energy_offset=0.0).to("meta")
    pairs, lengths = torch.zeros(2, 5, 8, 2, dtype=DTYPE), torch.full((2, 5), 8)
    states = stack.gru(pairs.to("meta"), lengths.to("meta"))
    outputs = stack.at_energies(states, torch.zeros(3, dtype=DTYPE, device="meta"))
    outputs.sum().backward()
    assert outputs.shape == (2, 5, 3, len(INDICATORS))
    assert all(parameter.grad.device.type == "meta" for parameter in stack.parameters())


def test_compiled_kernels_equal_torch_step_by_step(monkeypatch):
    """Outputs and gradients of the route that other devices than CPUs take; 1e-13 is rounding."""
    rng = np.random.default_rng(12)
    stack = networks(count=3, features=3, sites=3)
    fields, lengths = disorder(rng, [6, 4, 10, 4])
    pairs = torch.from_numpy(neighbour_pairs(fields, lengths, 3)).expand(3, -1, -1, -1)
    steps = torch.from_numpy(lengths).expand(3, -1)

    def passed():
        outputs = stack(pairs, steps)
        gradient = torch.autograd.grad(outputs.square().sum(), list(stack.parameters()))
        return [outputs.detach(), *gradient]

    compiled = passed()
    monkeypatch.setattr(torch.Tensor, "device", SimpleNamespace(type="other"))
    for ours, theirs in zip(compiled, passed(), strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-13)


# --- padding, independence of networks --------------------------------------------------------


def test_padding_changes_no_bit():
    """Rings of 8 in a batch padded to 12 give exactly what they give unpadded.

    The batch keeps its size, so that each number has the same position in the vector registers of
    the processor; otherwise rounding may differ (next test).
    """
    rng = np.random.default_rng(5)
    stack = networks()
    fields, lengths = disorder(rng, [8, 12, 8, 12])
    mixed = features(stack, fields, lengths)
    unpadded = features(stack, fields[:, :8], np.full(4, 8))
    assert np.array_equal(mixed[:, ::2], unpadded[:, ::2])
    assert not np.array_equal(mixed[:, 1::2], unpadded[:, 1::2])


@given(st.lists(st.sampled_from([2, 4, 6, 8]), min_size=1, max_size=6), st.integers(0, 3))
@settings(max_examples=25)
def test_any_mixture_of_lengths_equals_one_by_one(lengths, extra):
    rng = np.random.default_rng(6)
    stack = networks(count=2)
    fields, sites = disorder(rng, lengths, max(lengths) + extra)
    together = features(stack, fields, sites)
    for row, length in enumerate(lengths):
        alone = features(stack, fields[row : row + 1, :length], sites[row : row + 1])
        assert np.abs(together[:, row] - alone[:, 0]).max() < 1e-14


def test_a_network_does_not_depend_on_the_others():
    """Weights and outputs of network k are those of a stack with this network only."""
    rng = np.random.default_rng(7)
    fields, lengths = disorder(rng, [8, 10, 6])
    stack = networks(count=4, seed=10)
    outputs = indicators(stack, features(stack, fields, lengths))
    for k in range(4):
        alone = networks(count=1, seed=10 + k)
        output = indicators(alone, features(alone, fields, lengths))
        assert np.abs(outputs[k] - output[0]).max() < 1e-14


def test_evaluation_in_pieces_changes_nothing(monkeypatch):
    rng = np.random.default_rng(8)
    fields, lengths = disorder(rng, [8, 10, 6, 4, 8])
    stack = networks(energy_offset=0.5)
    energies = np.linspace(0.1, 0.9, 5)
    whole = indicators(stack, features(stack, fields, lengths), energies)
    monkeypatch.setattr("spinlearn.gru.model.AT_ONCE", 2)
    pieces = indicators(stack, features(stack, fields, lengths), energies)
    assert np.abs(whole - pieces).max() < 1e-14


# --- energy density ---------------------------------------------------------------------------


def test_energy_offset_shifts_the_energy_axis():
    """A network with offset 0.5 at eps + 0.5 equals one without offset, same weights, at eps."""
    rng = np.random.default_rng(9)
    fields, lengths = disorder(rng, [8, 8])
    plain, shifted = networks(energy_offset=0.0), networks(energy_offset=0.5)
    states = features(plain, fields, lengths)
    energies = np.array([0.1, 0.3])
    assert np.abs(indicators(plain, states, energies)[..., 0]).max() > 0
    assert np.allclose(
        indicators(plain, states, energies), indicators(shifted, states, energies + 0.5), atol=1e-14
    )


def test_networks_that_see_the_energy_need_it():
    stack = networks(energy_offset=0.0)
    with pytest.raises(ValueError, match="energy density"):
        indicators(stack, np.zeros((3, 2, 2)))


# --- initial weights and fresh heads ----------------------------------------------------------


def test_initial_weights_are_within_torch_bounds_and_differ():
    """Uniform in +-1/sqrt(fan): with 400 networks the extremes come within 2 % of the bound."""
    stack = networks(count=400)
    for parameter, bound in (
        (stack.gru.weight_ih, 2**-0.5),
        (stack.gru.bias_hh, 2**-0.5),
        (stack.head.hidden.weight, 2**-0.5),
        (stack.head.output.weight, 10**-0.5),
        (stack.head.output.bias, 10**-0.5),
    ):
        largest = float(parameter.detach().abs().max())
        assert 0.98 * bound < largest <= bound
    assert torch.unique(stack.gru.weight_ih).numel() == stack.gru.weight_ih.numel()


def test_as_many_seeds_as_networks():
    with pytest.raises(ValueError, match="as many seeds"):
        GruNetworks(2, Architecture(INDICATORS)).initialise([1])


def test_fresh_head_keeps_and_freezes_the_features():
    stack = networks()
    fresh = stack.with_fresh_head(Architecture(("spin_fraction",), 2, 5), [7, 8, 9])
    for name, value in stack.gru.state_dict().items():
        assert torch.equal(value, fresh.gru.state_dict()[name])
    assert not any(parameter.requires_grad for parameter in fresh.gru.parameters())
    assert all(parameter.requires_grad for parameter in fresh.head.parameters())
    assert fresh.head.output.weight.shape == (3, 1, 5)
    with torch.no_grad():
        fresh.gru.weight_ih += 1.0
    assert not torch.equal(stack.gru.weight_ih, fresh.gru.weight_ih)


# --- heads, parts of a stack ------------------------------------------------------------------


def test_tuples_of_neighbours_go_round_the_ring():
    fields = np.array([1.0, 2.0, 3.0, np.nan])
    assert neighbour_pairs(fields, np.array(3), 1).tolist() == [[1], [2], [3], [0]]
    triples = neighbour_pairs(fields, np.array(3), 3)
    assert triples.tolist() == [[1, 2, 3], [2, 3, 1], [3, 1, 2], [0, 0, 0]]


def test_a_grid_of_energies_equals_one_by_one():
    """`at_energies` and `indicators` agree, with the energy as an input and with own heads."""
    rng = np.random.default_rng(11)
    fields, lengths = disorder(rng, [8, 6, 8])
    grid = np.array([0.2, 0.5, 0.7])
    for shape in ({"energy_offset": 0.5}, {"energies": tuple(grid.tolist())}):
        stack = networks(**shape)
        states = features(stack, fields, lengths)
        with torch.no_grad():
            whole = stack.at_energies(torch.from_numpy(states), torch.from_numpy(grid)).numpy()
        for column, energy in enumerate(grid):
            alone = indicators(stack, states, np.full(3, energy))
            assert np.allclose(whole[:, :, column], alone, rtol=0, atol=1e-14)
        assert np.ptp(whole, axis=2).max() > 1e-3


def test_parts_of_a_stack_join_to_the_whole():
    stack = networks(count=4, energies=(0.2, 0.8))
    parts = [stack.select([0]), stack.select([1, 3]), stack.select([2])]
    joined = GruNetworks.join(parts).select([0, 1, 3, 2])
    for name, value in stack.state_dict().items():
        assert torch.equal(value, joined.state_dict()[name]), name
