"""TLS: the certificates of the API and of an `https://` proxy are verified."""

import datetime as dt
import functools
import http.server
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import APIConnectionError
from langchain_telnyx.client.http import pools

AsAsync = Callable[[Telnyx], Any]
NO_MODELS = b'{"object":"list","data":[]}'


def telnyx(base_url: str, **options: Any) -> Telnyx:
    options = {"api_key": "KEY0123", "timeout": 5, "max_retries": 0, **options}
    return Telnyx(base_url=base_url, **options)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a self-signed certificate for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    host = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


class Server(http.server.ThreadingHTTPServer):
    """A server with TLS that returns no models, and records each connection and path."""

    daemon_threads = True

    def __init__(self, certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)
        self.connections = 0
        self.paths: list[str] = []
        self.url = f"https://127.0.0.1:{self.server_port}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        with self._tls.wrap_socket(request, server_side=True) as secured:
            self.connections += 1
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that does not trust the certificate disconnects


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(NO_MODELS)))
        self.end_headers()
        self.wfile.write(NO_MODELS)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        pass


@pytest.fixture
def server(certificate: Path) -> Iterator[Server]:
    server = Server(certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the certificate, by the environment variables of httpx and OpenSSL."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    # Read once per process, on first use: clear the cache.
    monkeypatch.setattr(pools, "tls_context", functools.cache(httpx.create_ssl_context))


@pytest.mark.usefixtures("trusted")
async def test_calls_in_a_row_use_one_encrypted_connection(
    as_async: AsAsync, server: Server
) -> None:
    client = telnyx(server.url)
    for _ in range(3):
        assert await as_async(client).models.list() == []
    assert server.connections == 1
    client.close()
    await client.aclose()


async def test_a_certificate_that_is_not_trusted_is_refused(
    as_async: AsAsync, server: Server
) -> None:
    with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        await as_async(telnyx(server.url)).models.list()
    assert not caught.value.sent
    assert server.paths == []


@pytest.mark.usefixtures("trusted")
async def test_a_proxy_may_use_tls(as_async: AsAsync, server: Server) -> None:
    client = telnyx("http://telnyx.invalid", proxy=server.url, allow_http=True)
    assert await as_async(client).models.list() == []
    assert server.paths == ["http://telnyx.invalid/v2/ai/openai/models"]
    client.close()
    await client.aclose()


async def test_the_certificate_of_a_proxy_is_verified(as_async: AsAsync, server: Server) -> None:
    client = telnyx("http://telnyx.invalid", proxy=server.url, allow_http=True)
    with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        await as_async(client).models.list()
    assert server.paths == []
