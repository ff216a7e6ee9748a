"""The links of the chain from rising demand to clients that are served well again, in their order."""

DEMAND = "demand rises"
METRIC = "metric crosses"
ALARM = "alarm"
DESIRED = "desired capacity"
LAUNCHED = "instance launched"
IN_SERVICE = "in service"
HEALTHY = "target healthy"
SHARE = "serves its share"
IN_BOUNDS = "P95 in bounds"
LINKS = (DEMAND, METRIC, ALARM, DESIRED, LAUNCHED, IN_SERVICE, HEALTHY, SHARE, IN_BOUNDS)

SCALING_TIME = "scaling time"
MOST_INSTANCES = "most instances"
OF_CAPACITY = frozenset({"under-capacity", "over-capacity", "headroom at peak", MOST_INSTANCES})


def is_about_capacity(measure: str) -> bool:
    """Whether a measure needs to know how much capacity there was."""
    return measure.startswith(SCALING_TIME) or measure in OF_CAPACITY
