"""A real SLURM cluster of one node on the loopback interface, for tests.

It needs root, some of Debian's packages, and the folder /etc/slurm, the only place where SLURM's
job steps look for a configuration. If that folder belongs to another cluster, no cluster is
started.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import psutil

SETTINGS = Path("/etc/slurm")
MARK = "# A test cluster of spinlearn, brought up by process "
PROGRAMS = {
    "slurm-wlm": ("slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel"),
    "munge": ("munged",),
}
"""What must be there, by the package of Debian that brings it."""
SETTINGS_FILES = ("slurm.conf", "cgroup.conf", "gres.conf")
FINISHED = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL"}
PARTITION = "test"
MOST_MINUTES = 600

CONFIGURATION = """\
{mark}{pid}
ClusterName=spinlearn
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={state}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,sched_min_interval=0
ReturnToService=2
MinJobAge=3600
KillWait=2
GresTypes=gpu
# Memory is watched every second, and a job above its request is killed.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
StateSaveLocation={state}/controller
SlurmdSpoolDir={state}/node
SlurmctldPidFile={state}/slurmctld.pid
SlurmdPidFile={state}/slurmd.pid
NodeName=localhost NodeHostname={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=64000 Gres=gpu:2 \
State=UNKNOWN
PartitionName={partition} Nodes=localhost Default=YES MaxTime={minutes} DefMemPerCPU=500 State=UP
"""


class NoClusterError(RuntimeError):
    """No cluster can be started here; the message says why."""


class Cluster:
    """Queries and commands of tests for the running cluster."""

    def __init__(self, state: Path):
        self.state = state

    def ask(self, *command: str) -> str:
        """What a SLURM command prints."""
        return subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    def jobs(self, since: int = 0) -> list[dict[str, str]]:
        """SLURM's records, with an entry `rule`, of every job with a number above `since`."""
        records = []
        for line in self.ask("scontrol", "show", "job", "--oneliner", "--details").splitlines():
            record = dict(re.findall(r"(\S+?)=(.*?)(?= \S+=|\s*$)", line))
            if int(record.get("JobId", 0)) > since:
                comment = re.match(r"rule_(\w+?)(?:_wildcards_|$)", record.get("Comment", ""))
                record["rule"] = comment[1] if comment else ""
                records.append(record)
        return sorted(records, key=lambda record: int(record["JobId"]))

    def last(self) -> int:
        """The number of the newest job."""
        return max((int(record["JobId"]) for record in self.jobs()), default=0)

    def unfinished(self) -> list[str]:
        """Jobs that wait or run."""
        return self.ask("squeue", "--noheader", "--array", "--format=%i %T").splitlines()

    def cancel_all(self) -> None:
        """End every job and wait until none is left."""
        for job in self.unfinished():
            subprocess.run(["scancel", job.split()[0]], check=False, timeout=60)
        wait_until(lambda: not self.unfinished(), "the queue is empty")


def wait_until(condition: Callable[[], object], what: str, seconds: float = 120) -> None:
    """Return as soon as a condition holds.

    Raises:
        TimeoutError: when it does not within the seconds given.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.1)


def _why_not() -> str | None:
    if os.geteuid() != 0:
        return "only root can start SLURM's daemons"
    missing = [name for names in PROGRAMS.values() for name in names if not shutil.which(name)]
    if missing:
        return f"{', '.join(missing)} not found; on Debian: apt-get install {' '.join(PROGRAMS)}"
    for settings in (SETTINGS / name for name in SETTINGS_FILES):
        if settings.exists():
            owner = re.match(rf"{re.escape(MARK)}(\d+)\n", settings.read_text())
            if owner is None:
                return f"{settings} belongs to another cluster"
            if psutil.pid_exists(int(owner[1])):
                return f"{settings}: another run of these tests has its cluster up"
    if not _named_localhost() and not _leads_home(socket.gethostname()):
        return (
            "the host's name does not lead to the loopback interface, on which daemons must listen"
        )
    return None


def _leads_home(name: str) -> bool:
    with contextlib.suppress(OSError):
        return socket.gethostbyname(name).startswith("127.")
    return False


@cache
def _named_localhost() -> tuple[str, ...]:
    """What to put before a command that is to take this host for `localhost`, if that is possible.

    SLURM's daemons listen where the host's name leads.
    """
    prefix = ("unshare", "--uts", "sh", "-c", 'hostname localhost && exec "$@"', "sh")
    done = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return () if done.returncode else prefix


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _write_settings(state: Path) -> None:
    """Write every daemon's settings."""
    SETTINGS.mkdir(exist_ok=True)
    settings = {
        "mark": MARK,
        "pid": os.getpid(),
        "state": state,
        "controller_port": _free_port(),
        "node_port": _free_port(),
        "host": "localhost" if _named_localhost() else socket.gethostname().split(".")[0],
        "partition": PARTITION,
        "minutes": MOST_MINUTES,
    }
    (SETTINGS / "slurm.conf").write_text(CONFIGURATION.format(**settings))
    first = f"{MARK}{os.getpid()}\n"
    (SETTINGS / "cgroup.conf").write_text(f"{first}CgroupPlugin=cgroup/v1\n")
    # No GPU is there: two character devices stand in for the counting of them.
    (SETTINGS / "gres.conf").write_text(f"{first}Name=gpu File=/dev/tty[1-2]\n")


@contextlib.contextmanager
def slurm_cluster() -> Iterator[Cluster]:
    """A cluster for as long as the context lasts.

    Yields:
        The cluster, its one node idle.

    Raises:
        NoClusterError: when none can be had here, with the reason.
    """
    reason = _why_not()
    if reason is not None:
        raise NoClusterError(reason)
    state = Path(tempfile.mkdtemp(prefix="slurm-"))
    state.chmod(0o755)  # Munge wants its socket to be in reach of everyone.
    made = not SETTINGS.exists()
    daemons: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> None:
        # With this process they end, however it ends.
        command = ("setpriv", "--pdeathsig", "TERM", *_named_localhost(), *command)
        with (state / f"{len(daemons)}.out").open("wb") as output:
            daemons.append(
                subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
                )
            )

    def alive(condition: Callable[[], object]) -> Callable[[], object]:
        """A condition that is given up when a daemon has ended."""

        def checked() -> object:
            for daemon in daemons:
                if daemon.poll() is not None:
                    raise NoClusterError(f"{daemon.args} ended: {_tail(state)}")
            return condition()

        return checked

    def is_idle() -> bool:
        asked = subprocess.run(
            ["sinfo", "--noheader", "--format=%T"], capture_output=True, text=True, check=False
        )
        return asked.stdout.strip() == "idle"

    try:
        for folder in ("controller", "node"):
            (state / folder).mkdir()
        _write_settings(state)
        key = state / "munge.key"
        key.touch(0o600)
        key.write_bytes(os.urandom(128))
        start(
            *("munged", "--foreground", f"--key-file={key}", f"--socket={state}/munge.socket"),
            *(f"--{kind}-file={state}/munge.{kind}" for kind in ("pid", "log", "seed")),
        )
        try:
            wait_until(alive((state / "munge.socket").exists), "munged is up", 20)
            start("slurmctld", "-D")
            start("slurmd", "-D", "-N", "localhost")
            wait_until(alive(is_idle), "the node is idle", 60)
        except TimeoutError as error:
            raise NoClusterError(f"SLURM did not come up: {_tail(state)}") from error
        cluster = Cluster(state)
        try:
            yield cluster
        finally:
            cluster.cancel_all()
    finally:
        for daemon in reversed(daemons):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        for name in SETTINGS_FILES:
            (SETTINGS / name).unlink(missing_ok=True)
        if made:
            SETTINGS.rmdir()
        shutil.rmtree(state, ignore_errors=True)


def _tail(state: Path) -> str:
    """The last lines that each daemon printed."""
    return "\n".join(
        f"{path.name}: " + " | ".join(path.read_text(errors="replace").splitlines()[-5:])
        for path in sorted(state.glob("*.out"))
    )
