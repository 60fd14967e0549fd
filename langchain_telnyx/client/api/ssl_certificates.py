"""A bucket's TLS certificate, for serving its objects under a name of your own.

API page: https://developers.telnyx.com/api-reference/bucket-ssl-certificate/add-ssl-certificate
"""

from datetime import datetime
from pathlib import Path

from langchain_telnyx.client.call import Call, path
from langchain_telnyx.client.decode import Model, data
from langchain_telnyx.client.endpoint import M, Resource, endpoint
from langchain_telnyx.client.multipart import FilePart, Multipart

_PEM = "application/x-pem-file"


class CertificateName(Model):
    """Whom a certificate names.

    Attributes:
        common_name: The host, or the authority.
        organization: Its organisation.
        organization_unit: A part of that.
    """

    common_name: str | None = None
    organization: str | None = None
    organization_unit: str | None = None


class SSLCertificate(Model):
    """A certificate, without its key.

    Attributes:
        id: Its id.
        issued_to: Whom it names.
        issued_by: Who vouches for it.
        valid_from: When it becomes valid.
        valid_to: When it expires.
        created_at: When it was uploaded.
    """

    id: str | None = None
    issued_to: CertificateName | None = None
    issued_by: CertificateName | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    created_at: datetime | None = None


class SSLCertificates(Resource[M]):
    """`telnyx.ssl_certificates`: the certificates under which buckets are served."""

    @endpoint
    def get(self, bucket: str) -> Call[SSLCertificate]:
        """Fetch what a bucket's certificate says.

        Operation: `GetStorageSSLCertificates`.

        Args:
            bucket: The bucket.

        Raises:
            NotFoundError: There is no such bucket, or it has no certificate.
        """
        return Call("GET", _path(bucket), data(SSLCertificate))

    @endpoint
    def add(
        self, bucket: str, *, certificate: bytes | Path, private_key: bytes | Path
    ) -> Call[SSLCertificate]:
        """Give a bucket a certificate, in place of the one it has.

        Operation: `AddStorageSSLCertificate`.

        Args:
            bucket: The bucket.
            certificate: The certificate, and those that vouch for it, as PEM or a file of it.
            private_key: Its key, likewise, without a password.

        Raises:
            NotFoundError: There is no such bucket.
            UnprocessableEntityError: They cannot be read, or do not belong together.
        """
        form = Multipart(
            files=[
                FilePart("certificate", "certificate.pem", certificate, _PEM),
                FilePart("private_key", "private_key.pem", private_key, _PEM),
            ]
        )
        return Call("PUT", _path(bucket), data(SSLCertificate), body=form)

    @endpoint
    def remove(self, bucket: str) -> Call[SSLCertificate]:
        """Take a bucket's certificate away.

        Operation: `RemoveStorageSSLCertificate`.

        Args:
            bucket: The bucket.

        Returns:
            What it was.

        Raises:
            NotFoundError: There is no such bucket, or it has no certificate.
        """
        return Call("DELETE", _path(bucket), data(SSLCertificate))


def _path(bucket: str) -> str:
    return path("/storage/buckets/{}/ssl_certificate", bucket)
