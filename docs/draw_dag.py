"""Write docs/dag.svg: the rules and what they feed, with a paper's figures as one box.

Run by `make dag`; needs graphviz (`dot`).
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COLORS = {
    "mbl": "#cfe3f3", "gru": "#fde3c8", "tfi": "#d4ecd9", "vae": "#f3d9e8",
    "dataset": "#e8e0f4", "datasets": "#e8e0f4",
    "hbm": "#fbe7a8", "sqrbm": "#d9eef7", "phases": "#e3efc4", "nqs": "#e3dcf3",
    "figures": "#ffffff", "": "#eeeeee",
}  # fmt: skip


def merged(name: str) -> str:
    """The box that a rule is drawn in."""
    figure = re.fullmatch(r"figure_([a-z]+\d*)_\w+", name)
    if figure:
        return f"figures {figure[1]}"
    return re.sub("_(single|small|fields|outcomes)$", "", name)


def color(name: str) -> str:
    """The colour of a box, by its stage."""
    return COLORS.get(re.split(r"[_ ]", name)[0], COLORS[""])


def collapsed(rulegraph: str) -> str:
    """Snakemake's rule graph with figure rules merged, in the language of graphviz."""
    names = dict(re.findall(r"(\d+)\[label = \"(\w+)\"", rulegraph))
    edges = {
        (merged(names[start]), merged(names[end]))
        for start, end in re.findall(r"(\d+) -> (\d+)", rulegraph)
    }
    edges = {(start, end) for start, end in edges if start != end}
    # `all` asks for nearly everything; shown is what would otherwise lead nowhere.
    onward = {start for start, end in edges if end != "all"}
    edges = {(start, end) for start, end in edges if end != "all" or start not in onward}
    boxes = sorted({merged(name) for name in names.values()})
    lines = [
        "digraph {",
        '  graph [rankdir=LR, nodesep=0.16, ranksep=0.45, bgcolor="white"];',
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, '
        'margin="0.12,0.05", color="#5a5a5a", penwidth=0.8];',
        '  edge [color="#8a8a8a", arrowsize=0.6];',
        *(f'  "{box}" [fillcolor="{color(box)}"];' for box in boxes),
        *(f'  "{start}" -> "{end}";' for start, end in sorted(edges)),
        "}",
    ]
    return "\n".join(lines)


def rulegraph() -> str:
    """Snakemake's rule graph of the default configuration, as it stands before any run."""
    command = [sys.executable, "-m", "snakemake", "--rulegraph", "--snakefile", ROOT / "Snakefile"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def main() -> None:
    """Ask Snakemake, merge, draw."""
    if shutil.which("dot") is None:
        sys.exit("dot is missing; install graphviz, e.g. apt-get install graphviz")
    target = ROOT / "docs/dag.svg"
    subprocess.run(
        ["dot", "-Tsvg", "-o", str(target)], input=collapsed(rulegraph()), text=True, check=True
    )


if __name__ == "__main__":
    main()
