# vae: conditional variational autoencoders of POVM outcomes (Luchnikov 2019).


wildcard_constraints:
    model=one_of(cfg.vae.models),


rule vae:
    input:
        datasets_files.leaderboard(cfg.datasets, "vae"),
        [
            vae_files.all_files(cfg.vae, name)
            for name in ("model.pt", "history.csv", "divergence.csv")
        ],
        vae_files.observable_files(cfg.vae),
        vae_files.susceptibility_files(cfg.vae),
        vae_files.entropy_files(cfg.vae),
        vae_files.all_files(
            cfg.vae, "mass_function.h5", vae_files.short_chains(cfg.vae)
        ),
        [
            vae_files.outcome_files(cfg.vae, name, cfg.tfi)
            for name in ("model.pt", "history.csv", "likelihood.csv")
        ],


rule vae_train:
    input:
        povm=lambda w: vae_files.training_povm(cfg.vae, cfg.tfi, w.N, w.model),
        start=lambda w: vae_files.start_of(cfg.vae, f"N{w.N}", w.model, w.block),
    output:
        model="results/vae/N{N}/{model}/{block}/model.pt",
        history="results/vae/N{N}/{model}/{block}/history.csv",
        times="results/vae/N{N}/{model}/{block}/times.csv",
    log:
        "results/logs/vae/N{N}/{model}/{block}/train.log",
    benchmark:
        "results/benchmarks/vae/N{N}/{model}/{block}/train.tsv"
    priority: 1
    conda:
        "../envs/learning.yaml"
    threads: lambda w: vae_files.train_threads(cfg.vae, w.model)
    resources:
        mem_mb=memory(
            lambda w: vae_files.train_memory(
                cfg.vae,
                w.model,
                *vae_files.training_shape(cfg.vae, cfg.tfi, int(w.N), w.model),
            )
        ),
        runtime=minutes(
            lambda w: vae_files.train_minutes(
                cfg.vae,
                w.model,
                *vae_files.training_shape(cfg.vae, cfg.tfi, int(w.N), w.model),
            ),
            start=10,
        ),
        gpu=0,
    params:
        settings=lambda w: vae_files.train_settings(cfg.seed, cfg.vae, cfg.tfi, w.model),
        code=code("vae_train"),
    message:
        "train the VAE: N = {wildcards.N}, {wildcards.model}, block {wildcards.block}"
    script:
        "../workflow_scripts/vae_train.py"


# On outcomes of the user's own, with their conditions in the place of the field.


use rule vae_train as vae_train_outcomes with:
    input:
        outcomes="results/tfi/outcomes/{outcomes}.h5",
        start=lambda w: vae_files.start_of(cfg.vae, w.outcomes, w.model, w.block),
    output:
        model="results/vae/{outcomes}/{model}/{block}/model.pt",
        history="results/vae/{outcomes}/{model}/{block}/history.csv",
        times="results/vae/{outcomes}/{model}/{block}/times.csv",
    log:
        "results/logs/vae/{outcomes}/{model}/{block}/train.log",
    benchmark:
        "results/benchmarks/vae/{outcomes}/{model}/{block}/train.tsv"
    resources:
        mem_mb=memory(
            lambda w: vae_files.train_memory(
                cfg.vae, w.model, *tfi_files.outcomes_shape(cfg.tfi, w.outcomes)
            )
        ),
        runtime=minutes(
            lambda w: vae_files.train_minutes(
                cfg.vae, w.model, *tfi_files.outcomes_shape(cfg.tfi, w.outcomes)
            ),
            start=10,
        ),
        gpu=0,
    message:
        "train the VAE: {wildcards.outcomes}, {wildcards.model}, block {wildcards.block}"


rule vae_likelihood:
    input:
        model="results/vae/{outcomes}/{model}/{block}/model.pt",
        outcomes="results/tfi/outcomes/{outcomes}.h5",
    output:
        likelihood="results/vae/{outcomes}/{model}/{block}/likelihood.csv",
    log:
        "results/logs/vae/{outcomes}/{model}/{block}/likelihood.log",
    benchmark:
        "results/benchmarks/vae/{outcomes}/{model}/{block}/likelihood.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            lambda w: vae_files.train_memory(
                cfg.vae, w.model, *tfi_files.outcomes_shape(cfg.tfi, w.outcomes)
            )
        ),
        runtime=minutes(
            lambda w: vae_files.likelihood_minutes(
                cfg.vae, w.model, *tfi_files.outcomes_shape(cfg.tfi, w.outcomes)
            ),
            start=10,
        ),
    params:
        settings=vae_files.likelihood_settings(cfg.seed, cfg.vae),
        code=code("vae_likelihood"),
    message:
        "likelihood of the VAE: {wildcards.outcomes}, {wildcards.model}, block {wildcards.block}"
    script:
        "../workflow_scripts/vae_likelihood.py"


rule vae_observables:
    input:
        model="results/vae/N{N}/{model}/{block}/model.pt",
        ground_states=lambda w: tfi_files.ground_states(cfg.tfi, w.N),
    output:
        observables="results/vae/N{N}/{model}/{block}/observables.csv",
    log:
        "results/logs/vae/N{N}/{model}/{block}/observables.log",
    benchmark:
        "results/benchmarks/vae/N{N}/{model}/{block}/observables.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(1200),
        runtime=minutes(
            lambda w: vae_files.draw_minutes(cfg.vae, cfg.tfi, w.model, int(w.N)),
            start=10,
        ),
    params:
        settings=vae_files.sampling_settings(cfg.seed, cfg.vae),
        code=code("vae_observables"),
    message:
        "observables of the VAE: N = {wildcards.N}, {wildcards.model}, block {wildcards.block}"
    script:
        "../workflow_scripts/vae_observables.py"


rule vae_divergence:
    input:
        model="results/vae/N{N}/{model}/{block}/model.pt",
        times="results/vae/N{N}/{model}/{block}/times.csv",
        ground_states=lambda w: tfi_files.ground_states(cfg.tfi, w.N),
    output:
        divergence="results/vae/N{N}/{model}/{block}/divergence.csv",
    log:
        "results/logs/vae/N{N}/{model}/{block}/divergence.log",
    benchmark:
        "results/benchmarks/vae/N{N}/{model}/{block}/divergence.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(
            lambda w: vae_files.divergence_minutes(
                cfg.vae, cfg.tfi, w.model, int(w.N)
            ),
            start=10,
        ),
    params:
        settings=vae_files.divergence_settings(cfg.seed, cfg.vae, cfg.tfi),
        code=code("vae_divergence"),
    message:
        "divergence of the VAE: N = {wildcards.N}, {wildcards.model}, block {wildcards.block}"
    script:
        "../workflow_scripts/vae_divergence.py"


rule vae_mass_function:
    input:
        model="results/vae/N{N}/{model}/{block}/model.pt",
        ground_states=lambda w: tfi_files.ground_states(cfg.tfi, w.N),
        povm=lambda w: vae_files.training_povm(cfg.vae, cfg.tfi, w.N, w.model),
    output:
        mass_function="results/vae/N{N}/{model}/{block}/mass_function.h5",
    log:
        "results/logs/vae/N{N}/{model}/{block}/mass_function.log",
    benchmark:
        "results/benchmarks/vae/N{N}/{model}/{block}/mass_function.tsv"
    wildcard_constraints:
        N=r"[2-8]",
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(
            lambda w: vae_files.decode_minutes(
                cfg.vae,
                cfg.tfi,
                w.model,
                int(w.N),
                passes=1 + cfg.vae.prior_samples / cfg.vae.samples,
            ),
            start=10,
        ),
    params:
        settings=vae_files.mass_function_settings(cfg.seed, cfg.vae),
        code=code("vae_mass_function"),
    message:
        "mass function of the VAE: N = {wildcards.N}, {wildcards.model}, block {wildcards.block}"
    script:
        "../workflow_scripts/vae_mass_function.py"


rule vae_susceptibilities:
    input:
        model="results/vae/N{N}/{model}/{block}/model.pt",
        ground_states=lambda w: tfi_files.ground_states(cfg.tfi, w.N),
    output:
        susceptibilities="results/vae/N{N}/{model}/{block}/susceptibilities.csv",
    log:
        "results/logs/vae/N{N}/{model}/{block}/susceptibilities.log",
    benchmark:
        "results/benchmarks/vae/N{N}/{model}/{block}/susceptibilities.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(
            lambda w: 10 * vae_files.draw_minutes(cfg.vae, cfg.tfi, w.model, int(w.N)),
            start=100,
        ),
    params:
        settings=vae_files.susceptibility_settings(cfg.seed, cfg.vae),
        code=code("vae_susceptibilities"),
    message:
        "susceptibilities of the VAE: N = {wildcards.N}, {wildcards.model}, block {wildcards.block}"
    script:
        "../workflow_scripts/vae_susceptibilities.py"


rule vae_entropies:
    input:
        model="results/vae/N{N}/{model}/{block}/model.pt",
        ground_states=lambda w: tfi_files.ground_states(cfg.tfi, w.N),
    output:
        entropies="results/vae/N{N}/{model}/{block}/entropies.csv",
    log:
        "results/logs/vae/N{N}/{model}/{block}/entropies.log",
    benchmark:
        "results/benchmarks/vae/N{N}/{model}/{block}/entropies.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(vae_files.entropies_minutes(cfg.tfi), start=10),
    params:
        settings=settings(seed=cfg.seed),
        code=code("vae_entropies"),
    message:
        "entropies of the VAE: N = {wildcards.N}, {wildcards.model}, block {wildcards.block}"
    script:
        "../workflow_scripts/vae_entropies.py"


rule vae_leaderboard:
    input:
        unpack(leaderboard_targets),
    output:
        learned="results/vae/leaderboard/n{n}/{block}.h5",
    log:
        "results/logs/vae/leaderboard/n{n}/{block}.log",
    benchmark:
        "results/benchmarks/vae/leaderboard/n{n}/{block}.tsv"
    wildcard_constraints:
        n=r"[4-9]|10",
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            lambda w: vae_files.leaderboard_memory(cfg.vae, cfg.datasets, int(w.n))
        ),
        runtime=minutes(
            lambda w: vae_files.leaderboard_minutes(cfg.vae, cfg.datasets, int(w.n)),
            start=10,
        ),
    params:
        settings=lambda w: vae_files.leaderboard_settings(
            cfg.seed, cfg.vae, cfg.datasets, int(w.n)
        ),
        code=code("vae_leaderboard"),
    message:
        "leaderboard: models of vae, n = {wildcards.n}, block {wildcards.block}"
    script:
        "../workflow_scripts/vae_leaderboard.py"
