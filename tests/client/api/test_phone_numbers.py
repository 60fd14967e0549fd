"""Phone numbers and TeXML applications, sync and async, against the emulator."""

from typing import Any

import pytest

from langchain_telnyx.client.errors import NotFoundError, UnprocessableEntityError
from langchain_telnyx.emulator.server import TelnyxEmulator

URL = "https://agent.example.com/a-token-of-the-server/texml"


async def test_a_number_is_found_and_connected(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.add_phone_number("+13125550100", connection_id="1293384261075731499")
    emulator.add_phone_number("+13125550101")
    (number,) = await api.phone_numbers.list(phone_number="+13125550100")
    assert number.connection_id == "1293384261075731499"
    application = await api.texml_applications.create("my agent", URL)
    changed = await api.phone_numbers.update(number.id, connection_id=application.id)
    assert (changed.connection_id, changed.connection_name) == (application.id, "my agent")
    assert await api.phone_numbers.get(number.id) == changed
    assert len(await api.phone_numbers.list(page_size=1)) == 2
    assert await api.phone_numbers.list(phone_number="+49") == []
    with pytest.raises(NotFoundError):
        await api.phone_numbers.update("unknown", connection_id=application.id)


async def test_an_application_is_created_changed_and_deleted(api: Any) -> None:
    made = await api.texml_applications.create("my agent", URL, voice_method="get")
    assert (made.voice_url, made.voice_method) == (URL, "get")
    assert "a-token-of-the-server" not in f"{made!r} {made}"
    changed = await api.texml_applications.update(made.id, "my agent", f"{URL}/2")
    assert (changed.voice_url, changed.voice_method) == (f"{URL}/2", "get")
    assert await api.texml_applications.get(made.id) == changed
    assert await api.texml_applications.list() == [changed]
    await api.texml_applications.delete(made.id)
    assert await api.texml_applications.list() == []
    with pytest.raises(NotFoundError):
        await api.texml_applications.get(made.id)
    with pytest.raises(UnprocessableEntityError):
        await api.texml_applications.create("", URL)
