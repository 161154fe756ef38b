# hbm - files, settings and resources, for hbm.smk and for its figures.
HBM = cfg.hbm
HBM_H = hundredths(HBM.h)
HBM_COMPARISON_H = f"{HBM.comparison_h:.2f}"
HBM_DIGITS = sorted({HBM.digit, *HBM.digits})
HBM_HIDDEN_MODELS = ["hidden", "anderson"]
HBM_ALL_MODELS = [*HBM.models, "anderson"]


def hbm_runs(task, model, h):
    """Histories of some tasks, machines and disorder strengths, of all blocks of runs.

    There is none for what the config leaves out.
    """
    known = [*HBM.models, "anderson"] if HBM.anderson else HBM.models
    models = [
        name for name in ([model] if isinstance(model, str) else model) if name in known
    ]
    tasks = [name for name in ([task] if isinstance(task, str) else task)]
    tasks = [name for name in tasks if name.rstrip("0123456789") in HBM.tasks]
    patterns = block_patterns(
        "results/hbm/{task}/{model}/h{h}/runs.h5",
        "results/hbm/{task}/{model}/h{h}/runs/{block}.h5",
        HBM.runs,
        HBM.block,
    )
    return expand(patterns, task=tasks, model=models, h=h)


# What each figure needs; an empty list where the config leaves its task or its machine out.
HBM_IMAGES = hbm_runs(
    [f"digits{digit}" for digit in HBM_DIGITS], "hidden", HBM_COMPARISON_H
)
HBM_COMPARISON = hbm_runs(f"digits{HBM.digit}", HBM.models, HBM_COMPARISON_H)
HBM_DISORDER = hbm_runs(f"digits{HBM.digit}", "hidden", HBM_H)
HBM_PARITY = hbm_runs("parity", HBM_HIDDEN_MODELS, HBM_H)


def hbm_settings(wildcards):
    """What a training depends on: the drive and the hidden spins only where there are any."""
    values = dict(
        seed=cfg.seed,
        visible=HBM.visible,
        boundary=HBM.boundary,
        quenches=HBM.quenches,
        candidates=HBM.candidates,
        quench_time=HBM.quench_time,
        initial_state=HBM.initial_state,
        block=HBM.block,
        kernel=HBM.kernel,
    )
    if wildcards.model in HBM_HIDDEN_MODELS:
        values["hidden"] = HBM.hidden
    if wildcards.model == "driven":
        values["drive_strength"] = HBM.drive_strength
        values["drive_time"] = HBM.drive_time
    return settings(**values)


def hbm_memory(wildcards, attempt):
    """MB for a training: libraries, and the states of the candidates that are held at a time."""
    states = 2 ** (HBM.visible + HBM.hidden)
    return int((400 + 1e-6 * 16 * 6 * min(512 * states, 2**22 + 16 * states)) * attempt)


def hbm_minutes(wildcards, attempt):
    """Minutes for a training, generous: 4 ns for each state, order of the series and candidate."""
    sites = HBM.visible + HBM.hidden
    width = sites * (float(wildcards.h) / 4 + 0.4)
    slices = HBM.quench_time / HBM.drive_time if wildcards.model == "driven" else 1
    orders = 1.2 * width * HBM.quench_time + 30 * slices
    count = HBM.block * HBM.quenches * HBM.candidates
    return int((5 + 4e-9 * 2**sites * orders * count / 60) * attempt)
