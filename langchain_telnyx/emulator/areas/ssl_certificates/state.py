"""Certificates of buckets, read by what a server would do with them: a TLS handshake.

The handshake takes place in memory. It fails where a real one would: for what is no certificate, a
key of another one, a key under a password. Only the certificate is kept, not its key.
"""

import json
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS bucket_certificates (
    bucket TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    said TEXT NOT NULL,
    created_at TEXT NOT NULL
)
"""

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_END = b"-----END CERTIFICATE-----"
_ANY_TIME = 0x200000
"""OpenSSL's flag X509_V_FLAG_NO_CHECK_TIME: an expired certificate can be read, too."""
_FIELDS = {
    "commonName": "common_name",
    "organizationName": "organization",
    "organizationalUnitName": "organization_unit",
}


class BadCertificateError(Exception):
    """A certificate and key that no server could use."""


@dataclass(frozen=True)
class Certificate:
    """A bucket's certificate.

    Attributes:
        said: What it says: whom it names, who vouches for it, and when it is valid.
    """

    id: str
    said: dict[str, Any]
    created_at: str


class Certificates:
    """The certificates of the account's buckets.

    Args:
        store: Where they are kept.
        clock: For their times.
        ids: For their ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    def find(self, bucket: str) -> Certificate | None:
        """Return a bucket's certificate, if it has one."""
        row = self._store.row(
            "SELECT id, said, created_at FROM bucket_certificates WHERE bucket = ?", bucket
        )
        return Certificate(row["id"], json.loads(row["said"]), row["created_at"]) if row else None

    def put(self, bucket: str, certificate: bytes, private_key: bytes) -> Certificate:
        """Give a bucket a certificate, in place of the one it has.

        Raises:
            BadCertificateError: No server could use them.
        """
        said = read(certificate, private_key)
        new = Certificate(self._ids.uuid("certificate"), said, self._clock.stamp())
        self._store.execute(
            "INSERT OR REPLACE INTO bucket_certificates VALUES (?, ?, ?, ?)",
            bucket,
            new.id,
            json.dumps(said),
            new.created_at,
        )
        return new

    def remove(self, bucket: str) -> None:
        """Take a bucket's certificate away."""
        self._store.execute("DELETE FROM bucket_certificates WHERE bucket = ?", bucket)


def read(certificate: bytes, private_key: bytes) -> dict[str, Any]:
    """Return what a certificate says.

    Args:
        certificate: PEM; the first certificate is the bucket's, others are its chain.
        private_key: PEM, without a password.

    Raises:
        BadCertificateError: No server could use them.
    """
    start = certificate.find(_BEGIN)
    end = certificate.find(_END, start)
    if start < 0 or end < 0:
        raise BadCertificateError("The certificate is not PEM.")
    first = certificate[start : end + len(_END)]
    try:
        return _said(_shown(first.decode("ascii"), certificate, private_key))
    except ssl.SSLCertVerificationError as error:
        raise BadCertificateError(f"No client would take it: {error.verify_message}.") from error
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise BadCertificateError(f"The certificate and key cannot be used: {reason}.") from error


def _shown(first: str, certificate: bytes, private_key: bytes) -> dict[str, Any]:
    """Return a certificate as a client of a server with it sees it."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        # Python's `ssl` takes certificates for servers from files only.
        chain, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        chain.write_bytes(certificate)
        key.write_bytes(private_key)
        # Without a function for the password, OpenSSL would ask for it on the terminal.
        server.load_cert_chain(chain, key, password=lambda: b"")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(cadata=first)
    client.verify_flags = ssl.VerifyFlags(ssl.VERIFY_X509_PARTIAL_CHAIN | _ANY_TIME)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_side=False),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    # Both hellos, and the certificate with the second: the client has seen it on its second turn.
    for end in (*ends, *ends):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    seen = ends[0].getpeercert()
    if not seen:
        raise ValueError("the handshake did not show the certificate")
    return dict(seen)


def _said(seen: dict[str, Any]) -> dict[str, Any]:
    return {
        "issued_to": _name(seen.get("subject", ())),
        "issued_by": _name(seen.get("issuer", ())),
        "valid_from": _moment(seen["notBefore"]),
        "valid_to": _moment(seen["notAfter"]),
    }


def _name(parts: Any) -> dict[str, str]:
    fields = {name: value for part in parts for name, value in part}
    return {ours: fields[theirs] for theirs, ours in _FIELDS.items() if theirs in fields}


def _moment(text: str) -> str:
    moment = datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    return moment.isoformat().replace("+00:00", "Z")
