"""What tests of the pipeline share: real Snakemake processes, copies of the checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
NOTHING = "Nothing to be done (all requested files are present and up to date)."


def snakemake(*arguments, cwd, checkout=REPOSITORY, cores=True, timeout=600):
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(checkout / "Snakefile")]
    command += ["--workflow-profile", str(checkout / "profiles/default")]
    command += ["--cores", "2"] if cores else []
    environment = {**os.environ, "XDG_CACHE_HOME": str(Path(cwd) / ".cache")}
    return subprocess.run(
        [*command, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=environment,
    )


def smoke(*arguments, cwd, checkout=REPOSITORY, overlays=(), **options):
    presets = [str(checkout / "presets/smoke.yaml"), *map(str, overlays)]
    return snakemake(*arguments, "--configfile", *presets, cwd=cwd, checkout=checkout, **options)


def copy_of_checkout(target: Path) -> Path:
    """What a fresh clone of the present state holds: every file that git would track, new times."""
    listed = (
        subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=REPOSITORY,
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .split("\0")
    )
    for name in filter(None, listed):
        if (REPOSITORY / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, target / name)
    return target
