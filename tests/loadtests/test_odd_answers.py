"""Answers of every kind that HTTP allows, and some that it does not; over TCP, TLS and IPv6."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest

from harness.probes.dns import Cached, RegionMap
from harness.probes.http import Url
from loadtests.client import Client, Entry, Exchange
from loadtests.population import Population
from tests.loadtests.odd_server import BODY, OddServer, odd_server

CART = {"cart": ["sku-1"]}


@pytest.fixture
def server() -> Iterator[OddServer]:
    with odd_server() as running:
        yield running


def client_of(url: str, timeout: float = 5.0, context: ssl.SSLContext | None = None) -> Client:
    entry = Entry(Url(url), connect_timeout=timeout, total_timeout=timeout, context=context)
    place = Population(name="NA", host=entry.url.host, cached=Cached(1.0), regions=RegionMap.of({}))
    return Client(entry, place)


@pytest.fixture
def client(server: OddServer) -> Iterator[Client]:
    made = client_of(f"http://127.0.0.1:{server.port}")
    yield made
    made.close()


@pytest.fixture
def get(client: Client) -> Callable[[str], Exchange]:
    return lambda path: client.send("GET", path)


@pytest.mark.parametrize(
    "path",
    ["/plain", "/pieces", "/chunked", "/chunked-pieces", "/gzip", "/deflate", "/bare-deflate", "/continue"],
)
def test_a_whole_answer_is_read_however_it_comes_and_the_connection_kept(
    get: Callable[[str], Exchange], server: OddServer, path: str
) -> None:
    exchanges = [get(path) for _ in range(4)]
    assert [(e.status, e.error, e.document()) for e in exchanges] == [(200, "", CART)] * 4
    assert server.connections == 1


@pytest.mark.parametrize("path", ["/close", "/old", "/until-the-end"])
def test_a_connection_that_the_server_closes_is_not_used_again(
    get: Callable[[str], Exchange], server: OddServer, path: str
) -> None:
    exchanges = [get(path) for _ in range(30)]
    assert [(e.status, e.error, e.body) for e in exchanges] == [(200, "", BODY)] * 30
    assert server.connections == 30


def test_a_connection_that_was_closed_without_a_word_is_not_used_again(client: Client, server: OddServer) -> None:
    for _ in range(10):
        assert client.send("GET", "/silent-close").error == ""
        while client._connection and client._connection.usable():  # its end is still on its way
            gevent.sleep(0.001)
    assert server.connections == 10


def test_all_kinds_follow_each_other_on_one_connection(get: Callable[[str], Exchange], server: OddServer) -> None:
    paths = ["/plain", "/chunked", "/plain", "/no-content", "/redirect", "/pieces", "/gzip", "/plain"]
    assert [get(path).status for path in paths] == [200, 200, 200, 204, 302, 200, 200, 200]
    assert server.connections == 1


def test_a_redirect_is_an_answer_and_is_not_followed(get: Callable[[str], Exchange], server: OddServer) -> None:
    assert (get("/redirect").status, len(server.heads)) == (302, 1)


def test_packed_bodies_are_asked_for_and_counted_as_they_came(
    get: Callable[[str], Exchange], server: OddServer
) -> None:
    exchange = get("/gzip")
    assert "Accept-Encoding: gzip, deflate" in server.heads[0]
    assert exchange.size != len(BODY)


def test_a_body_that_is_not_what_it_says_is_an_answer_without_a_document(get: Callable[[str], Exchange]) -> None:
    exchange = get("/broken-gzip")
    assert (exchange.status, exchange.document()) == (200, None)


def test_a_body_larger_than_one_read_is_read_to_its_end(get: Callable[[str], Exchange]) -> None:
    assert get("/large").size == 600_003


@pytest.mark.parametrize(
    ("path", "error"),
    [("/cut", "closed before the answer"), ("/nonsense", "not an HTTP response: 'SSH-2.0-x'")],
)
def test_an_answer_that_is_none_leaves_the_request_unanswered(
    get: Callable[[str], Exchange], server: OddServer, path: str, error: str
) -> None:
    exchange = get(path)
    assert (exchange.status, exchange.was_sent, exchange.error) == (None, True, error)
    assert get("/plain").status == 200
    assert (len(server.heads), server.connections) == (2, 2)


def test_what_nobody_asked_for_ends_the_connection(get: Callable[[str], Exchange], server: OddServer) -> None:
    assert get("/more").status == 200
    assert get("/plain").status == 200
    assert server.connections == 2


def test_a_request_is_given_up_after_its_time_and_the_next_has_its_own(server: OddServer) -> None:
    client = client_of(f"http://127.0.0.1:{server.port}", timeout=0.2)
    for _ in range(3):
        exchange = client.send("GET", "/never")
        assert (exchange.status, exchange.error, exchange.was_sent) == (None, "timeout", True)
        assert exchange.finished - exchange.sent >= 199_000_000
        assert client.send("GET", "/plain").status == 200
    client.close()


def test_an_address_of_ipv6_is_an_entry_like_any_other() -> None:
    with odd_server("::1") as server:
        client = client_of(f"http://[::1]:{server.port}")
        assert client.send("GET", "/plain").status == 200
        assert f"Host: [::1]:{server.port}" in server.heads[0]
        client.close()


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of a server and of a client that trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = self_signed(folder)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    return serving, ssl.create_default_context(cafile=str(certificate))


def self_signed(folder: Path) -> tuple[Path, Path]:
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return paths


@pytest.mark.parametrize("path", ["/plain", "/chunked-pieces", "/gzip", "/large"])
def test_tls_carries_all_of_it_on_one_connection(contexts: tuple[ssl.SSLContext, ssl.SSLContext], path: str) -> None:
    with odd_server(context=contexts[0]) as server:
        client = client_of(f"https://127.0.0.1:{server.port}", context=contexts[1])
        exchanges = [client.send("GET", path) for _ in range(3)]
        assert [(e.status, e.error) for e in exchanges] == [(200, "")] * 3
        assert server.connections == 1
        client.close()


def test_a_server_nobody_trusts_is_not_asked(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with odd_server(context=contexts[0]) as server:
        client = client_of(f"https://127.0.0.1:{server.port}", context=ssl.create_default_context())
        exchange = client.send("GET", "/plain")
        assert not exchange.was_sent
        assert "certificate" in exchange.error.lower()
        assert server.heads == []
