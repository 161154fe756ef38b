"""Rule nqs_tomography: one ground state from its measurements, for the runs of one block."""

import pandas as pd

from spinlearn.nqs.reconstructions import Exact, reconstruct
from spinlearn.nqs.schemas import MEASUREMENTS, TOMOGRAPHY
from spinlearn.nqs.tomography import Settings
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.progress import track
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Reconstruct the state by all methods, for each run and number of samples."""
    stored, settings = MEASUREMENTS.read(job.input.measurements), job.settings
    hx = float(stored.attributes["hx"])
    exact = Exact(stored["state"], hx, float(stored.attributes["longitudinal_field"]))
    tables = [
        reconstruct(
            {name: stored[name][place] for name in ("z", "axis", "local", "povm")},
            exact,
            settings["samples"],
            Settings(**settings["training"]),
            seed=settings["seed"],
            hx=hx,
            run=int(number),
        )
        for place, number in enumerate(track(stored["run"], "tomography", unit="run"))
    ]
    TOMOGRAPHY.write(job.output.tomography, pd.concat(tables, ignore_index=True))


run(main, __file__)
