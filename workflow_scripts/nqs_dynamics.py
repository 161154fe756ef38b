"""Rule nqs_dynamics: quenches of the Ising and the Heisenberg ring of one length."""

import pandas as pd

from spinlearn.nqs.schemas import DYNAMICS
from spinlearn.nqs.systems import Ring
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Follow both quenches; write them as one table."""
    # not at the top: a missing NetKet is then an error of the job, without a traceback
    from spinlearn.nqs.dynamics import Settings, quench

    N, given = int(job.wildcards["N"]), job.settings
    settings = Settings(**given["evolution"])
    rings = {
        "tfi": [Ring("tfi", N, h=h) for h in given["h"]],
        "heisenberg": [Ring("heisenberg", N, J_z=J_z) for J_z in given["J_z"]],
    }
    values = {"tfi": given["h"], "heisenberg": given["J_z"]}
    tables = [
        quench(before, after, settings, seed=given["seed"]).assign(
            quench=name,
            N=N,
            alpha=settings.alpha,
            before=values[name][0],
            after=values[name][1],
        )
        for name, (before, after) in rings.items()
    ]
    DYNAMICS.write(job.output.dynamics, pd.concat(tables, ignore_index=True))


run(main, __file__)
