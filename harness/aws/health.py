"""The health check of an endpoint, as a client sees it."""

import time

HEALTH = "/health"
# One look must not hold up those at alarms and clients for long.
WITHIN_SECONDS = 1.0


def answer_ms(url: str, host: str) -> float | None:
    """How long a GET of the health check takes, in real ms; None where it is not answered with 200 within a second."""
    import requests

    began = time.perf_counter()
    try:
        answer = requests.get(url.rstrip("/") + HEALTH, headers={"Host": host}, timeout=WITHIN_SECONDS)
    except requests.RequestException:
        return None
    return 1000 * (time.perf_counter() - began) if answer.status_code == 200 else None
