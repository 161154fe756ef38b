"""Rule sqrbm_long: train one machine from samples on strings too long for sums over all of them."""

from spinlearn.datasets.strings import load
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.sqrbm.long_strings import Annealing, divided, learn, save
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.sampling import PersistentSettings
from spinlearn.sqrbm.training import Settings
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Train and test the runs of the block, and write them."""
    values, dataset = job.settings, job.wildcards["dataset"]
    machine = Machine(int(job.wildcards["n"]), int(job.wildcards["m"]), job.wildcards["paulis"])
    (path,) = job.input.dataset
    strings = load(path)
    data = divided(strings, values["seed"], dataset)
    training = Settings(**values["training"], schedule="decaying")
    result = learn(
        machine,
        data,
        PersistentSettings(training, **values["persistent"]),
        Annealing(**values["annealing"]),
        seed=values["seed"],
        runs=block_numbers(job.wildcards["block"], values["block"]),
        dataset=dataset,
    )
    about = {"dataset": dataset, "source": strings.source, **job.provenance}
    save(job.output.fit, result, data, about)


run(main, __file__)
