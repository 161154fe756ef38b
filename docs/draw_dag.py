"""Write docs/dag.svg: the rules and what they feed, with a paper's figures as one box.

Run by `make dag`; needs graphviz (`dot`).
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COLORS = {
    "mbl": "#cfe3f3", "gru": "#fde3c8", "tfi": "#d4ecd9", "vae": "#f3d9e8",
    "hbm": "#fbe7a8", "sqrbm": "#d9eef7", "figures": "#ffffff", "": "#eeeeee",
}  # fmt: skip
TITLES = {"hbm": "P1", "gru": "P2", "sqrbm": "P3", "vae": "P4", "mbl": "maps"}


def merged(name: str) -> str:
    """The box that a rule is drawn in."""
    figure = re.fullmatch(r"figures_([a-z]+)_\w+", name)
    if figure:
        return f"figures {TITLES[figure[1]]}"
    return name.removesuffix("_autoregressive").removesuffix("_more")


def color(name: str) -> str:
    """The colour of a box, by its noun."""
    return COLORS.get(re.split(r"[_ ]", name)[0], COLORS[""])


def collapsed(rulegraph: str) -> str:
    """Snakemake's rule graph with figure rules merged, in the language of graphviz."""
    names = dict(re.findall(r"(\d+)\[label = \"(\w+)\"", rulegraph))
    edges = {
        (merged(names[start]), merged(names[end]))
        for start, end in re.findall(r"(\d+) -> (\d+)", rulegraph)
    }
    boxes = sorted({merged(name) for name in names.values()})
    lines = [
        "digraph {",
        '  graph [rankdir=LR, nodesep=0.16, ranksep=0.45, bgcolor="white"];',
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, '
        'margin="0.12,0.05", color="#5a5a5a", penwidth=0.8];',
        '  edge [color="#8a8a8a", arrowsize=0.6];',
        *(f'  "{box}" [fillcolor="{color(box)}"];' for box in boxes),
        *(f'  "{start}" -> "{end}";' for start, end in sorted(edges) if start != end),
        "}",
    ]
    return "\n".join(lines)


def main() -> None:
    """Ask Snakemake, merge, draw."""
    if shutil.which("dot") is None:
        sys.exit("dot is missing; install graphviz, e.g. apt-get install graphviz")
    command = [sys.executable, "-m", "snakemake", "--rulegraph"]
    graph = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    target = ROOT / "docs/dag.svg"
    subprocess.run(
        ["dot", "-Tsvg", "-o", str(target)], input=collapsed(graph), text=True, check=True
    )


if __name__ == "__main__":
    main()
