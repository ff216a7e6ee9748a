"""Reading the ledger back: what the surviving database holds of the orders that were sent."""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from harness.errors import HarnessError
from harness.model.history import Audit

RETRY_EVERY = 0.2
ATTEMPT_TIMEOUT = 5.0
REFUSED_FOR_GOOD = (400, 401, 403, 404, 405)


class NotAudited(HarnessError):
    """The orders could not be read back; there is no audit, not an empty one."""

    def __init__(self, because: str) -> None:
        super().__init__(f"not audited: {because}")


def audit(
    url: str,
    *,
    prefix: str,
    written: Collection[str],
    at: Callable[[], float],
    deadline: float = 10.0,
    source: str | None = None,
) -> Audit:
    """Read every order of this run from the writer's database, through a surviving region's endpoint `url`.

    `written` are the ids on the ledger, whatever their outcome. `at` reads the clock of the run. `deadline` is real
    seconds, within which failures are tried again; `source` the address to ask from. Raises NotAudited.
    """
    content = _fetch(url.rstrip("/") + "/orders", f"{prefix}-", deadline, source)
    region, rows = _checked(content)
    known = set(written)
    return Audit(
        at=at(),
        region=region,
        rows={each: count for each, count in rows.items() if each in known},
        unknown=tuple(sorted(each for each in rows if each not in known)),
    )


def _fetch(url: str, prefix: str, deadline: float, source: str | None) -> Any:
    until = time.monotonic() + deadline
    with requests.Session() as session:
        session.trust_env = False
        if source:
            session.mount("http://", _From(source))
            session.mount("https://", _From(source))
        while True:
            left = until - time.monotonic()
            because = ""
            try:
                timeout = min(ATTEMPT_TIMEOUT, max(left, 0.1))
                answer = session.get(url, params={"prefix": prefix, "from": "writer"}, timeout=timeout)
                if answer.ok:
                    return answer.json()
                because = f"HTTP {answer.status_code} from {url}"
                if answer.status_code in REFUSED_FOR_GOOD:
                    raise NotAudited(because)
            except requests.RequestException as error:
                because = f"{url}: {error}"
            if time.monotonic() + RETRY_EVERY > until:
                raise NotAudited(f"{because}; gave up after {deadline:g} s")
            time.sleep(RETRY_EVERY)


def _checked(content: Any) -> tuple[str, Mapping[str, int]]:
    match content:
        case {"region": str(region), "orders": dict(orders)} if all(
            isinstance(count, int) and count > 0 for count in orders.values()
        ):
            return region, orders
    raise NotAudited(f"the answer is not a list of orders: {str(content)[:200]}")


class _From(HTTPAdapter):
    """Binds the source address of every connection."""

    def __init__(self, source: str) -> None:
        self._source = source
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._source, 0), **kwargs)
