"""Checks of the network: name lookup, proxy, TLS."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from langchain_telnyx.client.config import Config
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.http import pools
from langchain_telnyx.doctor.findings import Finding

T = TypeVar("T")

_PORTS = {"http": 80, "https": 443}
_SECONDS = 10.0
_DAY = 86_400
_SOON = 14  # days


def check_proxy(config: Config) -> Finding:
    """Report the proxy of requests to the API, without its password."""
    try:
        proxy = config.proxy or pools.environment_proxy(config.base_url)
    except ConfigurationError as error:
        return Finding("proxy", "failure", str(error))
    if not proxy:
        return Finding("proxy", "skipped", "None.")
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    try:
        port = parts.port
    except ValueError:
        return Finding("proxy", "failure", "The port of the proxy is not a number.")
    shown = f"{parts.scheme}://{parts.hostname}{f':{port}' if port else ''}"
    origin = "the options" if config.proxy else "the environment"
    return Finding("proxy", "ok", f"{shown}, from {origin}.", data={"proxy": shown})


def check_dns(config: Config, *, is_direct: bool) -> Finding:
    """Look up the API's host."""
    host, port = _address(config)
    if not is_direct:
        return Finding("dns", "skipped", "The proxy looks up the host.")
    begin = time.perf_counter()
    try:
        found = _within(_SECONDS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        reason = f"{host} cannot be looked up: {error}."
        return Finding("dns", "failure", reason, "Check the address, the network and DNS.")
    took = _milliseconds(begin)
    addresses = sorted({str(each[4][0]) for each in found})
    detail = f"{host} is {', '.join(addresses)}, found in {took} ms."
    return Finding("dns", "ok", detail, data={"addresses": addresses, "milliseconds": took})


def check_tls(config: Config, *, is_direct: bool) -> Finding:
    """Connect to the API's host, and verify its certificate as requests do."""
    host, port = _address(config)
    if not is_direct:
        return Finding("tls", "skipped", "Checked by the request below, through the proxy.")
    encrypted = config.base_url.startswith("https:")
    begin = time.perf_counter()
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as plain:
            if not encrypted:
                took = _milliseconds(begin)
                detail = f"Connected in {took} ms, without TLS."
                return Finding("tls", "skipped", detail, data={"milliseconds": took})
            with pools.tls_context().wrap_socket(plain, server_hostname=host) as secured:
                certificate: Any = secured.getpeercert()
                version = secured.version()
    except ssl.SSLCertVerificationError as error:
        reason = f"The certificate of {host} is not trusted: {error.verify_message}."
        advice = "Behind a proxy that inspects TLS, set SSL_CERT_FILE to its certificates."
        return Finding("tls", "failure", reason, advice)
    except OSError as error:
        reason = f"Cannot connect to {host} port {port}: {error}."
        return Finding("tls", "failure", reason, "Check firewall, proxy and VPN.")
    took = _milliseconds(begin)
    days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) // _DAY)
    detail = f"{version} in {took} ms, certificate valid for {days} more days."
    data = {"version": version, "milliseconds": took, "days": days}
    if days < _SOON:
        return Finding("tls", "warning", detail, "It expires soon.", data)
    return Finding("tls", "ok", detail, data=data)


def _address(config: Config) -> tuple[str, int]:
    parts = urlsplit(config.base_url)
    return parts.hostname or "", parts.port or _PORTS[parts.scheme]


def _within(seconds: float, task: Callable[[], T]) -> T:
    """Return the result of a task that cannot be interrupted, such as a name lookup.

    Raises:
        TimeoutError: It takes longer; its thread is left.
    """
    results: list[T] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(task())
        except Exception as error:  # noqa: BLE001 - raised in the other thread
            errors.append(error)

    thread = threading.Thread(target=run, name="telnyx-doctor", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(f"no answer within {seconds:g} s")
    return results[0]


def _milliseconds(begin: float) -> int:
    return round((time.perf_counter() - begin) * 1000)
