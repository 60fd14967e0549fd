"""SSL certificates of buckets, validated by a TLS handshake in memory.

The handshake fails where a real one would: for an invalid certificate, a key of another one, or a
key with a password. Only the certificate is stored, not its key.
"""

import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import KEY, TEXT, Rows, Table

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_END = b"-----END CERTIFICATE-----"
_ANY_TIME = 0x200000
"""OpenSSL's flag X509_V_FLAG_NO_CHECK_TIME: expired certificates are accepted."""
_FIELDS = {
    "commonName": "common_name",
    "organizationName": "organization",
    "organizationalUnitName": "organization_unit",
}


class BadCertificateError(Exception):
    """A server cannot use the certificate and key."""


@dataclass(frozen=True)
class Certificate:
    """A bucket's certificate.

    Attributes:
        details: Its subject, its issuer, and its validity.
    """

    id: str
    details: dict[str, Any]
    created_at: str


_CERTIFICATES = Table(
    "bucket_certificates",
    dict[str, Any],
    {"bucket": KEY, "id": TEXT, "said": TEXT, "created_at": TEXT},
    json=["said"],
)
SCHEMA = _CERTIFICATES.schema


class Certificates:
    """The certificates of the account's buckets.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._certificates = Rows(store, _CERTIFICATES)
        self._clock = clock
        self._ids = ids

    def find(self, bucket: str) -> Certificate | None:
        """Return a bucket's certificate, if it has one."""
        row = self._certificates.get(bucket=bucket)
        return Certificate(row["id"], row["said"], row["created_at"]) if row else None

    def put(self, bucket: str, certificate: bytes, private_key: bytes) -> Certificate:
        """Set a bucket's certificate, replacing a previous one.

        Raises:
            BadCertificateError: A server cannot use them.
        """
        details = read(certificate, private_key)
        new = Certificate(self._ids.uuid("certificate"), details, self._clock.stamp())
        self._certificates.insert(
            conflict="REPLACE",
            bucket=bucket,
            id=new.id,
            said=details,
            created_at=new.created_at,
        )
        return new

    def remove(self, bucket: str) -> None:
        """Delete a bucket's certificate."""
        self._certificates.delete(bucket=bucket)


def read(certificate: bytes, private_key: bytes) -> dict[str, Any]:
    """Return the details of a certificate.

    Args:
        certificate: PEM; the first certificate is the bucket's, others are its chain.
        private_key: PEM, without a password.

    Raises:
        BadCertificateError: A server cannot use them.
    """
    start = certificate.find(_BEGIN)
    end = certificate.find(_END, start)
    if start < 0 or end < 0:
        raise BadCertificateError("The certificate is not PEM.")
    first = certificate[start : end + len(_END)]
    try:
        return _details(_handshake(first.decode("ascii"), certificate, private_key))
    except ssl.SSLCertVerificationError as error:
        raise BadCertificateError(f"No client would take it: {error.verify_message}.") from error
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise BadCertificateError(f"The certificate and key cannot be used: {reason}.") from error


def _handshake(first: str, certificate: bytes, private_key: bytes) -> dict[str, Any]:
    """Return the certificate that a client receives in a handshake with it."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        # Python's `ssl` loads server certificates only from files.
        chain, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        chain.write_bytes(certificate)
        key.write_bytes(private_key)
        # Without a password function, OpenSSL would prompt on the terminal.
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
    # Two rounds: the hellos, then the certificate with the server's hello.
    for end in (*ends, *ends):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    seen = ends[0].getpeercert()
    if not seen:
        raise ValueError("the handshake did not show the certificate")
    return dict(seen)


def _details(peer: dict[str, Any]) -> dict[str, Any]:
    return {
        "issued_to": _name(peer.get("subject", ())),
        "issued_by": _name(peer.get("issuer", ())),
        "valid_from": _moment(peer["notBefore"]),
        "valid_to": _moment(peer["notAfter"]),
    }


def _name(parts: Any) -> dict[str, str]:
    fields = {name: value for part in parts for name, value in part}
    return {ours: fields[theirs] for theirs, ours in _FIELDS.items() if theirs in fields}


def _moment(text: str) -> str:
    moment = datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    return moment.isoformat().replace("+00:00", "Z")
