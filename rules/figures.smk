# figures: what every figure rule feeds, the scorecard and the report.
FIGURES = [
    path.removesuffix(".png")
    for figure_rule in workflow.rules
    if figure_rule.name.startswith("figures_")
    for path in figure_rule.output
    if path.endswith(".png")
]


# Seconds each: on a cluster they run where Snakemake does.
workflow.localrules(
    "scorecard",
    "report",
    *(rule.name for rule in workflow.rules if rule.name.startswith("figures_")),
)


rule figures:
    input:
        expand("{figure}.{kind}", figure=FIGURES, kind=["pdf", "png", "csv"]),


rule scorecard:
    input:
        claims=expand("{figure}.claims.csv", figure=FIGURES),
    output:
        csv="results/scorecard.csv",
        md="results/scorecard.md",
    log:
        "results/logs/scorecard.log",
    benchmark:
        "results/benchmarks/scorecard.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(300),
        runtime=growing(5),
    params:
        code=code("scorecard"),
    message:
        "scorecard: the papers' claims and what was found"
    script:
        "../workflow_scripts/scorecard.py"


rule report:
    input:
        scorecard="results/scorecard.csv",
        figures=expand("{figure}.png", figure=FIGURES),
    output:
        html="results/report.html",
    log:
        "results/logs/report.log",
    benchmark:
        "results/benchmarks/report.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        settings=settings(config=cfg),
        code=code("report"),
    message:
        "report: every figure and verdict on one page"
    script:
        "../workflow_scripts/report.py"
