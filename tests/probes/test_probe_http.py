"""Requests written and responses read, byte by byte."""

import pytest

from harness.model.history import Outcome
from harness.probes.http import ProtocolViolation, Response, Url, request_bytes
from harness.probes.outcomes import answered, unanswered

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Served-By: us-east-1/us-east-1a/i-1\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"
TRAILERS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!\r\n0\r\nX-A: b\r\nX-C: d\r\n\r\n"


@pytest.mark.parametrize(("data", "body"), [(LENGTH, b"hello"), (CHUNKED, b"hello!"), (TRAILERS, b"!")])
@pytest.mark.parametrize("step", [1, 2, 7, 1000])
def test_a_response_is_whole_with_its_last_byte_and_not_before(data: bytes, body: bytes, step: int) -> None:
    response = Response()
    pieces = [data[i : i + step] for i in range(0, len(data), step)]
    assert [response.feed(piece) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert bytes(response.body) == body
    assert response.reusable


def test_served_by_names_the_region() -> None:
    response = Response()
    response.feed(LENGTH)
    assert (response.status, response.region) == (200, "us-east-1")


def test_a_body_without_a_length_ends_with_the_connection_which_is_then_of_no_more_use() -> None:
    response = Response()
    assert not response.feed(b"HTTP/1.1 200 OK\r\n\r\nall of")
    assert not response.feed(b" it")
    assert response.end()
    assert bytes(response.body) == b"all of it"
    assert not response.reusable


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200", LENGTH[:-1], CHUNKED[:-1]])
def test_a_connection_that_ends_too_early_leaves_no_whole_response(data: bytes) -> None:
    response = Response()
    response.feed(data)
    assert not response.end()


def test_an_interim_response_is_not_the_answer() -> None:
    response = Response()
    assert response.feed(b"HTTP/1.1 100 Continue\r\n\r\n" + LENGTH)
    assert response.status == 200


def test_no_content_has_no_body() -> None:
    assert Response().feed(b"HTTP/1.1 204 No Content\r\n\r\n")


@pytest.mark.parametrize("extra", [b"Connection: close\r\n", b"Connection: Close\r\n"])
def test_a_connection_that_will_be_closed_is_not_used_again(extra: bytes) -> None:
    response = Response()
    assert response.feed(LENGTH.replace(b"X-Served-By", extra + b"X-Served-By"))
    assert not response.reusable


def test_bytes_after_the_answer_make_a_connection_unusable() -> None:
    response = Response()
    assert response.feed(LENGTH + b"more")
    assert not response.reusable


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"x" * 70_000,
    ],
)
def test_what_is_not_http_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        Response().feed(data)


def test_a_request_is_written_whole_with_its_length() -> None:
    request = request_bytes(Url("http://api.test:8080/shop/"), "POST", "/orders", body={"id": "a"}, headers={"A": "b"})
    assert request == (
        b"POST /shop/orders HTTP/1.1\r\nHost: api.test:8080\r\nUser-Agent: drill\r\nAccept: */*\r\nA: b\r\n"
        b'Content-Type: application/json\r\nContent-Length: 11\r\n\r\n{"id": "a"}'
    )


def test_a_url_without_a_port_has_the_usual_one() -> None:
    url = Url("https://api.test")
    assert (url.port, url.secure, url.authority) == (443, True, "api.test")


@pytest.mark.parametrize("text", ["ftp://a", "api.test:80", "http://"])
def test_a_url_that_is_no_http_url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an http or https URL"):
        Url(text)


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (200, Outcome.OK, Outcome.OK),
        (302, Outcome.OK, Outcome.OK),
        (400, Outcome.FAILED, Outcome.FAILED),
        (500, Outcome.FAILED, Outcome.INDETERMINATE),
        (502, Outcome.FAILED, Outcome.INDETERMINATE),
        (503, Outcome.FAILED, Outcome.FAILED),
        (504, Outcome.FAILED, Outcome.INDETERMINATE),
    ],
)
def test_outcomes_say_what_is_known(status: int, read: Outcome, write: Outcome) -> None:
    assert answered(status, writes=False) is read
    assert answered(status, writes=True) is write


def test_without_an_answer_only_what_was_never_sent_surely_failed() -> None:
    assert unanswered(was_sent=False) is Outcome.FAILED
    assert unanswered(was_sent=True) is Outcome.INDETERMINATE
