"""The health check of an endpoint, as a client sees it."""

import time
from dataclasses import dataclass

HEALTH = "/health"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a health check was answered: how long it took in real ms, and why it counts as failed, if it does."""

    ms: float
    failure: str


def ask_health(url: str, host: str, within_seconds: float) -> Health:
    """GET the health check of an endpoint; anything but 200 in time is a failure."""
    import requests

    began = time.perf_counter()
    try:
        answer = requests.get(url.rstrip("/") + HEALTH, headers={"Host": host}, timeout=within_seconds)
        failure = "" if answer.status_code == 200 else f"status {answer.status_code}"
    except requests.RequestException as error:
        failure = type(error).__name__
    return Health(ms=1000 * (time.perf_counter() - began), failure=failure)
