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
    jobs = list(workflow.dag.needrun_jobs())
    check_output_folders(path for job in jobs for path in job.output)
    write_record("results", cfg, code_records(jobs))


NOUNS = ("mbl", "gru", "tfi", "vae", "hbm", "sqrbm", "figures")


localrules:
    all,
    mbl,
    gru,
    tfi,
    vae,
    hbm,
    sqrbm,
    figures,


# In the order in which data flow; a noun's figures follow its rules, the scorecard closes.
include: "rules/mbl.smk"
include: "rules/mbl_figures.smk"
include: "rules/gru.smk"
include: "rules/gru_figures.smk"
include: "rules/tfi.smk"
include: "rules/vae.smk"
include: "rules/vae_figures.smk"
include: "rules/hbm.smk"
include: "rules/hbm_figures.smk"
include: "rules/sqrbm.smk"
include: "rules/sqrbm_figures.smk"
include: "rules/figures.smk"


rule all:
    default_target: True
    input:
        [getattr(rules, noun).input for noun in NOUNS],
        "results/report.html",
        "results/scorecard.md",
