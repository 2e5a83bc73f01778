"""A Debian 12 machine with a real systemd, in a container that leaves nothing behind when it ends."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

BUILD = Path(__file__).parents[2] / "build"
MIRROR = "http://deb.debian.org/debian"
SUITE = "bookworm"
PACKAGES = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "python3",
    "python3-venv",
    "mosquitto",
    "mosquitto-clients",
    "curl",
)
BOOT_SECONDS = 180.0
COMMAND_SECONDS = 300.0
"""For machines with much else to do."""
NEEDED = ("debootstrap", "systemd-nspawn", "nsenter", "unshare", "setpriv")
SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CGROUPS = tuple(Path("/sys/fs/cgroup") / name for name in ("unified", "systemd", ""))

# In a mount namespace of its own: what is mounted here goes when the last process does. The container writes to a
# tmpfs above the Debian that is kept. A cgroup of its own, because systemd-nspawn leaves its own behind.
LAUNCH = """
for hierarchy in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
    if [ -e "$hierarchy/cgroup.procs" ]; then mkdir "$hierarchy/$2" && echo $$ >"$hierarchy/$2/cgroup.procs"; fi
done
mount -t tmpfs tmpfs /run
mkdir /run/above /run/above/upper /run/above/work /run/root
mount -t overlay overlay -o "lowerdir=$1,upperdir=/run/above/upper,workdir=/run/above/work" /run/root
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec systemd-nspawn --quiet --directory=/run/root --register=no --keep-unit --private-network --console=pipe \\
    --hostname=dock --boot
"""


def why_not() -> str | None:
    """Why no machine can be booted here; None where it can."""
    if os.geteuid() != 0:
        return "booting a Debian in a container needs root"
    missing = [name for name in NEEDED if shutil.which(name, path=SEARCH) is None]
    if missing:
        return f"missing: {' '.join(missing)} (deploy/need {' '.join(missing)} installs them)"
    tried = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    return f"this machine lets nobody mount: {tried.stderr.strip()}" if tried.returncode else None


class CannotBootError(Exception):
    """No Debian to be had or to be booted here: why, in words."""


def debian() -> Path:
    """The root of a plain Debian, made by debootstrap the first time (two minutes) and kept. CannotBootError."""
    root = BUILD / "system" / SUITE
    if root.is_dir():
        return root
    partial = root.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    command = [
        "debootstrap",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        SUITE,
        str(partial),
        MIRROR,
    ]
    made = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PATH": SEARCH}
    )
    if made.returncode:
        raise CannotBootError(f"debootstrap failed:\n{made.stdout[-3000:]}{made.stderr[-3000:]}")
    (partial / "etc" / "hosts").write_text("127.0.0.1 localhost\n")
    partial.rename(root)
    return root


def first_child(pid: int) -> int | None:
    """The process that `pid` started first, if there is one now."""
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
    return None


class Machine:
    """`with Machine(debian()) as machine`: boots on entry; on exit it is gone, with all it wrote."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._cgroup = f"returns-gateway-test-{os.getpid()}"
        self._unshare: subprocess.Popen[bytes]
        self._leader = 0
        """Its process 1, by its number here."""

    def __enter__(self) -> Self:
        # The kernel ends the process namespace, and so the container, with us, whatever ends us.
        spaces = ["--mount", "--propagation=private", "--pid", "--fork", "--kill-child", "--mount-proc"]
        launcher = ["unshare", *spaces, "sh", "-euc", LAUNCH, "launch"]
        self._unshare = subprocess.Popen(
            ["setpriv", "--pdeathsig=KILL", *launcher, str(self._root), self._cgroup],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self.wait(self._has_booted, BOOT_SECONDS, "the machine has booted")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def root(self) -> Path:
        """Its file system, seen from here."""
        return Path(f"/proc/{self._leader}/root")

    def close(self) -> None:
        """Power it off, by force if it will not."""
        nspawn = first_child(self._unshare.pid)
        if nspawn is not None:
            os.kill(nspawn, signal.SIGTERM)
        try:
            self._unshare.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._unshare.kill()
            self._unshare.communicate()
        for hierarchy in CGROUPS:
            for directory, _, _ in os.walk(hierarchy / self._cgroup, topdown=False):
                Path(directory).rmdir()

    def run(
        self, *command: str, check: bool = True, seconds: float = COMMAND_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """A command inside, as root; its output joined as `stdout`. Fails loudly unless told not to."""
        spaces = [
            "nsenter",
            f"--target={self._leader}",
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
            "--cgroup",
        ]
        clean = ["env", "--ignore-environment", f"PATH={SEARCH}", "HOME=/root", "LANG=C.UTF-8"]
        done = subprocess.run(
            [*spaces, "--root", "--wd", *clean, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=seconds,
        )
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}")
        return done

    def shell(self, script: str, *, check: bool = True) -> str:
        return self.run("bash", "-euo", "pipefail", "-c", script, check=check).stdout

    def put(self, path: str, content: str | bytes) -> None:
        """Write a file inside; its owner and mode stay when it is there already."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def show(self, unit: str, property_name: str) -> str:
        return self.run("systemctl", "show", "--value", f"--property={property_name}", unit).stdout.strip()

    def journal(self, unit: str) -> str:
        return self.run("journalctl", "--no-pager", "--output=cat", f"--unit={unit}").stdout

    def wait(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Until it is true; after `seconds` the test has failed."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"not within {seconds:.0f} s: {what}")
            time.sleep(0.1)

    def _has_booted(self) -> bool:
        if self._unshare.poll() is not None:
            said = self._unshare.communicate()[0].decode(errors="replace")
            raise CannotBootError(f"the container ended at once:\n{said}")
        nspawn = first_child(self._unshare.pid)
        init = first_child(nspawn) if nspawn else None
        with suppress(OSError):
            self._leader = init if init and Path(f"/proc/{init}/comm").read_text() == "systemd\n" else 0
        if not self._leader or not (self.root / "run/systemd/private").exists():
            return False
        state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
        return state in {"running", "degraded"}
