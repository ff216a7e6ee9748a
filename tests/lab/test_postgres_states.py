"""The databases may be asked for by any thread while they change."""

import sys
import threading
import time
from types import SimpleNamespace

from harness.lab.postgres.cluster import Databases


def test_databases_can_be_asked_for_while_one_is_replaced() -> None:
    cluster = Databases.__new__(Databases)
    server = SimpleNamespace(region="us-east-1", source=None, running=True, address="127.1.1.1", zone=None)
    cluster._servers = {f"db-{n}": server for n in range(50)}
    over = threading.Event()

    def replace() -> None:
        while not over.is_set():
            cluster._servers["new"] = server
            time.sleep(0)
            del cluster._servers["new"]
            time.sleep(0)

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    changing = threading.Thread(target=replace)
    changing.start()
    try:
        seen = [len(cluster.states()) for _ in range(3000)]
    finally:
        over.set()
        changing.join()
        sys.setswitchinterval(usual)
    assert set(seen) <= {50, 51}
