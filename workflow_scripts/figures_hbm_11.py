"""Rule figures_hbm_11: half-chain entropy per site against size (P1 figure 11)."""

from spinlearn.figures.mbl import figure11
from spinlearn.figures.output import save
from spinlearn.mbl.claims import entanglement_scaling_claims
from spinlearn.mbl.schemas import INDICATORS
from spinlearn.mbl.tables import entanglement_scaling
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read the indicators, average the entropy, draw it, judge it."""
    files = (INDICATORS.read(path) for path in job.input.indicators)
    energy_density = job.settings["energy_density"]
    table = entanglement_scaling(files, energy_density).assign(energy_density=energy_density)
    save(job, figure11(table), table, entanglement_scaling_claims(table))


run(main, __file__)
