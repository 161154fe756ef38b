"""Rule phases_supervised: networks trained far from the transition label all configurations."""

from spinlearn.phases.data import read_ising
from spinlearn.phases.networks import Settings
from spinlearn.phases.schemas import SUPERVISED
from spinlearn.phases.supervised import label_lattices
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Train the networks of every lattice and write what they say."""
    values = dict(job.settings)
    temperatures, lattices = read_ising(job.input.ising)
    found = label_lattices(lattices, temperatures, Settings(**values.pop("networks")), **values)
    about = {name: values[name] for name in ("ordered_below", "disordered_above")}
    _, chains, samples, _ = next(iter(lattices.values())).shape
    about["configurations"] = chains * samples
    arrays = {"temperature": temperatures, **found}
    SUPERVISED.write(job.output.labels, arrays, {**about, **job.provenance})


run(main, __file__)
