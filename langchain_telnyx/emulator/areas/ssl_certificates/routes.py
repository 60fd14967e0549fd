"""SSL certificates of buckets."""

from typing import Annotated, Any

from fastapi import APIRouter, File

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.ssl_certificates.state import BadCertificateError, Certificate
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError, resource_not_found

router = APIRouter(prefix="/storage/buckets/{bucket_name}/ssl_certificate")


@router.put("")
def add_certificate(
    bucket_name: str,
    certificate: Annotated[bytes, File()],
    private_key: Annotated[bytes, File()],
    account: CurrentAccount,
) -> dict[str, Any]:
    """Set a bucket's certificate, replacing a previous one."""
    if not account.objects.has_bucket(bucket_name):
        raise resource_not_found()
    try:
        stored = account.certificates.put(bucket_name, certificate, private_key)
    except BadCertificateError as error:
        raise ApiError(422, "10027", None, str(error)) from None
    return _shown(stored)


@router.get("")
def get_certificate(bucket_name: str, account: CurrentAccount) -> dict[str, Any]:
    """Return the details of a bucket's certificate."""
    return _shown(_found(bucket_name, account))


@router.delete("")
def remove_certificate(bucket_name: str, account: CurrentAccount) -> dict[str, Any]:
    """Delete a bucket's certificate, and return its details."""
    found = _found(bucket_name, account)
    account.certificates.remove(bucket_name)
    return _shown(found)


def _found(bucket: str, account: Account) -> Certificate:
    found = account.certificates.find(bucket) if account.objects.has_bucket(bucket) else None
    if found is None:
        raise resource_not_found()
    return found


def _shown(certificate: Certificate) -> dict[str, Any]:
    data = {"id": certificate.id, **certificate.details, "created_at": certificate.created_at}
    return {"data": data}
