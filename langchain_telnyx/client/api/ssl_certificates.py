"""A bucket's TLS certificate, to serve its objects under a custom host name.

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
    """The subject or issuer of a certificate.

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
        issued_to: Its subject.
        issued_by: Its issuer.
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
    """`telnyx.ssl_certificates`: the TLS certificates of buckets."""

    @endpoint
    def get(self, bucket: str) -> Call[SSLCertificate]:
        """Fetch the certificate of a bucket.

        Operation: `GetStorageSSLCertificates`.

        Args:
            bucket: The bucket.

        Raises:
            NotFoundError: The bucket does not exist or has no certificate.
        """
        return Call("GET", _path(bucket), data(SSLCertificate))

    @endpoint
    def add(
        self, bucket: str, *, certificate: bytes | Path, private_key: bytes | Path
    ) -> Call[SSLCertificate]:
        """Set the certificate of a bucket; an earlier one is replaced.

        Operation: `AddStorageSSLCertificate`.

        Args:
            bucket: The bucket.
            certificate: The certificate and its chain, as PEM or a PEM file.
            private_key: Its key, likewise, without a password.

        Raises:
            NotFoundError: The bucket does not exist.
            UnprocessableEntityError: They cannot be read, or do not match.
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
        """Remove the certificate of a bucket.

        Operation: `RemoveStorageSSLCertificate`.

        Args:
            bucket: The bucket.

        Returns:
            The removed certificate.

        Raises:
            NotFoundError: The bucket does not exist or has no certificate.
        """
        return Call("DELETE", _path(bucket), data(SSLCertificate))


def _path(bucket: str) -> str:
    return path("/storage/buckets/{}/ssl_certificate", bucket)
