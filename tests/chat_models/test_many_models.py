"""Thousands of models, forks, loops and threads: nothing leaks, and sockets stay few."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.runnables import ConfigurableField

from langchain_telnyx import ChatTelnyx
from langchain_telnyx.client import telnyx as clients

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

pytestmark = pytest.mark.waits


def open_sockets() -> int:
    """Return the number of sockets of this process."""
    links: list[str] = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(descriptor.readlink()))
        except OSError:  # the folder's own, closed by now
            continue
    return sum(link.startswith("socket:") for link in links)


def test_ten_thousand_constructions_leave_nothing_behind() -> None:
    program = """
import gc
from pathlib import Path
from langchain_telnyx import ChatTelnyx

def resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

def build(count):
    for number in range(count):
        model = ChatTelnyx(api_key=f"KEY{number}", model=f"acme/model-{number}")
        if number % 10 == 0:
            model.telnyx.config.key()

build(1000)
before = resident()
build(10_000)
print(resident() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 3 * 2**20


def test_unused_models_and_clients_are_collected() -> None:
    gc.collect()
    before = len(clients._shared)  # noqa: SLF001 - the table of clients that are alive
    models = [ChatTelnyx(api_key=f"KEY{number}") for number in range(100)]
    held = [weakref.ref(model.telnyx) for model in models]
    assert len(clients._shared) == before + 100  # noqa: SLF001 - as above
    del models
    gc.collect()
    assert [reference() for reference in held] == [None] * 100


def test_hundreds_of_models_share_a_few_sockets(telnyx_emulator: TelnyxEmulator) -> None:
    options = telnyx_emulator.options()
    ChatTelnyx(**options).invoke("Hi")
    before = open_sockets()
    keeper = ChatTelnyx(**options)
    for _ in range(100):
        assert ChatTelnyx(**options).invoke("Hi").text
    assert open_sockets() - before <= 2
    keeper.close()


def test_requests_in_several_loops_leave_no_socket(
    telnyx_emulator: TelnyxEmulator,
) -> None:
    model = ChatTelnyx(**telnyx_emulator.options())
    asyncio.run(model.ainvoke("Hi"))
    before = open_sockets()
    for _ in range(10):
        asyncio.run(model.ainvoke("Hi"))
    assert open_sockets() <= before + 1


def test_a_forked_child_opens_its_own_connections(telnyx_emulator: TelnyxEmulator) -> None:
    program = """
import asyncio, os, sys
from langchain_telnyx import ChatTelnyx

model = ChatTelnyx()
model.invoke("Hi")
asyncio.run(model.ainvoke("Hi"))
child = os.fork()
if child == 0:
    texts = [model.invoke("Hi").text, asyncio.run(model.ainvoke("Hi")).text]
    texts += [chunk.text for chunk in model.stream("Hi")]
    os._exit(0 if all(texts[:2]) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), bool(model.invoke("Hi").text))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, **telnyx_emulator.environment()},
        check=True,
    )
    assert done.stdout.split() == ["0", "True"]


@pytest.mark.default_quirks(
    "Concurrent requests may be refused more often than they are repeated.", "rate_limited_share"
)
def test_threads_get_their_own_answers(
    telnyx_emulator: TelnyxEmulator,
) -> None:
    model = ChatTelnyx(**telnyx_emulator.options())

    def work(number: int) -> bool:
        if number % 3 == 0:
            texts = "".join(chunk.text for chunk in model.stream(f"Say {number}!"))
        elif number % 3 == 1:
            texts = model.batch([f"Say {number}!"])[0].text
        else:
            texts = asyncio.run(model.ainvoke(f"Say {number}!")).text
        return f"“Say {number}!”" in texts

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(24)))


def test_a_configurable_model_may_change_keys_by_turns(telnyx_emulator: TelnyxEmulator) -> None:
    options = telnyx_emulator.options()
    model: Any = ChatTelnyx(**options).configurable_fields(
        telnyx_api_key=ConfigurableField(id="key"), model_name=ConfigurableField(id="model")
    )
    for _ in range(3):
        with pytest.raises(Exception, match="HTTP 401"):
            model.invoke("Hi", config={"configurable": {"key": "KEYwrong"}})
        chosen = {"key": options["api_key"], "model": "zai-org/GLM-5.3"}
        answer = model.invoke("Hi", config={"configurable": chosen})
        assert answer.response_metadata["model_name"] == "zai-org/GLM-5.3"


def test_traces_contain_the_request_parameters() -> None:
    model = ChatTelnyx(temperature=0.5, max_tokens=50, stop=["END"], api_key="KEY1")
    params = dict(model._get_ls_params(stop=["."]))  # noqa: SLF001 - what LangSmith reads
    assert params == {
        "ls_provider": "telnyx",
        "ls_model_name": "moonshotai/Kimi-K2.6",
        "ls_model_type": "chat",
        "ls_temperature": 0.5,
        "ls_max_tokens": 50,
        "ls_stop": ["."],
        **{name: value for name, value in params.items() if name == "ls_integration"},
    }
    overridden = model._get_ls_params(model="zai-org/GLM-5.3")  # noqa: SLF001 - as above
    assert overridden.get("ls_model_name") == "zai-org/GLM-5.3"
