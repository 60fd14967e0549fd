"""What is connected: an agent, a number and a server, and the names of the resources."""

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from langchain_telnyx.serve.security import is_loopback

Door: TypeAlias = Literal["assistant", "relay"]

_PREFIX = "langchain-telnyx"


class ConnectError(ValueError):
    """A number cannot be connected; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be connected.

    Attributes:
        agent: The agent's name, such as `my_app:agent`.
        number: The phone number, such as `+13125550100`.
        door: `assistant` (custom LLM) or `relay` (Conversation Relay).
        public_url: The server's address from outside.
        token: The server's token; in no repr.
        model: The name of the model that the assistant requests.
    """

    agent: str
    number: str
    door: Door
    public_url: str
    token: str
    model: str = "agent"

    def __repr__(self) -> str:
        return f"Target(agent={self.agent!r}, number={self.number!r}, door={self.door!r})"

    @property
    def name(self) -> str:
        """The name of the assistant or the TeXML application."""
        return f"{_PREFIX}: {self.agent}"

    @property
    def secret_prefix(self) -> str:
        """How the names of this agent's secrets begin."""
        return f"{_PREFIX}-{re.sub(r'[^A-Za-z0-9]+', '-', self.agent)}-"

    @property
    def secret_name(self) -> str:
        """The name of the secret with this token: another token has another name."""
        return self.secret_prefix + hashlib.sha256(self.token.encode()).hexdigest()[:8]

    @property
    def voice_url(self) -> str:
        """The address of the TeXML, with the token."""
        return f"{self.public_url.rstrip('/')}/{self.token}/texml"

    @property
    def llm(self) -> dict[str, Any]:
        """The assistant's custom LLM."""
        return {
            "base_url": f"{self.public_url.rstrip('/')}/v1",
            "model": self.model,
            "llm_api_key_ref": self.secret_name,
            "forward_metadata": True,
        }


def check_public_url(url: str) -> str:
    """Return a server's address that Telnyx can reach.

    Raises:
        ConnectError: It is not `https`, or not whole. `http` is for this machine alone.
    """
    with suppress(ValueError):  # the address cannot be split
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.netloc:
            return url
        if parts.scheme == "http" and is_loopback(parts.hostname or ""):
            return url
    raise ConnectError(
        f"--public-url must be an https:// address that Telnyx reaches, not {url!r}."
    )
