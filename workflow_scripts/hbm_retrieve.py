"""Rule hbm_retrieve: corrupted patterns, retrieved by every run of a machine at one strength."""

from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.results import load
from spinlearn.hbm.retrieval import CORRUPTIONS, ENCODINGS, retrieve_all
from spinlearn.hbm.schemas import RETRIEVALS
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Read the runs on each data set, corrupt and retrieve the patterns, write them."""
    values = job.settings
    machine = born_machine(**values["machine"], **values["chain"])
    runs = load(job.input.runs)
    learned = {contents.attributes["dataset"]: contents for contents in runs}
    about = next(iter(learned.values())).attributes
    shared = {name: about[name] for name in RETRIEVALS.attributes if name in about}
    names = {"learned": list(learned), "patterns": values["patterns"]}
    RETRIEVALS.write(
        job.output.retrievals,
        retrieve_all(machine, learned, values["patterns"], values["seed"]),
        {
            **shared,
            **names,
            "quenches": int(job.wildcards["quenches"]),
            "corruptions": CORRUPTIONS,
            "encodings": ENCODINGS,
            **job.provenance,
        },
    )


run(main, __file__)
