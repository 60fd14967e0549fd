"""Examples of usage, certificates, key-value storage, file systems and migrations."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import prerequisites
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from examples import Arguments, Example, after_creating, arguments, with_created

if TYPE_CHECKING:
    from prerequisites import Account

_KEY = "sessions/42"


def namespace(account: Account) -> str:
    """A ready key-value namespace."""
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
    """A migration source: a bucket of the same account."""
    bucket = prerequisites.bucket(account)
    made = account.telnyx.migration_sources.create(
        "telnyx", bucket, access_key="KEY", secret_access_key="placeholder"
    )
    return str(made.id)


def migration(account: Account) -> str:
    """A migration."""
    prerequisites.bucket_of(account, "target-bucket", {})
    made = account.telnyx.migrations.create(
        source(account), target_bucket_name="target-bucket", target_region="us-central-1"
    )
    return str(made.id)


def certified_bucket(account: Account) -> str:
    """A bucket with a certificate."""
    bucket = prerequisites.bucket(account)
    certificate, key = certificate_and_key()
    account.telnyx.ssl_certificates.add(bucket, certificate=certificate, private_key=key)
    return bucket


@functools.cache
def certificate_and_key() -> tuple[bytes, bytes]:
    """A self-signed certificate and its key, as PEM."""
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
    return Arguments((prerequisites.bucket(account),), named)


def _migration(account: Account) -> Arguments:
    prerequisites.bucket_of(account, "target-bucket", {})
    named = {"target_bucket_name": "target-bucket", "target_region": "us-central-1"}
    return Arguments((source(account),), named)


EXAMPLES = (
    Example(
        "CreatePresignedObjectUrl",
        "storage.presigned_url",
        with_created(prerequisites.bucket, "cats.txt", ttl=60),
    ),
    Example(
        "GetStorageAPIUsage",
        "bucket_usage.api",
        with_created(
            prerequisites.bucket,
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2026, 1, 2, tzinfo=UTC),
        ),
    ),
    Example("GetBucketUsage", "bucket_usage.storage", with_created(prerequisites.bucket)),
    Example("AddStorageSSLCertificate", "ssl_certificates.add", _certificate),
    Example("GetStorageSSLCertificates", "ssl_certificates.get", with_created(certified_bucket)),
    Example(
        "RemoveStorageSSLCertificate", "ssl_certificates.remove", with_created(certified_bucket)
    ),
    Example("ListKvNamespaces", "kvs.list", after_creating(namespace, page_size=1)),
    Example("CreateKvNamespace", "kvs.create", arguments("more-sessions")),
    Example("GetKvNamespace", "kvs.get", with_created(namespace)),
    Example("DeleteKvNamespace", "kvs.delete", with_created(namespace)),
    Example(
        "ListKvKeys",
        "kvs.list_keys",
        with_created(lambda account: stored_key(account)[0], prefix="s"),
    ),
    Example("PutKvKey", "kvs.put_key", with_created(namespace, _KEY, b"a value", ttl_secs=60)),
    Example("GetKvKey", "kvs.get_key", with_created(stored_key)),
    Example("DeleteKvKey", "kvs.delete_key", with_created(stored_key)),
    Example(
        "ListCloudfsFilesystems",
        "cloudfs.list",
        after_creating(filesystem, name="shared", region="us-central-1", sort="name", page_size=1),
    ),
    Example("CreateCloudfsFilesystem", "cloudfs.create", arguments("more", region="us-east-1")),
    Example("GetCloudfsFilesystem", "cloudfs.get", with_created(filesystem)),
    Example("UpdateCloudfsFilesystem", "cloudfs.update", with_created(filesystem, name="renamed")),
    Example("RotateCloudfsMetaToken", "cloudfs.rotate_meta_token", with_created(filesystem)),
    Example("DeleteCloudfsFilesystem", "cloudfs.delete", with_created(filesystem)),
    Example("ListMigrationSourceCoverage", "migration_sources.coverage", arguments()),
    Example("ListMigrationSources", "migration_sources.list", after_creating(source)),
    Example(
        "CreateMigrationSource",
        "migration_sources.create",
        arguments(
            "aws",
            "their-bucket",
            access_key="AKIA",
            secret_access_key="placeholder",
            source_region="us-east-1",
        ),
    ),
    Example("GetMigrationSource", "migration_sources.get", with_created(source)),
    Example("DeleteMigrationSource", "migration_sources.delete", with_created(source)),
    Example("ListMigrations", "migrations.list", after_creating(migration)),
    Example("CreateMigration", "migrations.create", _migration),
    Example("GetMigration", "migrations.get", with_created(migration)),
    Example("StopMigration", "migrations.stop", with_created(migration)),
)
