"""Examples of what stands beside buckets: usage, certificates, key-value and file stores."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import existing
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from examples import Arguments, Example, after, asked, of

if TYPE_CHECKING:
    from existing import Account

_KEY = "sessions/42"


def namespace(account: Account) -> str:
    """A key-value namespace that is usable."""
    kvs = account.telnyx.kvs
    made = next((each for each in kvs.list() if each.name == "sessions"), None)
    id_ = (made or kvs.create("sessions")).id
    kvs.wait(id_)
    return id_


def stored_key(account: Account) -> tuple[str, str]:
    """A namespace and a key in it."""
    id_ = namespace(account)
    account.telnyx.kvs.put_key(id_, _KEY, b"a value")
    return id_, _KEY


def filesystem(account: Account) -> str:
    """A file system."""
    cloudfs = account.telnyx.cloudfs
    made = next(iter(cloudfs.list(name="shared")), None)
    return (made or cloudfs.create("shared", region="us-central-1")).id


def source(account: Account) -> str:
    """A source to migrate from: a bucket of the account's own."""
    bucket = existing.bucket(account)
    made = account.telnyx.migration_sources.create(
        "telnyx", bucket, access_key="KEY", secret_access_key="placeholder"
    )
    return str(made.id)


def migration(account: Account) -> str:
    """A migration."""
    existing.bucket_of(account, "target-bucket", {})
    made = account.telnyx.migrations.create(
        source(account), target_bucket_name="target-bucket", target_region="us-central-1"
    )
    return str(made.id)


def certified_bucket(account: Account) -> str:
    """A bucket with a certificate."""
    bucket = existing.bucket(account)
    certificate, key = certificate_and_key()
    account.telnyx.ssl_certificates.add(bucket, certificate=certificate, private_key=key)
    return bucket


@functools.cache
def certificate_and_key() -> tuple[bytes, bytes]:
    """A certificate that vouches for itself, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "files.example.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return certificate.public_bytes(pem), key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate(account: Account) -> Arguments:
    certificate, key = certificate_and_key()
    named = {"certificate": certificate, "private_key": key}
    return Arguments((existing.bucket(account),), named)


def _migration(account: Account) -> Arguments:
    existing.bucket_of(account, "target-bucket", {})
    named = {"target_bucket_name": "target-bucket", "target_region": "us-central-1"}
    return Arguments((source(account),), named)


EXAMPLES = (
    Example(
        "CreatePresignedObjectUrl",
        "storage.presigned_url",
        of(existing.bucket, "cats.txt", ttl=60),
    ),
    Example(
        "GetStorageAPIUsage",
        "bucket_usage.api",
        of(
            existing.bucket,
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2026, 1, 2, tzinfo=UTC),
        ),
    ),
    Example("GetBucketUsage", "bucket_usage.storage", of(existing.bucket)),
    Example("AddStorageSSLCertificate", "ssl_certificates.add", _certificate),
    Example("GetStorageSSLCertificates", "ssl_certificates.get", of(certified_bucket)),
    Example("RemoveStorageSSLCertificate", "ssl_certificates.remove", of(certified_bucket)),
    Example("ListKvNamespaces", "kvs.list", after(namespace, page_size=1)),
    Example("CreateKvNamespace", "kvs.create", asked("more-sessions")),
    Example("GetKvNamespace", "kvs.get", of(namespace)),
    Example("DeleteKvNamespace", "kvs.delete", of(namespace)),
    Example("ListKvKeys", "kvs.list_keys", of(lambda account: stored_key(account)[0], prefix="s")),
    Example("PutKvKey", "kvs.put_key", of(namespace, _KEY, b"a value", ttl_secs=60)),
    Example("GetKvKey", "kvs.get_key", of(stored_key)),
    Example("DeleteKvKey", "kvs.delete_key", of(stored_key)),
    Example(
        "ListCloudfsFilesystems",
        "cloudfs.list",
        after(filesystem, name="shared", region="us-central-1", sort="name", page_size=1),
    ),
    Example("CreateCloudfsFilesystem", "cloudfs.create", asked("more", region="us-east-1")),
    Example("GetCloudfsFilesystem", "cloudfs.get", of(filesystem)),
    Example("UpdateCloudfsFilesystem", "cloudfs.update", of(filesystem, name="renamed")),
    Example("RotateCloudfsMetaToken", "cloudfs.rotate_meta_token", of(filesystem)),
    Example("DeleteCloudfsFilesystem", "cloudfs.delete", of(filesystem)),
    Example("ListMigrationSourceCoverage", "migration_sources.coverage", asked()),
    Example("ListMigrationSources", "migration_sources.list", after(source)),
    Example(
        "CreateMigrationSource",
        "migration_sources.create",
        asked(
            "aws",
            "their-bucket",
            access_key="AKIA",
            secret_access_key="placeholder",
            source_region="us-east-1",
        ),
    ),
    Example("GetMigrationSource", "migration_sources.get", of(source)),
    Example("DeleteMigrationSource", "migration_sources.delete", of(source)),
    Example("ListMigrations", "migrations.list", after(migration)),
    Example("CreateMigration", "migrations.create", _migration),
    Example("GetMigration", "migrations.get", of(migration)),
    Example("StopMigration", "migrations.stop", of(migration)),
)
