# Figures of the stage mbl: P1's appendix B, and the mobility-edge maps.


rule figures_hbm_10:
    input:
        gap_ratios=expand(
            "results/mbl/gap_ratios/{boundary}/L{L}/h{h}/{block}.h5",
            boundary=GAP_RATIOS.boundary,
            L=GAP_RATIOS.L,
            h=hundredths(GAP_RATIOS.h),
            block=blocks(GAP_RATIOS.realisations, GAP_RATIOS.block),
        ),
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
        settings=settings(bins=GAP_RATIOS.bins, dpi=cfg.figures.dpi),
        code=code("figures_hbm_10"),
    message:
        "figure: level statistics (P1 figure 10)"
    script:
        "../workflow_scripts/figures_hbm_10.py"


rule figures_hbm_11:
    input:
        indicators=mbl_blocks("indicators", MBL.L, "test"),
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
        settings=settings(energy_density=cfg.gru.energy_density, dpi=cfg.figures.dpi),
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
            entropy_normalisation=MBL.entropy_normalisation,
            states_per_window=MBL.states_per_window,
            dpi=cfg.figures.dpi,
        ),
        code=code("figures_mbl_maps"),
    message:
        "figure: indicators over disorder and energy density"
    script:
        "../workflow_scripts/figures_mbl_maps.py"
