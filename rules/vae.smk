# vae: conditional variational autoencoders of POVM outcomes (P4).
include: "vae_common.smk"


rule vae:
    input:
        [
            vae_files(name, N)
            for name in ("model.pt", "history.csv", "observables.csv")
            for N in VAE.N
        ],
        [
            vae_file(name, N)
            for name in ("susceptibilities.csv", "entropies.csv")
            for N in VAE.N
        ],
        [vae_files("mass_function.h5", N) for N in VAE_SHORT],


rule vae_train:
    input:
        povm=vae_povm,
    output:
        model="results/vae/N{N}/model.pt",
        history="results/vae/N{N}/history.csv",
    log:
        "results/logs/vae/N{N}/train.log",
    benchmark:
        "results/benchmarks/vae/N{N}/train.tsv"
    conda:
        "../envs/learning.yaml"
    threads: vae_threads
    resources:
        mem_mb=memory("vae_train", vae_train_memory),
        runtime=vae_train_minutes,
        gpu=0,
    params:
        settings=vae_training("factorised"),
        code=code("vae_train"),
    message:
        "train the VAE: N = {wildcards.N}"
    script:
        "../workflow_scripts/vae_train.py"


rule vae_observables:
    input:
        model="results/vae/N{N}/model.pt",
        ground_states=vae_ground_states,
    output:
        observables="results/vae/N{N}/observables.csv",
    log:
        "results/logs/vae/N{N}/observables.log",
    benchmark:
        "results/benchmarks/vae/N{N}/observables.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory("vae_observables", growing(1200)),
        runtime=vae_minutes(lambda N: 1),
    params:
        settings=settings(seed=cfg.seed, samples=VAE.samples),
        code=code("vae_observables"),
    message:
        "observables of the VAE: N = {wildcards.N}"
    script:
        "../workflow_scripts/vae_observables.py"


rule vae_mass_function:
    input:
        model="results/vae/N{N}/model.pt",
        ground_states=vae_ground_states,
        povm=vae_povm,
    output:
        mass_function="results/vae/N{N}/mass_function.h5",
    log:
        "results/logs/vae/N{N}/mass_function.log",
    benchmark:
        "results/benchmarks/vae/N{N}/mass_function.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory("vae_mass_function", growing(1500)),
        runtime=vae_minutes(lambda N: 1 + VAE.prior_samples / VAE.samples),
    params:
        settings=settings(seed=cfg.seed, prior_samples=VAE.prior_samples),
        code=code("vae_mass_function"),
    message:
        "mass function of the VAE: N = {wildcards.N}"
    script:
        "../workflow_scripts/vae_mass_function.py"


rule vae_susceptibilities:
    input:
        model="results/vae/N{N}/model.pt",
        ground_states=vae_ground_states,
    output:
        susceptibilities="results/vae/N{N}/susceptibilities.csv",
    log:
        "results/logs/vae/N{N}/susceptibilities.log",
    benchmark:
        "results/benchmarks/vae/N{N}/susceptibilities.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory("vae_susceptibilities", growing(1500)),
        runtime=vae_minutes(lambda N: 10),
    params:
        settings=settings(seed=cfg.seed, samples=VAE.samples),
        code=code("vae_susceptibilities"),
    message:
        "susceptibilities of the VAE: N = {wildcards.N}"
    script:
        "../workflow_scripts/vae_susceptibilities.py"


rule vae_entropies:
    input:
        model="results/vae/N{N}/model.pt",
        ground_states=vae_ground_states,
    output:
        entropies="results/vae/N{N}/entropies.csv",
    log:
        "results/logs/vae/N{N}/entropies.log",
    benchmark:
        "results/benchmarks/vae/N{N}/entropies.tsv"
    conda:
        "../envs/learning.yaml"
    threads: 1
    resources:
        mem_mb=memory("vae_entropies", growing(1500)),
        runtime=growing(15),
    params:
        settings=settings(seed=cfg.seed),
        code=code("vae_entropies"),
    message:
        "entropies of the VAE: N = {wildcards.N}"
    script:
        "../workflow_scripts/vae_entropies.py"


# The same with an autoregressive decoder, which P4 does not have.


use rule vae_train as vae_train_autoregressive with:
    input:
        povm=vae_povm,
    output:
        model="results/vae/N{N}/autoregressive/model.pt",
        history="results/vae/N{N}/autoregressive/history.csv",
    log:
        "results/logs/vae/N{N}/autoregressive/train.log",
    benchmark:
        "results/benchmarks/vae/N{N}/autoregressive/train.tsv"
    params:
        settings=vae_training("autoregressive"),
        code=code("vae_train"),
    message:
        "train the VAE with an autoregressive decoder: N = {wildcards.N}"


use rule vae_observables as vae_observables_autoregressive with:
    input:
        model="results/vae/N{N}/autoregressive/model.pt",
        ground_states=vae_ground_states,
    output:
        observables="results/vae/N{N}/autoregressive/observables.csv",
    log:
        "results/logs/vae/N{N}/autoregressive/observables.log",
    benchmark:
        "results/benchmarks/vae/N{N}/autoregressive/observables.tsv"
    resources:
        mem_mb=memory("vae_observables_autoregressive", growing(1200)),
        runtime=vae_minutes(lambda N: N),
    message:
        "observables of the autoregressive VAE: N = {wildcards.N}"


use rule vae_mass_function as vae_mass_function_autoregressive with:
    input:
        model="results/vae/N{N}/autoregressive/model.pt",
        ground_states=vae_ground_states,
        povm=vae_povm,
    output:
        mass_function="results/vae/N{N}/autoregressive/mass_function.h5",
    log:
        "results/logs/vae/N{N}/autoregressive/mass_function.log",
    benchmark:
        "results/benchmarks/vae/N{N}/autoregressive/mass_function.tsv"
    message:
        "mass function of the autoregressive VAE: N = {wildcards.N}"
