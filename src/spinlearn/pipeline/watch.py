"""A job ends when the Snakemake that started it is gone.

Otherwise a job could outlive a killed Snakemake. It could then overwrite the result of a later run
that has other settings.
"""

import logging
import os
import threading
import time

SNAKEMAKE_PID = "SPINLEARN_SNAKEMAKE_PID"
"""Environment variable: the process of the Snakemake that starts scripts."""

_log = logging.getLogger("spinlearn.job")


def end_with_snakemake() -> None:
    """End this process, without further writing, once the process that started it is gone."""
    snakemake = int(os.environ.get(SNAKEMAKE_PID, os.getppid()))
    is_child = os.getppid() == snakemake

    def is_running() -> bool:
        if is_child:
            return os.getppid() == snakemake
        if os.getppid() == 1:  # it was killed before this process came this far
            return False
        try:
            os.kill(snakemake, 0)  # a shell is between the two
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def watch() -> None:
        while is_running():
            time.sleep(0.2)
        _log.error("the Snakemake that started this job is gone; the job ends here")
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="watch").start()
