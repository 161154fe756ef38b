# gru - files, settings and resources, for gru.smk and for its figures.
GRU = cfg.gru


def gru_files(name, variant):
    """One kind of file of a variant, or of each of several, of all blocks of networks."""
    patterns = block_patterns(
        f"results/gru/{{variant}}/{name}",
        f"results/gru/{{variant}}/{{block}}/{name}",
        GRU.seeds,
        GRU.block,
    )
    return expand(patterns, variant=variant)


def gru_train_L(variant):
    """Chain lengths that a variant learns from."""
    return GRU.energy_train_L if variant == "energy" else GRU.train_L


def gru_train_indicators(wildcards):
    """Indicators of the training split of the chain lengths to learn from."""
    single = None if wildcards.variant == "energy" else GRU.energy_density
    return mbl_blocks("indicators", gru_train_L(wildcards.variant), "train", single)


def gru_settings(wildcards):
    """The settings that the training of a variant uses, and no others."""
    used = dict(
        seed=cfg.seed,
        recipe=GRU.recipe,
        energy_density=GRU.energy_density,
        features=GRU.features,
        head=GRU.head,
        epochs=GRU.epochs,
        batch_size=GRU.batch_size,
        learning_rate=GRU.learning_rate,
        block=GRU.block,
    )
    if wildcards.variant != "scratch":  # which learns no entropies
        used["entropy_normalisation"] = MBL.entropy_normalisation
    if wildcards.variant in ("transfer", "energy"):
        used["transfer_epochs"] = GRU.transfer_epochs
        used["transfer_learning_rate"] = GRU.transfer_learning_rate
    return settings(**used)


def gru_samples(variant):
    """Samples in an epoch of the longest stage of a variant's training."""
    energies = len(MBL.energy_density) if variant == "energy" else 1
    return len(gru_train_L(variant)) * len(MBL.h) * MBL.train_realisations * energies


def gru_memory(wildcards, attempt):
    """MB for training: torch, the samples, and inputs and orders for each network."""
    samples = gru_samples(wildcards.variant)
    return int((700 + 1e-6 * samples * (500 + 100 * GRU.block)) * attempt)


def gru_predict_memory(wildcards, attempt):
    """MB for testing: torch, the fields, and features and indicators of each network."""
    energies = len(MBL.energy_density) if wildcards.variant == "energy" else 1
    rows = len(MBL.L) * len(MBL.h) * MBL.test_realisations * energies
    return int((550 + 1e-6 * rows * (400 + 100 * GRU.block)) * attempt)


def gru_minutes(wildcards, attempt):
    """Minutes for training, generous: 5 ms an update of a block, 1 ms of their heads alone."""
    single = gru_samples("multitask") / GRU.batch_size * GRU.epochs * 5e-3
    later = gru_samples(wildcards.variant) / GRU.batch_size * GRU.transfer_epochs * 1e-3
    return int((5 + (single + later) / 60) * attempt)
