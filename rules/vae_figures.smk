# Figures of the stage vae (P4).


rule figures_vae_5:
    input:
        observables=vae_files("observables.csv", VAE_LONG),
    output:
        pdf="results/figures/vae/figure5.pdf",
        png="results/figures/vae/figure5.png",
        csv="results/figures/vae/figure5.csv",
        claims="results/figures/vae/figure5.claims.csv",
    log:
        "results/logs/figures/vae/figure5.log",
    benchmark:
        "results/benchmarks/figures/vae/figure5.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(dpi=cfg.figures.dpi),
        code=code("figures_vae_5"),
    message:
        "figure: correlations along z (P4 figure 5)"
    script:
        "../workflow_scripts/figures_vae_5.py"


rule figures_vae_6:
    input:
        observables=vae_files("observables.csv", VAE_LONG),
    output:
        pdf="results/figures/vae/figure6.pdf",
        png="results/figures/vae/figure6.png",
        csv="results/figures/vae/figure6.csv",
        claims="results/figures/vae/figure6.claims.csv",
    log:
        "results/logs/figures/vae/figure6.log",
    benchmark:
        "results/benchmarks/figures/vae/figure6.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(dpi=cfg.figures.dpi),
        code=code("figures_vae_6"),
    message:
        "figure: correlations along x (P4 figure 6)"
    script:
        "../workflow_scripts/figures_vae_6.py"


rule figures_vae_7:
    input:
        observables=vae_file("observables.csv", VAE_LONG),
    output:
        pdf="results/figures/vae/figure7.pdf",
        png="results/figures/vae/figure7.png",
        csv="results/figures/vae/figure7.csv",
        claims="results/figures/vae/figure7.claims.csv",
    log:
        "results/logs/figures/vae/figure7.log",
    benchmark:
        "results/benchmarks/figures/vae/figure7.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(dpi=cfg.figures.dpi),
        code=code("figures_vae_7"),
    message:
        "figure: magnetisation of every site (P4 figure 7)"
    script:
        "../workflow_scripts/figures_vae_7.py"


rule figures_vae_8:
    input:
        observables=vae_file("observables.csv", VAE_LONG),
    output:
        pdf="results/figures/vae/figure8.pdf",
        png="results/figures/vae/figure8.png",
        csv="results/figures/vae/figure8.csv",
        claims="results/figures/vae/figure8.claims.csv",
    log:
        "results/logs/figures/vae/figure8.log",
    benchmark:
        "results/benchmarks/figures/vae/figure8.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(
            longitudinal_field=cfg.tfi.longitudinal_field, dpi=cfg.figures.dpi
        ),
        code=code("figures_vae_8"),
    message:
        "figure: magnetisations against the field (P4 figure 8)"
    script:
        "../workflow_scripts/figures_vae_8.py"


rule figures_vae_9:
    input:
        susceptibilities=vae_file("susceptibilities.csv", VAE_LONG),
    output:
        pdf="results/figures/vae/figure9.pdf",
        png="results/figures/vae/figure9.png",
        csv="results/figures/vae/figure9.csv",
        claims="results/figures/vae/figure9.claims.csv",
    log:
        "results/logs/figures/vae/figure9.log",
    benchmark:
        "results/benchmarks/figures/vae/figure9.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(dpi=cfg.figures.dpi),
        code=code("figures_vae_9"),
    message:
        "figure: susceptibilities (P4 figure 9)"
    script:
        "../workflow_scripts/figures_vae_9.py"


rule figures_vae_12:
    input:
        entropies=vae_file("entropies.csv", VAE_ENTROPY_N),
    output:
        pdf="results/figures/vae/figure12.pdf",
        png="results/figures/vae/figure12.png",
        csv="results/figures/vae/figure12.csv",
        claims="results/figures/vae/figure12.claims.csv",
    log:
        "results/logs/figures/vae/figure12.log",
    benchmark:
        "results/benchmarks/figures/vae/figure12.tsv"
    conda:
        "../envs/physics.yaml"
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(5),
    params:
        settings=settings(dpi=cfg.figures.dpi),
        code=code("figures_vae_12"),
    message:
        "figure: Renyi entropies (P4 figure 12)"
    script:
        "../workflow_scripts/figures_vae_12.py"


# These compare all outcomes of a short chain, and there may be none.
if VAE_SHORT:

    rule figures_vae_10:
        input:
            mass_function=vae_file("mass_function.h5", VAE_SPECTRUM_N),
        output:
            pdf="results/figures/vae/figure10.pdf",
            png="results/figures/vae/figure10.png",
            csv="results/figures/vae/figure10.csv",
            claims="results/figures/vae/figure10.claims.csv",
        log:
            "results/logs/figures/vae/figure10.log",
        benchmark:
            "results/benchmarks/figures/vae/figure10.tsv"
        conda:
            "../envs/physics.yaml"
        threads: 1
        resources:
            mem_mb=growing(600),
            runtime=growing(5),
        params:
            settings=settings(dpi=cfg.figures.dpi),
            code=code("figures_vae_10"),
        message:
            "figure: mass function of a short chain (P4 figure 10)"
        script:
            "../workflow_scripts/figures_vae_10.py"

    rule figures_vae_11:
        input:
            mass_functions=[vae_files("mass_function.h5", N) for N in VAE_SHORT],
        output:
            pdf="results/figures/vae/figure11.pdf",
            png="results/figures/vae/figure11.png",
            csv="results/figures/vae/figure11.csv",
            claims="results/figures/vae/figure11.claims.csv",
        log:
            "results/logs/figures/vae/figure11.log",
        benchmark:
            "results/benchmarks/figures/vae/figure11.tsv"
        conda:
            "../envs/physics.yaml"
        threads: 1
        resources:
            mem_mb=growing(600),
            runtime=growing(5),
        params:
            settings=settings(
                longitudinal_field=cfg.tfi.longitudinal_field, dpi=cfg.figures.dpi
            ),
            code=code("figures_vae_11"),
        message:
            "figure: fidelity against the field (P4 figure 11)"
        script:
            "../workflow_scripts/figures_vae_11.py"

    rule figures_vae_13:
        input:
            mass_function=vae_file("mass_function.h5", VAE_SPECTRUM_N),
        output:
            pdf="results/figures/vae/figure13.pdf",
            png="results/figures/vae/figure13.png",
            csv="results/figures/vae/figure13.csv",
            claims="results/figures/vae/figure13.claims.csv",
        log:
            "results/logs/figures/vae/figure13.log",
        benchmark:
            "results/benchmarks/figures/vae/figure13.tsv"
        conda:
            "../envs/physics.yaml"
        threads: 1
        resources:
            mem_mb=growing(600),
            runtime=growing(5),
        params:
            settings=settings(dpi=cfg.figures.dpi),
            code=code("figures_vae_13"),
        message:
            "figure: spectra of density matrices (P4 figure 13)"
        script:
            "../workflow_scripts/figures_vae_13.py"
