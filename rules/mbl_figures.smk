# Figures of the stage mbl: P1's appendix B, and the mobility-edge maps.


rule figures_hbm_10:
    input:
        windows=mbl_level_statistics_windows(),
    output:
        pdf="results/figures/hbm/figure10.pdf",
        png="results/figures/hbm/figure10.png",
        csv="results/figures/hbm/figure10.csv",
        claims="results/figures/hbm/figure10.claims.csv",
    log:
        "results/logs/figures/hbm/figure10.log",
    benchmark:
        "results/benchmarks/figures/hbm/figure10.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(bins=LEVELS.bins, dpi=cfg.figures.dpi),
        code=code("figures_hbm_10"),
    message:
        "figure: level statistics (P1 figure 10)"
    script:
        "../workflow_scripts/figures_hbm_10.py"


rule figures_hbm_11:
    input:
        windows=mbl_transition_windows(TRANSITION_MIDDLE),
    output:
        pdf="results/figures/hbm/figure11.pdf",
        png="results/figures/hbm/figure11.png",
        csv="results/figures/hbm/figure11.csv",
        claims="results/figures/hbm/figure11.claims.csv",
    log:
        "results/logs/figures/hbm/figure11.log",
    benchmark:
        "results/benchmarks/figures/hbm/figure11.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(
            shown={
                "energy_density": TRANSITION_MIDDLE,
                "boundary": TRANSITION.boundary,
            },
            dpi=cfg.figures.dpi,
        ),
        code=code("figures_hbm_11"),
    message:
        "figure: entanglement scaling (P1 figure 11)"
    script:
        "../workflow_scripts/figures_hbm_11.py"


rule figures_mbl_maps:
    input:
        indicators=mbl_blocks("indicators", MBL.L, "test"),
    output:
        pdf="results/figures/mbl/indicator_maps.pdf",
        png="results/figures/mbl/indicator_maps.png",
        csv="results/figures/mbl/indicator_maps.csv",
        claims="results/figures/mbl/indicator_maps.claims.csv",
    log:
        "results/logs/figures/mbl/indicator_maps.log",
    benchmark:
        "results/benchmarks/figures/mbl/indicator_maps.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(
            seed=cfg.seed,
            resamples=MBL.edge_resamples,
            entropy_normalisation=MBL.entropy_normalisation,
            states_per_window=MBL.states_per_window,
            dpi=cfg.figures.dpi,
        ),
        code=code("figures_mbl_maps"),
    message:
        "figure: indicators over disorder and energy density"
    script:
        "../workflow_scripts/figures_mbl_maps.py"


rule figures_mbl_transition:
    input:
        windows=mbl_transition_windows(TRANSITION_MIDDLE),
    output:
        pdf="results/figures/mbl/transition.pdf",
        png="results/figures/mbl/transition.png",
        csv="results/figures/mbl/transition.csv",
        claims="results/figures/mbl/transition.claims.csv",
    log:
        "results/logs/figures/mbl/transition.log",
    benchmark:
        "results/benchmarks/figures/mbl/transition.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(10),
    params:
        settings=settings(
            seed=cfg.seed,
            resamples=TRANSITION.resamples,
            energy_density=TRANSITION_MIDDLE,
            dpi=cfg.figures.dpi,
        ),
        code=code("figures_mbl_transition"),
    message:
        "figure: crossings and finite-size scaling of the gap ratio"
    script:
        "../workflow_scripts/figures_mbl_transition.py"
