"""When the processes of a lab report what they have counted."""


def until_next(every_s: float, at: float) -> float:
    """Seconds from a wall-clock moment to the next report, of which there is one each `every_s`.

    It is due in the middle between two multiples of that: whoever is late, again and again, still reports into the
    same period of CloudWatch, and no period has a report more or less than the others.
    """
    left = (every_s / 2 - at) % every_s
    return left if left > every_s / 10 else left + every_s  # a timer that came too early is no second report
