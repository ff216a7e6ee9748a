"""What an answer, or the lack of one, says about a request."""

from harness.model.history import Outcome

UNAVAILABLE = 503


def answered(status: int, *, writes: bool) -> Outcome:
    """The outcome of a request that got this HTTP status.

    A write answered by a 5xx other than 503 is INDETERMINATE: a gateway that lost its target (502, 504) or an app
    that crashed (500) does not know whether the row was committed. 503 means that nothing was tried.
    """
    if status < 400:
        return Outcome.OK
    if writes and status >= 500 and status != UNAVAILABLE:
        return Outcome.INDETERMINATE
    return Outcome.FAILED


def unanswered(*, was_sent: bool) -> Outcome:
    """The outcome of a request without an answer: once it was sent nobody knows, before that it did not happen."""
    return Outcome.INDETERMINATE if was_sent else Outcome.FAILED
