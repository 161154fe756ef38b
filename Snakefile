# spinlearn: quantum many-body data, and four families of models that learn from it.
#
#   snakemake --cores all            everything at the size that config.yaml states
#   snakemake --cores 4 mbl          one stage: mbl gru tfi vae hbm sqrbm figures scorecard
#   snakemake -n --configfile presets/paper.yaml        the plan at the papers' own sizes
from snakemake.utils import min_version

min_version("9.0")


configfile: f"{workflow.basedir}/config.yaml"


include: "rules/common.smk"


check_results_folder("results", write=False)


onstart:
    check_results_folder("results")


localrules:
    all,
    mbl,
    gru,
    tfi,
    vae,
    hbm,
    sqrbm,
    figures,


rule all:
    default_target: True
    input:
        "results/report.html",
        "results/scorecard.md",


include: "rules/mbl.smk"


import os as _os

for _noun in ["mbl", "gru", "tfi", "vae", "hbm", "sqrbm", "figures"]:
    for _file in (_noun, f"{_noun}_figures"):
        if _file != "mbl" and _os.path.exists(f"{workflow.basedir}/rules/{_file}.smk"):

            include: f"rules/{_file}.smk"
