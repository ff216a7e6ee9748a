"""Where a Locust process has its settings from: the file of the harness, or, on another machine, its master."""

import argparse
import os
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import gevent
from locust.rpc import Message, zmqrpc

from harness.load.settings import CONFIG, LoadSettings
from loadtests.messages import SETTINGS

ASK_EVERY = 1.0
ASK_FOR = 600.0


def settings_told() -> LoadSettings:
    """The settings of this process. A worker that is started before its master asks for ten minutes."""
    if path := os.environ.get(CONFIG):
        return LoadSettings.load(Path(path))
    options = _options(sys.argv[1:])
    if not options.worker:
        sys.exit(f"refused: {CONFIG} names no file; drill run sets it, and a worker asks its master: --worker")
    return LoadSettings.of_json(_ask(options.master_host, options.master_port))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    """Those of Locust's options that say where the master is; Locust itself reads them only later."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--worker", action="store_true", default="LOCUST_MODE_WORKER" in os.environ)
    parser.add_argument("--master-host", default=os.environ.get("LOCUST_MASTER_NODE_HOST", "127.0.0.1"))
    parser.add_argument("--master-port", type=int, default=int(os.environ.get("LOCUST_MASTER_NODE_PORT", "5557")))
    return parser.parse_known_args(arguments)[0]


def _ask(host: str, port: int) -> str:
    """The settings as the master sends them. Ends the process when no master answers."""
    name = f"{socket.gethostname()}_{uuid4().hex}"
    client = zmqrpc.Client(host, port, name)
    until = time.monotonic() + ASK_FOR
    try:
        while time.monotonic() < until:
            client.send(Message(SETTINGS, {}, name))
            with gevent.Timeout(ASK_EVERY, False):
                answer = client.recv()
                if answer.type == SETTINGS:
                    return str(answer.data["settings"])
    finally:
        client.close(linger=0)
    sys.exit(f"refused: no master at {host}:{port} told the settings within {ASK_FOR:g} s")
