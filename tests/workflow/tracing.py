"""Run one job of every rule and note which code of the library really runs.

    python tracing.py CHECKOUT FOLDER

FOLDER holds finished results of the smoke preset; what the jobs write goes elsewhere. Each job runs
in a fork that imports the library anew. Prints a JSON object: for each rule a list of jobs, each
with its wildcards, the modules that were imported, as files, the places, [file, line], of all
functions that were called, and the other packages that they called. What making a class or a value
at the top level of a module runs is no call.
"""

import importlib
import inspect
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

HEAVY = ("h5py", "matplotlib.figure", "numba", "pandas", "quspin.basis", "scipy.stats", "torch")
"""Imported once, before the forks, since they are most of a job's start."""

DECLARING = os.path.join("spins", "compiling.py")
"""Its functions are `spinlearn.workflow.reachability.PURE`."""

JOBS = 3
"""Jobs of a rule that are run, first and last of those that there are included."""


def jobs_of(checkout: Path, folder: Path):
    """For each rule, some of its jobs whose results are in the folder: plain values only."""
    from spinlearn.workflow import job as context

    present = sorted(
        str(path.relative_to(folder)) for path in (folder / "results").rglob("*") if path.is_file()
    )
    found = {}
    presets = [checkout / "presets/smoke.yaml"]
    with context.opened(checkout / "Snakefile", presets, folder) as workflow:
        for rule in workflow.rules:
            if rule.script is None:
                continue
            matches = [match for path in present if (match := rule.output[0].match(path))]
            step = max(1, (len(matches) - 1) // (JOBS - 1))
            chosen = [*matches[::step][: JOBS - 1], *matches[-1:]]
            wildcards = {json.dumps(match.groupdict(), sort_keys=True) for match in chosen}
            jobs = []
            for values in sorted(wildcards):
                job = context.snakemake_job(workflow, rule, json.loads(values))
                plain = context._from_snakemake(job)
                jobs.append(
                    {
                        "rule": plain.rule,
                        "wildcards": plain.wildcards,
                        "settings": plain.settings,
                        "input": context._named(job.input),
                        "output": context._named(job.output),
                        "threads": 1,
                        "code": plain.code,
                        "extra": plain.extra,
                    }
                )
            found[rule.name] = (Path(str(rule.script)).name, jobs)
    return found


def traced(script: Path, values, library: Path):
    """Run one job as its script would; what of the library's code ran."""
    places, modules, packages = set(), set(), set()
    inside = str(library) + os.sep

    def is_function(code):
        return bool(code.co_flags & inspect.CO_OPTIMIZED)

    def calls(code):
        """Whether what it calls counts: declaring a kernel, on import, is no use of it."""
        ours = code.co_filename.startswith(inside) and is_function(code)
        return ours and not code.co_filename.endswith(DECLARING)

    def note(frame, event, argument):
        code, caller = frame.f_code, frame.f_back
        if event == "c_call":
            if calls(code):
                packages.add(str(getattr(argument, "__module__", "")).split(".")[0])
            return
        if event != "call":
            return
        if not code.co_filename.startswith(inside):
            if caller is not None and calls(caller.f_code):
                packages.add(str(frame.f_globals.get("__name__")).split(".")[0])
            return
        file = os.path.relpath(code.co_filename, library)
        if code.co_name == "<module>":
            modules.add(file)
        elif is_function(code):
            a_part_of_it = code.co_name in ("<genexpr>", "<listcomp>", "<dictcomp>", "<setcomp>")
            if not a_part_of_it or is_function(caller.f_code):
                places.add((file, code.co_firstlineno))

    sys.setprofile(note)
    try:
        main = importlib.import_module(script.stem).main
        context = sys.modules["spinlearn.workflow.job"]
        files = {name: context.Files(values.pop(name)) for name in ("input", "output")}
        main(context.Job(**values, **files))
    finally:
        sys.setprofile(None)
    return {
        "modules": sorted(modules),
        "places": sorted(places),
        "packages": sorted(packages - sys.stdlib_module_names - {"", "None"}),
    }


def in_a_fork(function):
    """What a function returns, run in a process of its own; None and its traceback if it fails."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reader)
            with os.fdopen(writer, "w") as pipe:
                json.dump(function(), pipe)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if status == 0 else None


def main() -> None:
    checkout, folder = (Path(argument).resolve() for argument in sys.argv[1:3])
    scripts = checkout / "workflow_scripts"
    sys.path.insert(0, str(scripts))
    plan = in_a_fork(lambda: jobs_of(checkout, folder))
    if plan is None:
        sys.exit("the jobs cannot be told")
    for name in HEAVY:
        importlib.import_module(name)
    import torch

    torch.set_num_threads(1)
    result = {}
    with tempfile.TemporaryDirectory() as scratch:
        for rule, (script, jobs) in plan.items():
            result[rule] = {"script": script, "jobs": []}
            for job in jobs:
                for name, value in job["input"].items():
                    many = isinstance(value, list)
                    paths = [str(folder / path) for path in (value if many else [value])]
                    job["input"][name] = paths if many else paths[0]
                for name, value in job["output"].items():
                    job["output"][name] = str(Path(scratch) / rule / value)
                ran = in_a_fork(
                    lambda job=job, script=script: traced(
                        scripts / script, job, scripts / "spinlearn"
                    )
                )
                if ran is None:
                    sys.exit(f"{rule}: {job['wildcards']} failed")
                result[rule]["jobs"].append({"wildcards": job["wildcards"], **ran})
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
