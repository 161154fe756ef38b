"""Training of five networks at the size of Gresch 2022: 60,000 disorder vectors of 10 or 12 sites.

Times are per epoch (469 updates of 128 vectors), extrapolated from fewer updates; the paper trains
for 15 epochs. Every peer has the same initial weights, data and order of the data.

- `torch.nn.GRU`: one network after the other, of torch's own modules on packed sequences, by
  `torch.optim.Adam`, as in the published code.
- `torch.nn.GRU, fused Adam`: the same with `fused=True`.
"""

from functools import lru_cache, partial

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from spinlearn.gru.data import Realisations, pad
from spinlearn.gru.model import DTYPE, Architecture, GruNetworks, neighbour_pairs
from spinlearn.gru.schemas import INDICATORS
from spinlearn.gru.training import Settings, train
from spinlearn.streams import integer_seed, rng

RUNS, BATCH, UPDATES, RATE = 5, 128, 100, 1e-3
PER_EPOCH = 469
LIMIT = 1e-10
NAMED = {"variant": "multitask", "stage": "features"}


@lru_cache
def data():
    """As many disorder vectors as the updates need, half of them of each length."""
    stream = np.random.default_rng(0)
    count = BATCH * UPDATES // 2
    fields = [stream.uniform(-h, h, (1, L)) for L in (10, 12) for h in stream.uniform(0, 15, count)]
    L = np.repeat([10, 12], count)
    targets = stream.uniform(0, 1, (2 * count, 1, len(INDICATORS)))
    return Realisations(pad(fields), L, np.full(2 * count, 1.0), np.array([0.5]), targets)


def by_spinlearn():
    settings = Settings("paper", 0.5, 2, 10, BATCH, 1, RATE)
    networks = train("multitask", data(), settings, seed=1, runs=range(RUNS)).networks
    weights = [*networks.gru.parameters(), *networks.head.parameters()]
    return [[weight[run].detach() for weight in weights] for run in range(RUNS)]


class Peer(torch.nn.Module):
    """The network of one run, of torch's own modules."""

    def __init__(self, run):
        super().__init__()
        seed = integer_seed(1, "gru", "weights", **NAMED, seed=run)
        start = GruNetworks(1, Architecture(INDICATORS)).initialise([seed])
        self.gru = torch.nn.GRU(2, 2, batch_first=True, dtype=DTYPE)
        own = {f"{name}_l0": value[0] for name, value in start.gru.state_dict().items()}
        self.gru.load_state_dict(own)
        self.hidden = torch.nn.Linear(2, 10, dtype=DTYPE)
        self.output = torch.nn.Linear(10, 3, dtype=DTYPE)
        for mine, theirs in ((self.hidden, start.head.hidden), (self.output, start.head.output)):
            mine.load_state_dict({"weight": theirs.weight[0], "bias": theirs.bias[0]})

    def forward(self, pairs, lengths):
        packed = pack_padded_sequence(pairs, lengths, batch_first=True, enforce_sorted=False)
        return self.output(torch.relu(self.hidden(self.gru(packed)[1][0])))


def by_torch(fused):
    known = data()
    pairs = torch.from_numpy(neighbour_pairs(known.fields, known.L))
    lengths, target = torch.from_numpy(known.L), torch.from_numpy(known.targets[:, 0])
    trained = []
    for run in range(RUNS):
        peer = Peer(run)
        optimiser = torch.optim.Adam(peer.parameters(), lr=RATE, fused=fused)
        order = rng(1, "gru", "order", **NAMED, seed=run, epoch=0).permutation(len(known))
        for index in torch.from_numpy(order).split(BATCH):
            optimiser.zero_grad()
            prediction = peer(pairs[index], lengths[index])
            torch.nn.functional.mse_loss(prediction, target[index]).backward()
            optimiser.step()
        trained.append([weight.detach() for weight in peer.parameters()])
    return trained


PEERS = {
    "spinlearn": by_spinlearn,
    "torch.nn.GRU": partial(by_torch, None),
    "torch.nn.GRU, fused Adam": partial(by_torch, True),
}


@pytest.mark.benchmark(group="gru training: 5 networks, 60,000 vectors, one epoch")
@pytest.mark.parametrize("peer", PEERS)
def test_epoch(measure, peer):
    rival = PEERS["torch.nn.GRU" if peer == "spinlearn" else "spinlearn"]()
    pairs = (zip(*both, strict=True) for both in zip(PEERS[peer](), rival, strict=True))
    error = max(float((a - b).abs().max()) for both in pairs for a, b in both)
    measure(PEERS[peer], error, LIMIT, items=UPDATES / PER_EPOCH)
