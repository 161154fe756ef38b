# Figures of the stage hbm about training (P1); figures 10 and 11 belong to mbl.

if HBM_IMAGES:

    rule figures_hbm_3:
        input:
            runs=HBM_IMAGES,
        output:
            pdf="results/figures/hbm/figure3.pdf",
            png="results/figures/hbm/figure3.png",
            csv="results/figures/hbm/figure3.csv",
            claims="results/figures/hbm/figure3.claims.csv",
        log:
            "results/logs/figures/hbm/figure3.log",
        benchmark:
            "results/benchmarks/figures/hbm/figure3.tsv"
        conda:
            "../envs/physics.yaml"
        threads: 1
        resources:
            mem_mb=growing(600),
            runtime=growing(5),
        params:
            settings=settings(dpi=cfg.figures.dpi),
            code=code("figures_hbm_3"),
        message:
            "figure: learned images (P1 figure 3)"
        script:
            "../workflow_scripts/figures_hbm_3.py"


if HBM_COMPARISON:

    rule figures_hbm_4:
        input:
            runs=HBM_COMPARISON,
        output:
            pdf="results/figures/hbm/figure4.pdf",
            png="results/figures/hbm/figure4.png",
            csv="results/figures/hbm/figure4.csv",
            claims="results/figures/hbm/figure4.claims.csv",
        log:
            "results/logs/figures/hbm/figure4.log",
        benchmark:
            "results/benchmarks/figures/hbm/figure4.tsv"
        conda:
            "../envs/physics.yaml"
        threads: 1
        resources:
            mem_mb=growing(600),
            runtime=growing(5),
        params:
            settings=settings(dpi=cfg.figures.dpi),
            code=code("figures_hbm_4"),
        message:
            "figure: the three machines compared (P1 figure 4)"
        script:
            "../workflow_scripts/figures_hbm_4.py"


if HBM_DISORDER:

    rule figures_hbm_5:
        input:
            runs=HBM_DISORDER,
        output:
            pdf="results/figures/hbm/figure5.pdf",
            png="results/figures/hbm/figure5.png",
            csv="results/figures/hbm/figure5.csv",
            claims="results/figures/hbm/figure5.claims.csv",
        log:
            "results/logs/figures/hbm/figure5.log",
        benchmark:
            "results/benchmarks/figures/hbm/figure5.tsv"
        conda:
            "../envs/physics.yaml"
        threads: 1
        resources:
            mem_mb=growing(600),
            runtime=growing(5),
        params:
            settings=settings(localised_h=HBM.comparison_h, dpi=cfg.figures.dpi),
            code=code("figures_hbm_5"),
        message:
            "figure: disorder and trainability (P1 figure 5)"
        script:
            "../workflow_scripts/figures_hbm_5.py"


if HBM_PARITY:

    rule figures_hbm_8:
        input:
            runs=HBM_PARITY,
        output:
            pdf="results/figures/hbm/figure8.pdf",
            png="results/figures/hbm/figure8.png",
            csv="results/figures/hbm/figure8.csv",
            claims="results/figures/hbm/figure8.claims.csv",
        log:
            "results/logs/figures/hbm/figure8.log",
        benchmark:
            "results/benchmarks/figures/hbm/figure8.tsv"
        conda:
            "../envs/physics.yaml"
        threads: 1
        resources:
            mem_mb=growing(600),
            runtime=growing(5),
        params:
            settings=settings(
                thermal_h=min(HBM.h), localised_h=HBM.comparison_h, dpi=cfg.figures.dpi
            ),
            code=code("figures_hbm_8"),
        message:
            "figure: fidelity on parity data (P1 figure 8)"
        script:
            "../workflow_scripts/figures_hbm_8.py"
