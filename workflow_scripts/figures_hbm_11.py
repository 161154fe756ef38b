"""Rule figures_hbm_11: half-chain entropy against size, area and volume law (P1 figure 11)."""

from spinlearn.figures.mbl_scaling import entanglement_figure
from spinlearn.figures.output import save
from spinlearn.mbl.claims import entanglement_scaling_claims
from spinlearn.mbl.scaling import entanglement_laws, mean_curves
from spinlearn.mbl.schemas import WINDOWS
from spinlearn.mbl.tables import certified_share, window_values
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read the windows, average the entropy, fit both laws, draw, judge."""
    names = ("fields", "entanglement_entropy", "certified")
    files = [WINDOWS.read(path, *names) for path in job.input.windows]
    curves = mean_curves(window_values(files, "entanglement_entropy"))
    laws = entanglement_laws(curves)
    curves = curves.assign(**job.settings["shown"], certified=certified_share(files))
    table = curves.merge(laws, on="h", how="left")
    save(
        job,
        entanglement_figure(table, laws),
        table,
        entanglement_scaling_claims(table),
    )


run(main, __file__)
