"""Programs of others, installed from the package index: each in a virtual environment of its own, unmodified."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Nothing listens there: a call that is not meant for the lab ends here instead of at AWS.
NOWHERE = "http://127.0.0.1:9"


class NoIndex(Exception):
    """The package index gave nothing; in the words of pip."""


@dataclass(slots=True, kw_only=True)
class Program:
    """A module of a virtual environment, run with dummy keys and without the settings of whoever runs the tests."""

    module: str
    packages: Sequence[str]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        """The interpreter of the environment."""
        return self.directory / "venv" / "bin" / "python"

    def install(self) -> None:
        """Make the environment. Raises NoIndex when the packages cannot be had."""
        wheels = self.directory / "wheels"
        _run([sys.executable, "-m", "venv", str(self.directory / "venv")]).check_returncode()
        got = _run([str(self.python), "-m", "pip", "download", "--quiet", "--dest", str(wheels), *self.packages])
        if got.returncode != 0:
            raise NoIndex(f"pip download {' '.join(self.packages)} ended with {got.returncode}: {got.stderr.strip()}")
        offline = ["install", "--quiet", "--no-index", "--find-links", str(wheels), *self.packages]
        put = _run([str(self.python), "-m", "pip", *offline])
        assert put.returncode == 0, put.stderr

    def run(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run it to its end."""
        settings = {**_alone(self.directory), **self.environment, **environment}
        return _run([str(self.python), "-m", self.module, *words], settings, self.directory)


def install_all(programs: Sequence[Program]) -> None:
    """Install at once. Raises what one of them raised."""
    errors: list[Exception] = []

    def install(program: Program) -> None:
        try:
            program.install()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=install, args=(program,)) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error


def _alone(home: Path) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "key",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "HTTPS_PROXY": NOWHERE,
    }


def _run(
    command: Sequence[str], environment: Mapping[str, str] | None = None, directory: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    # What constrains the project's own packages does not constrain theirs.
    inherited = {name: value for name, value in os.environ.items() if name not in ("PIP_CONSTRAINT", "PYTHONPATH")}
    return subprocess.run(
        command,
        env=inherited if environment is None else environment,
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
