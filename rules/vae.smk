# vae: conditional variational autoencoders of POVM outcomes (Luchnikov 2019).


wildcard_constraints:
    decoder="|".join(DECODERS),


rule vae:
    input:
        [
            vae_files.model_files(name, N)
            for name in ("model.pt", "history.csv", "observables.csv")
            for N in cfg.vae.N
        ],
        [
            vae_files.model_file(name, N)
            for name in ("susceptibilities.csv", "entropies.csv")
            for N in cfg.vae.N
        ],
        [
            vae_files.model_files("mass_function.h5", N)
            for N in vae_files.short_chains(cfg.vae)
        ],
        [
            vae_files.outcome_files(name, cfg.tfi)
            for name in ("model.pt", "history.csv", "likelihood.csv")
        ],


rule vae_train:
    input:
        povm=lambda w: tfi_files.povm(cfg.tfi, w.N),
    output:
        model="results/vae/N{N}/{decoder}/model.pt",
        history="results/vae/N{N}/{decoder}/history.csv",
    log:
        "results/logs/vae/N{N}/{decoder}/train.log",
    benchmark:
        "results/benchmarks/vae/N{N}/{decoder}/train.tsv"
    conda:
        "../envs/learning.yaml"
    threads: vae_files.train_threads(cfg.vae)
    resources:
        mem_mb=memory(
            lambda w: vae_files.train_memory(
                cfg.vae, *tfi_files.povm_shape(cfg.tfi, int(w.N))
            )
        ),
        runtime=minutes(
            lambda w: vae_files.train_minutes(
                cfg.vae, *tfi_files.povm_shape(cfg.tfi, int(w.N))
            )
        ),
        gpu=0,
    params:
        settings=lambda w: vae_files.train_settings(cfg.seed, cfg.vae, w.decoder),
        code=code("vae_train"),
    message:
        "train the VAE: N = {wildcards.N}, {wildcards.decoder}"
    script:
        "../workflow_scripts/vae_train.py"


# On outcomes of the user's own, with their conditions in the place of the field.


use rule vae_train as vae_train_outcomes with:
    input:
        outcomes="results/tfi/outcomes/{outcomes}.h5",
    output:
        model="results/vae/{outcomes}/{decoder}/model.pt",
        history="results/vae/{outcomes}/{decoder}/history.csv",
    log:
        "results/logs/vae/{outcomes}/{decoder}/train.log",
    benchmark:
        "results/benchmarks/vae/{outcomes}/{decoder}/train.tsv"
    resources:
        mem_mb=memory(
            lambda w: vae_files.train_memory(
                cfg.vae, *tfi_files.outcomes_shape(cfg.tfi, w.outcomes)
            )
        ),
        runtime=minutes(
            lambda w: vae_files.train_minutes(
                cfg.vae, *tfi_files.outcomes_shape(cfg.tfi, w.outcomes)
            )
        ),
        gpu=0,
    message:
        "train the VAE: {wildcards.outcomes}, {wildcards.decoder}"


rule vae_likelihood:
    input:
        model="results/vae/{outcomes}/{decoder}/model.pt",
        outcomes="results/tfi/outcomes/{outcomes}.h5",
    output:
        likelihood="results/vae/{outcomes}/{decoder}/likelihood.csv",
    log:
        "results/logs/vae/{outcomes}/{decoder}/likelihood.log",
    benchmark:
        "results/benchmarks/vae/{outcomes}/{decoder}/likelihood.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            lambda w: vae_files.train_memory(
                cfg.vae, *tfi_files.outcomes_shape(cfg.tfi, w.outcomes)
            )
        ),
        runtime=minutes(
            lambda w: vae_files.likelihood_minutes(
                cfg.vae, *tfi_files.outcomes_shape(cfg.tfi, w.outcomes)
            )
        ),
    params:
        settings=vae_files.likelihood_settings(cfg.seed, cfg.vae),
        code=code("vae_likelihood"),
    message:
        "likelihood of the VAE: {wildcards.outcomes}, {wildcards.decoder}"
    script:
        "../workflow_scripts/vae_likelihood.py"


rule vae_observables:
    input:
        model="results/vae/N{N}/{decoder}/model.pt",
        ground_states=lambda w: tfi_files.ground_states(cfg.tfi, w.N),
    output:
        observables="results/vae/N{N}/{decoder}/observables.csv",
    log:
        "results/logs/vae/N{N}/{decoder}/observables.log",
    benchmark:
        "results/benchmarks/vae/N{N}/{decoder}/observables.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(1200),
        runtime=minutes(
            lambda w: vae_files.decode_minutes(
                cfg.vae,
                cfg.tfi,
                int(w.N),
                passes=1 if w.decoder == "factorised" else int(w.N),
            )
        ),
    params:
        settings=vae_files.sampling_settings(cfg.seed, cfg.vae),
        code=code("vae_observables"),
    message:
        "observables of the VAE: N = {wildcards.N}, {wildcards.decoder}"
    script:
        "../workflow_scripts/vae_observables.py"


rule vae_mass_function:
    input:
        model="results/vae/N{N}/{decoder}/model.pt",
        ground_states=lambda w: tfi_files.ground_states(cfg.tfi, w.N),
        povm=lambda w: tfi_files.povm(cfg.tfi, w.N),
    output:
        mass_function="results/vae/N{N}/{decoder}/mass_function.h5",
    log:
        "results/logs/vae/N{N}/{decoder}/mass_function.log",
    benchmark:
        "results/benchmarks/vae/N{N}/{decoder}/mass_function.tsv"
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
                int(w.N),
                passes=1 + cfg.vae.prior_samples / cfg.vae.samples,
            )
        ),
    params:
        settings=vae_files.mass_function_settings(cfg.seed, cfg.vae),
        code=code("vae_mass_function"),
    message:
        "mass function of the VAE: N = {wildcards.N}, {wildcards.decoder}"
    script:
        "../workflow_scripts/vae_mass_function.py"


rule vae_susceptibilities:
    input:
        model="results/vae/N{N}/{decoder}/model.pt",
        ground_states=lambda w: tfi_files.ground_states(cfg.tfi, w.N),
    output:
        susceptibilities="results/vae/N{N}/{decoder}/susceptibilities.csv",
    log:
        "results/logs/vae/N{N}/{decoder}/susceptibilities.log",
    benchmark:
        "results/benchmarks/vae/N{N}/{decoder}/susceptibilities.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(
            lambda w: vae_files.decode_minutes(cfg.vae, cfg.tfi, int(w.N), passes=10)
        ),
    params:
        settings=vae_files.sampling_settings(cfg.seed, cfg.vae),
        code=code("vae_susceptibilities"),
    message:
        "susceptibilities of the VAE: N = {wildcards.N}, {wildcards.decoder}"
    script:
        "../workflow_scripts/vae_susceptibilities.py"


rule vae_entropies:
    input:
        model="results/vae/N{N}/{decoder}/model.pt",
        ground_states=lambda w: tfi_files.ground_states(cfg.tfi, w.N),
    output:
        entropies="results/vae/N{N}/{decoder}/entropies.csv",
    log:
        "results/logs/vae/N{N}/{decoder}/entropies.log",
    benchmark:
        "results/benchmarks/vae/N{N}/{decoder}/entropies.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(15),
    params:
        settings=settings(seed=cfg.seed),
        code=code("vae_entropies"),
    message:
        "entropies of the VAE: N = {wildcards.N}, {wildcards.decoder}"
    script:
        "../workflow_scripts/vae_entropies.py"
