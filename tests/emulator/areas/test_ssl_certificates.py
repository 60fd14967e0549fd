"""Certificates are accepted if a TLS server can use them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

if TYPE_CHECKING:
    from typing import TypeAlias

    from tests.emulator.conftest import Api

    Key: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

PATH = "/storage/buckets/bucket/ssl_certificate"
PEM = serialization.Encoding.PEM


def signed(subject: str, issuer: str, key: Key, by: Key, *, authority: bool = False) -> bytes:
    def name(common: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])

    certificate = (
        x509.CertificateBuilder(name(issuer), name(subject), key.public_key(), 1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2126, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(by, hashes.SHA256())
    )
    return certificate.public_bytes(PEM)


def pem(key: Key, password: bytes | None = None) -> bytes:
    return key.private_bytes(
        PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption(),
    )


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def test_a_certificate_with_its_chain_is_read(api: Api, key: rsa.RSAPrivateKey) -> None:
    api.put("bucket", "a.txt", b"")
    authority = ec.generate_private_key(ec.SECP384R1())
    chain = signed("files.example.com", "Example CA", key, authority) + signed(
        "Example CA", "Example CA", authority, authority, authority=True
    )
    answer = api.send("PUT", PATH, files={"certificate": chain, "private_key": pem(key)})
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"] == {
        "id": answer.json()["data"]["id"],
        "issued_to": {"common_name": "files.example.com"},
        "issued_by": {"common_name": "Example CA"},
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_to": "2126-01-01T00:00:00Z",
        "created_at": "2026-01-01T00:00:00.003Z",
    }


def test_an_unusable_certificate_is_refused(api: Api, key: rsa.RSAPrivateKey) -> None:
    api.put("bucket", "a.txt", b"")
    good = signed("a.example.com", "a.example.com", key, key)
    for certificate, private_key in (
        (b"no PEM", pem(key)),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", pem(key)),
        (b"-----BEGIN CERTIFICATE-----\n\xff\xfe\n-----END CERTIFICATE-----\n", pem(key)),
        (good, b"no PEM"),
        (good, b""),
        (good, pem(key, b"secret")),
        (good, pem(ec.generate_private_key(ec.SECP256R1()))),
    ):
        files = {"certificate": certificate, "private_key": private_key}
        answer = api.send("PUT", PATH, files=files)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "10027")
    assert api.send("GET", PATH).status_code == 404


def test_an_invalid_chain_is_refused(api: Api, key: rsa.RSAPrivateKey) -> None:
    api.put("bucket", "a.txt", b"")
    other = ec.generate_private_key(ec.SECP256R1())
    chain = signed("a.example.com", "b", key, other) + signed("b", "b", other, other)
    answer = api.send("PUT", PATH, files={"certificate": chain, "private_key": pem(key)})
    assert (answer.status_code, "invalid CA" in answer.text) == (422, True)


def test_both_files_are_needed(api: Api, key: rsa.RSAPrivateKey) -> None:
    api.put("bucket", "a.txt", b"")
    assert api.send("PUT", PATH, files={"private_key": pem(key)}).status_code == 422
    assert api.send("PUT", PATH, json={}).status_code == 422


def test_a_missing_bucket_has_no_certificate(api: Api, key: rsa.RSAPrivateKey) -> None:
    certificate = signed("a.example.com", "a.example.com", key, key)
    files = {"certificate": certificate, "private_key": pem(key)}
    for method, options in (("PUT", {"files": files}), ("GET", {}), ("DELETE", {})):
        assert api.send(method, PATH, **options).status_code == 404
