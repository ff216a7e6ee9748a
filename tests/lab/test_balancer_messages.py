"""HTTP messages as a balancer reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.lab.balancer.messages import Malformed, body_of, head_of

HEAD = b"GET /a HTTP/1.1\r\n"


def test_hop_by_hop_headers_are_not_passed_on_and_the_others_are_as_they_came() -> None:
    head = head_of(HEAD + b"Host: Shop\r\nConnection: close\r\nX-Forwarded-For: 1.2.3.4\r\nAccept:  */* \r\n\r\nrest")
    assert head is not None
    assert (head.start, head.lines) == (b"GET /a HTTP/1.1", b"Host: Shop\r\nAccept:  */* \r\n")
    assert not head.keeps(b"HTTP/1.1")


@pytest.mark.parametrize(("lines", "version", "keeps"), [
    (b"", b"HTTP/1.1", True),
    (b"", b"HTTP/1.0", False),
    (b"Connection: Keep-Alive\r\n", b"HTTP/1.0", True),
    (b"Connection: Close\r\n", b"HTTP/1.1", False),
])  # fmt: skip
def test_a_connection_is_kept_as_its_version_and_header_say(lines: bytes, version: bytes, keeps: bool) -> None:
    head = head_of(HEAD + lines + b"\r\n")
    assert head is not None
    assert head.keeps(version) is keeps


@pytest.mark.parametrize(("lines", "status"), [
    (b"no colon\r\n", 400),
    (b": no name\r\n", 400),
    (b"Space : x\r\n", 400),
    (b"A: x\r\n folded\r\n", 400),
    (b"Content-Length: -1\r\n", 400),
    (b"Content-Length: 1\r\nContent-Length: 2\r\n", 400),
    (b"A: x\nContent-Length: 9\r\n", 400),
    (b"A: x\rContent-Length: 9\r\n", 400),
    (b"A: \0\r\n", 400),
    (b"Content-Length: " + b"9" * 5000 + b"\r\n", 400),
    (b"Transfer-Encoding: gzip\r\n", 501),
    (b"A: " + b"x" * 70_000 + b"\r\n", 431),
])  # fmt: skip
def test_a_wrong_head_is_refused_with_its_status(lines: bytes, status: int) -> None:
    with pytest.raises(Malformed) as refused:
        head_of(HEAD + lines + b"\r\n")
    assert refused.value.status == status


@pytest.mark.parametrize("chunks", [b"x\r\n", b"\r\n", b"2\r\nabc\r\n0\r\n\r\n", b"-1\r\n"])
def test_wrong_chunks_are_refused(chunks: bytes) -> None:
    data = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks
    head = head_of(data)
    assert head is not None
    with pytest.raises(Malformed):
        body_of(data, head)


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 2000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n200000\r\n"]
)
def test_too_large_a_body_is_refused_before_it_has_come(framing: bytes) -> None:
    head = head_of(HEAD + framing)
    assert head is not None
    with pytest.raises(Malformed) as refused:
        body_of(HEAD + framing, head)
    assert refused.value.status == 413


@given(
    parts=st.lists(st.binary(min_size=1, max_size=50), max_size=5), rest=st.binary(max_size=20), chunked=st.booleans()
)
def test_a_body_is_found_only_when_it_is_whole_and_what_follows_is_left(
    parts: list[bytes], rest: bytes, chunked: bool
) -> None:
    body = b"".join(parts)
    if chunked:
        chunks = b"".join(b"%x;note\r\n%b\r\n" % (len(part), part) for part in parts)
        framed = b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nTrailer: x\r\n\r\n"
    else:
        framed = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    message = HEAD + framed
    for size in range(len(message)):
        head = head_of(message[:size])
        assert head is None or body_of(message[:size], head) is None
    head = head_of(message + rest)
    assert head is not None
    assert body_of(message + rest, head) == (body, len(message))
