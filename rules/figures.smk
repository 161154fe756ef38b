# figures: one rule per entry of spinlearn.papers.registry, the scorecard and the report.
FIGURES = drawn_figures(cfg)


# These jobs take seconds. On a cluster they run on the login node, where Snakemake runs.
workflow.localrules("scorecard", "report", *(figure.rule for figure in FIGURES))


rule figures:
    input:
        expand(
            "{figure}.{kind}",
            figure=[f.stem for f in FIGURES],
            kind=["pdf", "png", "csv"],
        ),


for figure in FIGURES:

    rule:
        name:
            figure.rule
        input:
            **figure.inputs(cfg),
        output:
            multiext(figure.stem, pdf=".pdf", csv=".csv", claims=".claims.csv"),
            png=report(
                f"{figure.stem}.png",
                category=PAPERS[figure.paper],
                labels={"figure": figure.name, "shows": figure.title},
            ),
        log:
            f"results/logs/figures/{figure.paper}/{figure.name}.log",
        benchmark:
            f"results/benchmarks/figures/{figure.paper}/{figure.name}.tsv"
        conda:
            f"../envs/{figure.environment}.yaml"
        threads: 1
        resources:
            mem_mb=memory(figure.memory),
            runtime=minutes(figure.minutes),
        params:
            settings=settings(dpi=cfg.figures.dpi, **figure.settings(cfg)),
            code=module_code(figure.module),
        message:
            f"figure: {figure.title} ({figure.paper}, {figure.name})"
        script:
            "../workflow_scripts/figure.py"


rule scorecard:
    input:
        claims=[f"{figure.stem}.claims.csv" for figure in FIGURES],
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
        mem_mb=memory(300),
        runtime=minutes(5),
    params:
        code=code("scorecard"),
    message:
        "scorecard: the papers' claims and what was found"
    script:
        "../workflow_scripts/scorecard.py"


rule report:
    input:
        scorecard="results/scorecard.csv",
        figures=[f"{figure.stem}.png" for figure in FIGURES],
        leaderboard=[f"{f.stem}.csv" for f in FIGURES if f.name == "leaderboard"],
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
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        settings=settings(
            config=cfg.model_dump(), titles=[figure.title for figure in FIGURES]
        ),
        code=code("report"),
    message:
        "report: every figure and verdict on one page"
    script:
        "../workflow_scripts/report.py"
