"""Addresses without the signatures that let somebody read what is there.

A signature is good for minutes, and another one each time. So an address is known by what is left
of it, and only that is shown.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote_plus, urlsplit

_HIDDEN_SHORTEST = 7
# What signs: AWS (v2, v4), Google, Azure, CloudFront, Alibaba, Tencent, Akamai.
_SIGNATURE = re.compile(
    r"x-(?:amz|goog|oss|obs)-(?:signature|credential|security-token)"
    r"|signature|sig|awsaccesskeyid|googleaccessid|ossaccesskeyid|key-pair-id"
    r"|x-ms-signature|security-token|q-signature|q-ak|hdnts|hdnea|hdntl|hmac",
    re.IGNORECASE,
)
# What permits, but may choose the recording too: not shown, and part of the key.
_PERMIT = re.compile(
    r"jwt|auth|authorization|(?:api|access|auth|bearer|session|sas|user)?[-_]?token"
    r"|(?:api|access|secret|auth|subscription)[-_]?key|(?:client[-_]?)?secret|password|passwd|pwd",
    re.IGNORECASE,
)
# What belongs to a signature, wherever it stands.
_OF_SIGNATURE = re.compile(r"x-(?:amz|goog|oss|obs)-.*|q-(?:sign|key|header|url).*", re.IGNORECASE)
# What belongs to one where there is one; by itself it may mean anything.
_BESIDE = re.compile(r"expires|policy|key-pair-id|hash-algorithm|exp", re.IGNORECASE)
_OF_AZURE = re.compile(
    r"s(?:v|e|t|p|r|s|rt|ip|pr|i|dd|es)|sk(?:oid|tid|t|e|s|v)|s(?:a|u)oid|scid|sduoid|skdutid"
)


class Split(NamedTuple):
    """An address, taken apart.

    Attributes:
        shown: The address without its signature, password and fragment.
        key: The same, in a form that is equal for equal addresses.
        secrets: What must not be shown of it.
    """

    shown: str
    key: str
    secrets: tuple[str, ...]


def split(url: str) -> Split:
    """Take the signature out of an address: of S3, Google, Azure, CloudFront and the like.

    Parameters that are no part of a signature stay, as they may choose the recording.
    """
    try:
        parts = urlsplit(url)
    except (
        ValueError
    ):  # such as an IPv6 host without its bracket: whatever it is, it cannot be read
        shown = re.split(r"[?#]", url, maxsplit=1)[0]
        return Split(shown, shown, ())
    given = [part for part in parts.query.split("&") if part]
    names = {part: unquote_plus(part.partition("=")[0]) for part in given}
    signs = [part for part in given if _SIGNATURE.fullmatch(names[part])]
    permits = [part for part in given if _PERMIT.fullmatch(names[part])]
    is_azure = any(names[part].lower() == "sig" for part in signs)
    kept = [
        part
        for part in given
        if not (
            part in signs
            or _OF_SIGNATURE.fullmatch(names[part])
            or (signs and _BESIDE.fullmatch(names[part]))
            or (is_azure and _OF_AZURE.fullmatch(names[part].lower()))
        )
    ]
    userinfo, _, host = parts.netloc.rpartition("@")
    secret = [*signs, *permits, *(part for part in given if names[part].lower() == "policy")]
    hidden = [*secret, *(part.partition("=")[2] for part in secret), userinfo]
    hidden += [userinfo.partition(":")[2]]
    return Split(
        _joined(parts.scheme, host, parts.path, [part for part in kept if part not in permits]),
        _joined(parts.scheme.lower(), host.lower(), parts.path, sorted(kept)),
        tuple(dict.fromkeys(each for each in hidden if len(each) >= _HIDDEN_SHORTEST)),
    )


def _joined(scheme: str, host: str, path: str, query: list[str]) -> str:
    return f"{scheme}://{host}{path}" + (f"?{'&'.join(query)}" if query else "")
