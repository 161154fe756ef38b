# spinlearn: quantum many-body data, and models that learn from it.
#
#   snakemake --cores all            everything, at the sizes in config.yaml
#   snakemake --cores 4 mbl          one stage: mbl gru tfi vae datasets hbm sqrbm phases nqs figures scorecard
#   snakemake -n --configfile presets/paper.yaml        the plan at the papers' own sizes
from snakemake.utils import min_version

min_version("9.0")


include: "rules/common.smk"


onstart:
    if workflow.touch:
        stop(NO_TOUCH)
    # With a limit of starts per second, Snakemake 9.27 weighs all ready jobs once more per second for
    # every job that has ended: after 500 jobs that takes a quarter of a core. We lift its usual limit.
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None
    jobs = workflow.dag.needrun_jobs()
    try:
        write_record(
            Path("results"),
            config_yaml(cfg),
            {code_entry(job) for job in jobs if job.rule.script},
        )
    except SpinlearnError as fault:
        stop(fault)


# In the order in which data flow.
STAGES = (
    "mbl",
    "gru",
    "tfi",
    "vae",
    "datasets",
    "hbm",
    "sqrbm",
    "phases",
    "nqs",
    "figures",
)


for stage in STAGES:

    include: f"rules/{stage}.smk"


workflow.localrules("all", *STAGES)


rule all:
    default_target: True
    input:
        [getattr(rules, stage).input for stage in STAGES],
        "results/report.html",
        "results/scorecard.md",
