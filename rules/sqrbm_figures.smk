# Figures of the stage sqrbm (P3).


rule figures_sqrbm_2:
    input:
        fits=sqrbm_fits(),
    output:
        pdf="results/figures/sqrbm/figure2.pdf",
        png="results/figures/sqrbm/figure2.png",
        csv="results/figures/sqrbm/figure2.csv",
        claims="results/figures/sqrbm/figure2.claims.csv",
    log:
        "results/logs/figures/sqrbm/figure2.log",
    benchmark:
        "results/benchmarks/figures/sqrbm/figure2.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(10),
    params:
        settings=settings(tvd_threshold=SQRBM.tvd_threshold, dpi=cfg.figures.dpi),
        code=code("figures_sqrbm_2"),
    message:
        "figure: distance after training against hidden units (P3 figure 2)"
    script:
        "../workflow_scripts/figures_sqrbm_2.py"


rule figures_sqrbm_3:
    input:
        fits=sqrbm_fits(),
    output:
        pdf="results/figures/sqrbm/figure3.pdf",
        png="results/figures/sqrbm/figure3.png",
        csv="results/figures/sqrbm/figure3.csv",
        claims="results/figures/sqrbm/figure3.claims.csv",
    log:
        "results/logs/figures/sqrbm/figure3.log",
    benchmark:
        "results/benchmarks/figures/sqrbm/figure3.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(10),
    params:
        settings=settings(
            seed=cfg.seed, tvd_threshold=SQRBM.tvd_threshold, dpi=cfg.figures.dpi
        ),
        code=code("figures_sqrbm_3"),
    message:
        "figure: fewest hidden units that learn (P3 figure 3)"
    script:
        "../workflow_scripts/figures_sqrbm_3.py"


rule figures_sqrbm_theorem1:
    input:
        fits=sqrbm_crossfits(),
    output:
        pdf="results/figures/sqrbm/theorem1.pdf",
        png="results/figures/sqrbm/theorem1.png",
        csv="results/figures/sqrbm/theorem1.csv",
        claims="results/figures/sqrbm/theorem1.claims.csv",
    log:
        "results/logs/figures/sqrbm/theorem1.log",
    benchmark:
        "results/benchmarks/figures/sqrbm/theorem1.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(dpi=cfg.figures.dpi),
        code=code("figures_sqrbm_theorem1"),
    message:
        "figure: families fitted to one another (beside P3 theorem 1)"
    script:
        "../workflow_scripts/figures_sqrbm_theorem1.py"
