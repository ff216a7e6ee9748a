"""Starting Locust as a child process: importing it here would patch the sockets and locks of the whole harness."""

import os
import sys
from pathlib import Path

from harness.load.child import Child
from harness.load.generator import ALONE, LOOPBACK, Generator, free_port
from harness.load.prober_child import region_addresses
from harness.load.settings import CONFIG, Crowd, LoadSettings
from harness.model.experiment import LoadProfile
from harness.stack.descriptor import Stack

SETTINGS = "load.json"
LOG = "locust.log"
USERS = "storefront"
START_WITHIN = 20.0


def load_settings(stack: Stack, directory: Path, profile: LoadProfile) -> LoadSettings:
    """The load that a stack's populations send together, by their shares."""
    return LoadSettings(
        url=stack.entry.url,
        directory=str(directory),
        populations={
            name: Crowd(share=each.share, source=each.source, client_subnet=each.client_subnet)
            for name, each in stack.populations.items()
        },
        rate=profile.rate,
        mix=profile.mix,
        points=profile.points,
        think_time=profile.think_time,
        stay=profile.stay,
        most_at_once=profile.most_at_once,
        workers=profile.workers,
        regions=region_addresses(stack),
        resolver=stack.resolver,
        time_scale=stack.time_scale,
    )


def start_locust(stack: Stack, directory: Path, loadtests: Path, profile: LoadProfile, how: Generator = ALONE) -> Child:
    """Start Locust on the users of `loadtests` and wait until it records to load.jsonl. Raises ChildFailed."""
    return start_users(load_settings(stack, directory, profile), loadtests / f"{USERS}.py", how)


def start_users(settings: LoadSettings, locustfile: Path, how: Generator = ALONE) -> Child:
    """Start a Locust file with these settings and wait until the load runs. Raises ChildFailed."""
    directory = Path(settings.directory)
    settings.save(directory / SETTINGS)
    arguments = [sys.executable, "-m", "locust", "-f", str(locustfile.resolve()), *_options(settings, how)]
    child = Child(
        "locust",
        arguments,
        log=directory / LOG,
        environment={CONFIG: str((directory / SETTINGS).resolve()), "PYTHONPATH": _path(locustfile), **_no_options()},
        folder=directory,
    )
    child.wait_for(settings.records, START_WITHIN + (how.wait_for_workers if how.expect_workers else 0))
    return child


def _options(settings: LoadSettings, how: Generator) -> list[str]:
    """What Locust is told on its command line."""
    count = str(settings.users)
    # Failed requests are what a drill is about, and no reason for Locust to end with an exit code of 1.
    load = ["--only-summary", "--users", count, "--spawn-rate", count, "--exit-code-on-error", "0"]
    return [*load, "--host", settings.url, *_screen(how), *_workers(settings, how)]


def _screen(how: Generator) -> list[str]:
    if how.ui is None:
        return ["--headless"]
    return ["--autostart", "--web-host", how.ui.host, "--web-port", str(how.ui.port)]


def _workers(settings: LoadSettings, how: Generator) -> list[str]:
    """One process alone, several on this machine, or a master that waits for workers of others."""
    if how.expect_workers:
        bind = ["--master-bind-host", how.bind.host, "--master-bind-port", str(how.bind.port)]
        return ["--master", "--expect-workers", str(how.expect_workers), *bind, "--enable-rebalancing"]
    if settings.workers > 1:
        port = str(free_port())
        here = ["--master-host", LOOPBACK, "--master-port", port]
        bind = ["--master-bind-host", LOOPBACK, "--master-bind-port", port]
        return ["--processes", str(settings.workers), *here, *bind, "--enable-rebalancing"]
    return []


def _path(locustfile: Path) -> str:
    """Where the child finds the harness and the folder of the Locust file, as packages."""
    return os.pathsep.join([str(Path(__file__).resolve().parents[2]), str(locustfile.resolve().parents[1])])


def _no_options() -> dict[str, str | None]:
    """A user's LOCUST_* variables must not change what a drill does."""
    return {name: None for name in os.environ if name.startswith("LOCUST_")}
