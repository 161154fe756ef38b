# Figures of the stage gru (P2).


rule figures_gru_3:
    input:
        predictions=gru_files("predictions.h5", "multitask"),
    output:
        pdf="results/figures/gru/figure3.pdf",
        png="results/figures/gru/figure3.png",
        csv="results/figures/gru/figure3.csv",
        claims="results/figures/gru/figure3.claims.csv",
    log:
        "results/logs/figures/gru/figure3.log",
    benchmark:
        "results/benchmarks/figures/gru/figure3.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(energy_density=GRU.energy_density, dpi=cfg.figures.dpi),
        code=code("figures_gru_3"),
    message:
        "figure: indicator statistics of the longest chain (P2 figure 3)"
    script:
        "../workflow_scripts/figures_gru_3.py"


rule figures_gru_4:
    input:
        predictions=gru_files("predictions.h5", "multitask"),
    output:
        pdf="results/figures/gru/figure4.pdf",
        png="results/figures/gru/figure4.png",
        csv="results/figures/gru/figure4.csv",
        claims="results/figures/gru/figure4.claims.csv",
    log:
        "results/logs/figures/gru/figure4.log",
    benchmark:
        "results/benchmarks/figures/gru/figure4.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(
            seed=cfg.seed,
            energy_density=GRU.energy_density,
            dpi=cfg.figures.dpi,
        ),
        code=code("figures_gru_4"),
    message:
        "figure: R^2_norm of each indicator (P2 figure 4)"
    script:
        "../workflow_scripts/figures_gru_4.py"


rule figures_gru_5:
    input:
        transfer=gru_files("predictions.h5", "transfer"),
        scratch=gru_files("predictions.h5", "scratch"),
        multitask=gru_files("predictions.h5", "multitask"),
    output:
        pdf="results/figures/gru/figure5.pdf",
        png="results/figures/gru/figure5.png",
        csv="results/figures/gru/figure5.csv",
        claims="results/figures/gru/figure5.claims.csv",
    log:
        "results/logs/figures/gru/figure5.log",
    benchmark:
        "results/benchmarks/figures/gru/figure5.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(
            seed=cfg.seed,
            energy_density=GRU.energy_density,
            dpi=cfg.figures.dpi,
        ),
        code=code("figures_gru_5"),
    message:
        "figure: transfer learning of the spin fraction (P2 figure 5)"
    script:
        "../workflow_scripts/figures_gru_5.py"


rule figures_gru_6:
    input:
        predictions=gru_files("predictions.h5", "energy"),
        model=gru_files("model.pt", "energy"),
    output:
        pdf="results/figures/gru/figure6.pdf",
        png="results/figures/gru/figure6.png",
        csv="results/figures/gru/figure6.csv",
        claims="results/figures/gru/figure6.claims.csv",
    log:
        "results/logs/figures/gru/figure6.log",
    benchmark:
        "results/benchmarks/figures/gru/figure6.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=growing(1200),
        runtime=growing(5),
    params:
        settings=settings(seed=cfg.seed, dpi=cfg.figures.dpi),
        code=code("figures_gru_6"),
    message:
        "figure: phase diagram of the spin fraction (P2 figure 6)"
    script:
        "../workflow_scripts/figures_gru_6.py"


rule figures_gru_8:
    input:
        predictions=gru_files("predictions.h5", "multitask"),
        model=gru_files("model.pt", "multitask"),
    output:
        pdf="results/figures/gru/figure8.pdf",
        png="results/figures/gru/figure8.png",
        csv="results/figures/gru/figure8.csv",
        claims="results/figures/gru/figure8.claims.csv",
    log:
        "results/logs/figures/gru/figure8.log",
    benchmark:
        "results/benchmarks/figures/gru/figure8.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=growing(1200),
        runtime=growing(5),
    params:
        settings=settings(seed=cfg.seed, dpi=cfg.figures.dpi),
        code=code("figures_gru_8"),
    message:
        "figure: features of the recurrent cell (P2 figure 8)"
    script:
        "../workflow_scripts/figures_gru_8.py"
