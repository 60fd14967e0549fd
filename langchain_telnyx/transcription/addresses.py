"""Removes signatures and credentials from addresses.

A signature is valid for minutes, and changes each time. So the address without it identifies the
recording, and only that part is shown.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote_plus, urlsplit

_MIN_SECRET_LENGTH = 7
# Parameters of signatures: AWS (v2, v4), Google, Azure, CloudFront, Alibaba, Tencent, Akamai.
_SIGNATURE = re.compile(
    r"x-(?:amz|goog|oss|obs)-(?:signature|credential|security-token)"
    r"|signature|sig|awsaccesskeyid|googleaccessid|ossaccesskeyid|key-pair-id"
    r"|x-ms-signature|security-token|q-signature|q-ak|hdnts|hdnea|hdntl|hmac",
    re.IGNORECASE,
)
# Credentials, which may also select the recording: hidden, but part of the key.
_CREDENTIAL = re.compile(
    r"jwt|auth|authorization|(?:api|access|auth|bearer|session|sas|user)?[-_]?token"
    r"|(?:api|access|secret|auth|subscription)[-_]?key|(?:client[-_]?)?secret|password|passwd|pwd",
    re.IGNORECASE,
)
# Other parameters of signatures.
_SIGNATURE_PART = re.compile(
    r"x-(?:amz|goog|oss|obs)-.*|q-(?:sign|key|header|url).*", re.IGNORECASE
)
# Parameters that belong to a signature only if there is one.
_WITH_SIGNATURE = re.compile(r"expires|policy|key-pair-id|hash-algorithm|exp", re.IGNORECASE)
_AZURE = re.compile(
    r"s(?:v|e|t|p|r|s|rt|ip|pr|i|dd|es)|sk(?:oid|tid|t|e|s|v)|s(?:a|u)oid|scid|sduoid|skdutid"
)


class SplitAddress(NamedTuple):
    """An address without its secrets.

    Attributes:
        shown: The address without its signature, password and fragment.
        key: The same in a normal form, to compare addresses.
        secrets: The removed parts, which must not be shown.
    """

    shown: str
    key: str
    secrets: tuple[str, ...]


def split_signature(url: str) -> SplitAddress:
    """Remove the signature from an address of S3, Google, Azure, CloudFront and similar services.

    Other parameters stay, because they may select the recording.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # not a valid URL, for example an IPv6 host without brackets
        shown = re.split(r"[?#]", url, maxsplit=1)[0]
        return SplitAddress(shown, shown, ())
    parameters = [part for part in parts.query.split("&") if part]
    names = {part: unquote_plus(part.partition("=")[0]) for part in parameters}
    signatures = [part for part in parameters if _SIGNATURE.fullmatch(names[part])]
    credentials = [part for part in parameters if _CREDENTIAL.fullmatch(names[part])]
    is_azure = any(names[part].lower() == "sig" for part in signatures)
    remaining = [
        part
        for part in parameters
        if not (
            part in signatures
            or _SIGNATURE_PART.fullmatch(names[part])
            or (signatures and _WITH_SIGNATURE.fullmatch(names[part]))
            or (is_azure and _AZURE.fullmatch(names[part].lower()))
        )
    ]
    userinfo, _, host = parts.netloc.rpartition("@")
    secret = [
        *signatures,
        *credentials,
        *(part for part in parameters if names[part].lower() == "policy"),
    ]
    hidden = [*secret, *(part.partition("=")[2] for part in secret), userinfo]
    hidden += [userinfo.partition(":")[2]]
    return SplitAddress(
        _join(
            parts.scheme, host, parts.path, [part for part in remaining if part not in credentials]
        ),
        _join(parts.scheme.lower(), host.lower(), parts.path, sorted(remaining)),
        tuple(dict.fromkeys(each for each in hidden if len(each) >= _MIN_SECRET_LENGTH)),
    )


def _join(scheme: str, host: str, path: str, query: list[str]) -> str:
    return f"{scheme}://{host}{path}" + (f"?{'&'.join(query)}" if query else "")
