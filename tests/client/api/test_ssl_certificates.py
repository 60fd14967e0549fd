"""Certificates of buckets, sync and async, against the emulator."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from langchain_telnyx.client.errors import NotFoundError, UnprocessableEntityError


def made(host: str) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COMMON_NAME, host),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example"),
        ]
    )
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2021, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return certificate.public_bytes(pem), key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


async def test_a_certificate_is_added_shown_and_removed(api: Any, bucket: str) -> None:
    certificate, key = made("files.example.com")
    added = await api.ssl_certificates.add(bucket, certificate=certificate, private_key=key)
    assert added.issued_to.common_name == "files.example.com"
    assert added.issued_by.organization == "Example"
    assert added.valid_to == datetime(2021, 1, 1, tzinfo=UTC)
    assert await api.ssl_certificates.get(bucket) == added
    assert await api.ssl_certificates.remove(bucket) == added
    with pytest.raises(NotFoundError):
        await api.ssl_certificates.get(bucket)


async def test_a_certificate_comes_from_files(api: Any, bucket: str, tmp_path: Path) -> None:
    certificate, key = made("files.example.com")
    (tmp_path / "certificate.pem").write_bytes(certificate)
    (tmp_path / "key.pem").write_bytes(key)
    added = await api.ssl_certificates.add(
        bucket, certificate=tmp_path / "certificate.pem", private_key=tmp_path / "key.pem"
    )
    assert added.issued_to.common_name == "files.example.com"


async def test_a_key_of_another_certificate_is_refused(api: Any, bucket: str) -> None:
    certificate, _ = made("files.example.com")
    _, key = made("files.example.com")
    with pytest.raises(UnprocessableEntityError, match="KEY_VALUES_MISMATCH"):
        await api.ssl_certificates.add(bucket, certificate=certificate, private_key=key)
