"""The TeXML that connects a call to Conversation Relay."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from langchain_telnyx.serve.settings import Speech


def texml(url: str, speech: Speech, parameters: Mapping[str, str] | None = None) -> str:
    """Return the response to a call's voice URL.

    Args:
        url: The `wss://` address of the relay.
        speech: How the agent sounds.
        parameters: Custom parameters for the agent's context.
    """
    response = Element("Response")
    relay = SubElement(SubElement(response, "Connect"), "ConversationRelay", {"url": url})
    options = {
        "welcomeGreeting": speech.greeting,
        "welcomeGreetingInterruptible": speech.interruptible,
        "interruptible": speech.interruptible,
        "voice": speech.voice,
        "language": speech.language,
        "transcriptionProvider": speech.transcription_provider,
        "dtmfDetection": "true",
    }
    for name, value in options.items():
        if value is not None:
            relay.set(name, value)
    for name, value in (parameters or {}).items():
        SubElement(relay, "Parameter", {"name": name, "value": value})
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(response, encoding="unicode")
