"""All figure rules: make the table, the picture and the verdicts, and write the four files."""

from importlib import import_module

from spinlearn.papers.output import of_noisy_strings, save
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Run the figure's module, whose name is in the paths of the outputs."""
    path = job.output.pdf
    figure = import_module(f"spinlearn.papers.{path.parent.name}.{path.stem}")
    table = figure.table(job.input, job.settings)
    claims, caption = figure.claims(table), figure.CAPTION
    if noise := job.settings.get("noise"):
        claims, caption = of_noisy_strings(claims, caption, noise)
    dpi = job.settings["dpi"]
    save(job.output, figure.draw(table), table, claims, caption=caption, dpi=dpi)


run(main, __file__)
