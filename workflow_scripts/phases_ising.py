"""Rule phases_ising: Ising configurations of one lattice at all temperatures, one block."""

from spinlearn.phases.ising import block_streams, configurations, energies
from spinlearn.phases.schemas import ISING
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Sample the chains of the block and write their configurations."""
    L, block, values = int(job.wildcards["L"]), int(job.wildcards["block"]), job.settings
    sizes = {name: values[name] for name in ("chains", "samples", "sweeps")}
    stream = block_streams(values["seed"], L, block)
    spins = configurations(L, values["temperatures"], stream, **sizes)
    ISING.write(
        job.output.ising,
        {
            "temperature": values["temperatures"],
            "chain": list(block_numbers(block, values["chains"])),
            "up": spins > 0,
            "energy": energies(spins),
        },
        {"L": L, "sweeps": values["sweeps"], **job.provenance},
    )


run(main, __file__)
