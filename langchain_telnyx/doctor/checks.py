"""The checks in order: what is installed, the settings, the network, the service."""

from collections.abc import Iterator
from typing import Unpack

from langchain_telnyx.client.config import Config, configure
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.doctor.findings import Finding
from langchain_telnyx.doctor.installation import check_versions
from langchain_telnyx.doctor.network import check_dns, check_proxy, check_tls
from langchain_telnyx.doctor.service import check_service
from langchain_telnyx.doctor.settings import check_base_url, check_key, check_storage_url
from langchain_telnyx.types import TelnyxOptions

_TIMEOUT = 10.0


def diagnose(bucket: str | None = None, **options: Unpack[TelnyxOptions]) -> Iterator[Finding]:
    """Check versions, key, addresses, network, models, limits and storage; yield each result.

    Read only, and without cost: the requests are `GET /ai/openai/models`, S3 `ListBuckets` and,
    with `bucket`, S3 `HeadBucket`.

    Args:
        bucket: A bucket whose region to check.
        **options: The options of `Telnyx`; `http_client` is not used. Default: the environment's.

    Yields:
        The findings, as soon as each check has ended. No check raises.
    """
    yield from check_versions()
    options.pop("http_client", None)
    options.pop("http_async_client", None)
    chosen = {name: value for name, value in options.items() if value is not None}
    try:
        config: Config = configure(**{"timeout": _TIMEOUT, **chosen})  # type: ignore[arg-type]
    except ConfigurationError as error:
        yield Finding("settings", "failure", str(error))
        return
    failed = False
    proxy = check_proxy(config)
    is_direct = proxy.status == "skipped"
    for finding in (
        check_key(config),
        check_base_url(config),
        check_storage_url(config),
        proxy,
        *(check(config, is_direct=is_direct) for check in (check_dns, check_tls)),
    ):
        failed = failed or finding.status == "failure"
        yield finding
    if failed:
        yield Finding("service", "skipped", "Not requested, as a check above failed.")
        return
    yield from check_service(config, bucket)
