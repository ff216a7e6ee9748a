"""Starting the prober as a child process, with what the stack says."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from harness.load.child import Child
from harness.probes.dns import literal
from harness.probes.settings import Clients, ProberSettings
from harness.stack.descriptor import Stack

SETTINGS = "prober.json"
LOG = "prober.log"
START_WITHIN = 10.0


def prober_settings(
    stack: Stack,
    directory: Path,
    *,
    order_prefix: str,
    probe_rate: float = 20.0,
    order_rate: float = 20.0,
    redial: bool = True,
) -> ProberSettings:
    """What to ask of a stack. `order_prefix` must be new for every run; records go to `directory`.

    `redial`: whether to dial fast while nobody is served, which finds the moment of recovery.
    """
    return ProberSettings(
        url=stack.entry.url,
        directory=str(directory),
        order_prefix=order_prefix,
        populations={
            name: Clients(source=each.source, client_subnet=each.client_subnet)
            for name, each in stack.populations.items()
        },
        regions=region_addresses(stack),
        resolver=stack.resolver,
        time_scale=stack.time_scale,
        probe_rate=probe_rate,
        order_rate=order_rate,
        redial=redial,
    )


def region_addresses(stack: Stack) -> dict[str, tuple[str, ...]]:
    """The addresses that can be told from the descriptor alone: those of endpoints written as addresses."""
    hosts = {name: urlsplit(region.url).hostname or "" for name, region in stack.regions.items()}
    return {name: (host,) for name, host in hosts.items() if literal(host)}


def start_prober(settings: ProberSettings, within: float = START_WITHIN) -> Child:
    """Start it and wait until it records. Raises ChildFailed."""
    directory = Path(settings.directory)
    path = directory / SETTINGS
    settings.save(path)
    arguments = [sys.executable, "-m", "harness.probes.prober", str(path)]
    root = Path(__file__).resolve().parents[2]
    child = Child("prober", arguments, log=directory / LOG, environment={"PYTHONPATH": str(root)})
    child.wait_for(settings.probes, within)
    return child
