"""Rule dataset: make one block of a data set over bit strings, or read the user's own."""

from importlib import import_module

from spinlearn.datasets.strings import Request, save
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Call the function of the data set, whose module is a setting of the rule."""
    values, name = dict(job.settings), job.wildcards["dataset"]
    module = import_module(f"spinlearn.datasets.{values.pop('module')}")
    function = getattr(module, values.pop("function"))
    request = Request(
        n=int(job.wildcards["n"]),
        name=name,
        seed=values.pop("seed", 0),
        runs=block_numbers(job.wildcards["block"], values.pop("block", 1)),
        settings=values,
        files=job.input,
    )
    save(job.output.dataset, function(request), name, job.provenance)


run(main, __file__)
