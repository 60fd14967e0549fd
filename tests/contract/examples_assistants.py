"""Examples of assistants, integration secrets, TeXML applications and phone numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples import Arguments, Example, after_creating, arguments, with_created

if TYPE_CHECKING:
    from prerequisites import Account

_ASSISTANTS = "/ai/assistants"
_ASSISTANT = f"{_ASSISTANTS}/{{assistant_id}}"
_CHAT = f"POST {_ASSISTANT}/chat"
_SECRETS = "/integration_secrets"
_APPLICATIONS = "/texml_applications"
_NUMBERS = "/phone_numbers"
_VOICE_URL = "https://example.com/texml"
_INSTRUCTIONS = "Be brief."


def assistant(account: Account) -> str:
    """An assistant."""
    return str(account.telnyx.assistants.create("Reception", _INSTRUCTIONS).id)


def version(account: Account) -> tuple[str, str]:
    """An assistant, and its first version."""
    made = account.telnyx.assistants.create("Reception", _INSTRUCTIONS)
    account.telnyx.assistants.update(made.id, greeting="Hello!")
    return str(made.id), str(made.version_id)


def secret(account: Account) -> str:
    """An integration secret."""
    secrets = account.telnyx.integration_secrets
    found = next((each for each in secrets.list() if each.identifier == "example"), None)
    return str((found or secrets.create("example", token="sk-of-another-service")).id)


def application(account: Account) -> str:
    """A TeXML application."""
    return str(account.telnyx.texml_applications.create("Reception", _VOICE_URL).id)


def number(account: Account) -> str:
    """A phone number."""
    return account.emulator.add_phone_number("+13125550100")


def _message(account: Account) -> Arguments:
    conversation = account.telnyx.conversations.create(name="Chat")
    return Arguments((assistant(account), "Hello?"), {"conversation_id": conversation.id})


EXAMPLES: tuple[Example, ...] = (
    Example(f"GET {_ASSISTANTS}", "assistants.list", after_creating(assistant)),
    Example(
        f"POST {_ASSISTANTS}",
        "assistants.create",
        arguments("Reception", _INSTRUCTIONS, greeting="Hello!", tags=["front"]),
    ),
    Example(f"GET {_ASSISTANT}", "assistants.get", with_created(assistant)),
    Example(
        f"POST {_ASSISTANT}",
        "assistants.update",
        with_created(
            assistant,
            external_llm={"base_url": "https://example.com/v1", "model": "my-agent"},
            telephony_settings={"time_limit_secs": 600},
        ),
    ),
    Example(f"DELETE {_ASSISTANT}", "assistants.delete", with_created(assistant)),
    Example(f"POST {_ASSISTANT}/clone", "assistants.clone", with_created(assistant)),
    Example(f"GET {_ASSISTANT}/texml", "assistants.get_texml", with_created(assistant)),
    Example(f"GET {_ASSISTANT}/versions", "assistants.versions", with_created(assistant)),
    Example(
        f"POST {_ASSISTANT}/versions/{{version_id}}/promote",
        "assistants.promote",
        with_created(version),
    ),
    Example(_CHAT, "assistants.chat", _message),
    Example(_CHAT, "assistants.stream", _message),
    Example(f"GET {_SECRETS}", "integration_secrets.list", after_creating(secret)),
    Example(
        f"POST {_SECRETS}",
        "integration_secrets.create",
        arguments("my-llm", token="sk-of-another-service"),
    ),
    Example(f"DELETE {_SECRETS}/{{id}}", "integration_secrets.delete", with_created(secret)),
    Example(f"GET {_APPLICATIONS}", "texml_applications.list", after_creating(application)),
    Example(
        f"POST {_APPLICATIONS}",
        "texml_applications.create",
        arguments("Reception", _VOICE_URL, voice_method="post"),
    ),
    Example(f"GET {_APPLICATIONS}/{{id}}", "texml_applications.get", with_created(application)),
    Example(
        f"PATCH {_APPLICATIONS}/{{id}}",
        "texml_applications.update",
        with_created(application, friendly_name="Reception", voice_url=_VOICE_URL),
    ),
    Example(
        f"DELETE {_APPLICATIONS}/{{id}}", "texml_applications.delete", with_created(application)
    ),
    Example(f"GET {_NUMBERS}", "phone_numbers.list", after_creating(number)),
    Example(f"GET {_NUMBERS}/{{id}}", "phone_numbers.get", with_created(number)),
    Example(
        f"PATCH {_NUMBERS}/{{phone_number_id}}",
        "phone_numbers.update",
        with_created(number, connection_id="1293384261075731499"),
    ),
)
