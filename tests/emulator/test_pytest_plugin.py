"""The fixture `telnyx_emulator` in test runs of users, each a separate pytest."""

from __future__ import annotations

import os
import socketserver
import threading
from typing import TYPE_CHECKING

import pytest

from tests.support.plugin_runs import run_plugin

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["pytester"]

APP = """
    from langchain_telnyx import ChatTelnyx, TelnyxVectorStore

    def greet(name):
        return ChatTelnyx(max_retries=0).invoke(f"Greet {name}.").text

    async def agreet(name):
        return (await ChatTelnyx(max_retries=0).ainvoke(f"Greet {name}.")).text
"""
REAL = "https://api.telnyx.com/v2"


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project whose application is configured by a production environment."""
    for name, value in {
        "TELNYX_API_KEY": "KEY_production",
        "TELNYX_BASE_URL": REAL,
        "TELNYX_API_BASE": REAL,
        "TELNYX_STORAGE_URL": "https://us-central-1.telnyxcloudstorage.com",
    }.items():
        monkeypatch.setenv(name, value)
    pytester.makepyfile(app=APP)
    pytester.makeini("[pytest]\nasyncio_mode = auto\npythonpath = .\n")
    return pytester


def outcomes(
    project: pytest.Pytester, *arguments: str, autoload: bool = False
) -> tuple[dict[str, int], str]:
    """Run the project's tests; return the numbers of outcomes, and the report."""
    result = run_plugin(project, *arguments, autoload=autoload)
    return result.parseoutcomes(), result.stdout.str()


def test_an_app_that_is_configured_by_the_environment_uses_it(run: pytest.Pytester) -> None:
    run.makepyfile(
        test_app="""
        import os
        from app import agreet, greet
        from langchain_telnyx import TelnyxVectorStore

        def test_blocking(telnyx_emulator):
            telnyx_emulator.say("Hello, Ann!", when="Ann")
            assert greet("Ann") == "Hello, Ann!"
            assert telnyx_emulator.requests.chat.last.headers["authorization"] == "Bearer ***"

        async def test_awaited(telnyx_emulator):
            telnyx_emulator.say("Hello, Bob!", when="Bob")
            assert await agreet("Bob") == "Hello, Bob!"

        def test_storage(telnyx_emulator):
            store = TelnyxVectorStore("moons")
            store.add_texts(["Titan is the largest moon of Saturn."])
            assert store.similarity_search("Titan")[0].page_content.startswith("Titan")
            assert os.environ["TELNYX_STORAGE_URL"] == telnyx_emulator.storage_url

        def test_names_of_1_0_0(telnyx_emulator):
            assert os.environ["TELNYX_API_BASE"] == telnyx_emulator.base_url

        def test_webhooks(telnyx_emulator):
            assert os.environ["TELNYX_PUBLIC_KEY"] == telnyx_emulator.webhook_public_key

        def test_without_it():
            assert "TELNYX_PUBLIC_KEY" not in os.environ
            assert os.environ["TELNYX_API_KEY"] == "KEY_production"
            assert "telnyx.com" in os.environ["TELNYX_BASE_URL"]
            assert "telnyx.com" in os.environ["TELNYX_API_BASE"]
            assert "telnyxcloudstorage" in os.environ["TELNYX_STORAGE_URL"]
    """
    )
    found, report = outcomes(run)
    assert found == {"passed": 6}, report


def test_changes_of_the_test_are_undone_in_order(run: pytest.Pytester) -> None:
    run.makepyfile(
        test_app="""
        import os
        import pytest

        @pytest.fixture(autouse=True)
        def early(monkeypatch):
            monkeypatch.setenv("TELNYX_BASE_URL", "http://127.0.0.1:1/v2")

        def test_changes(telnyx_emulator, monkeypatch):
            assert os.environ["TELNYX_BASE_URL"] == telnyx_emulator.base_url
            monkeypatch.setenv("TELNYX_API_KEY", "another")
            monkeypatch.delenv("TELNYX_STORAGE_URL")

        def test_after():
            assert os.environ["TELNYX_API_KEY"] == "KEY_production"
            assert "telnyxcloudstorage" in os.environ["TELNYX_STORAGE_URL"]
    """
    )
    found, report = outcomes(run)
    assert found == {"passed": 2}, report


def test_an_unused_answer_fails_its_test(run: pytest.Pytester) -> None:
    run.makepyfile(
        test_app="""
        import pytest
        from app import greet

        def test_left_over(telnyx_emulator):
            telnyx_emulator.say("Hello, Ann!", when="Ann")
            greet("Bob")

        def test_used(telnyx_emulator):
            telnyx_emulator.fail(429)
            telnyx_emulator.say("Hello!")
            with pytest.raises(Exception, match="429"):
                greet("Ann")
            greet("Ann")

        def test_optional(telnyx_emulator):
            telnyx_emulator.say("Hello!", optional=True)

        @pytest.mark.telnyx_emulator(assert_all_used=False)
        def test_marked(telnyx_emulator):
            telnyx_emulator.say("Hello!")
    """
    )
    found, report = outcomes(run)
    assert found == {"passed": 4, "errors": 1}, report
    assert "ERROR at teardown of test_left_over" in report
    assert "  say('Hello, Ann!', when='Ann')" in report
    assert "/chat/completions: model 'moonshotai/Kimi-K2.6', user 'Greet Bob.'" in report
    assert "During handling" not in report
    assert "telnyx_emulator(assert_all_used=False)" in report


def test_a_failed_test_is_not_reported_twice(run: pytest.Pytester) -> None:
    run.makepyfile(
        test_app="""
        import pytest

        def test_fails(telnyx_emulator):
            telnyx_emulator.say("Hello!")
            raise LookupError("the app broke")

        def test_skips(telnyx_emulator):
            telnyx_emulator.say("Hello!")
            pytest.skip("not today")

        @pytest.mark.xfail
        def test_known(telnyx_emulator):
            telnyx_emulator.say("Hello!")
            raise LookupError("the app broke")
    """
    )
    found, report = outcomes(run)
    assert found == {"failed": 1, "skipped": 1, "xfailed": 1}, report


def test_options_of_the_settings_file_and_of_a_marker(
    run: pytest.Pytester,
) -> None:
    run.makeini(
        "[pytest]\npythonpath = .\ntelnyx_emulator_assert_all_used = false\n"
        "telnyx_emulator_set_environment = false\naddopts = --strict-markers --strict-config\n"
    )
    run.makepyfile(
        test_app="""
        import os
        import pytest

        def test_unset(telnyx_emulator):
            telnyx_emulator.say("Hello!")
            assert os.environ["TELNYX_API_KEY"] == "KEY_production"

        @pytest.mark.telnyx_emulator(assert_all_used=True)
        class TestGroup:
            def test_left_over(self, telnyx_emulator):
                telnyx_emulator.say("Hello!")

            @pytest.mark.telnyx_emulator(assert_all_used=False, set_environment=True)
            def test_closest_marker(self, telnyx_emulator):
                telnyx_emulator.say("Hello!")
                assert os.environ["TELNYX_API_KEY"] == telnyx_emulator.api_key
    """
    )
    found, report = outcomes(run)
    assert found == {"passed": 3, "errors": 1}, report
    assert "ERROR at teardown of TestGroup.test_left_over" in report


@pytest.mark.parametrize("marker", ["assert_al_used=False", "False"])
def test_an_unknown_option_of_the_marker_is_refused(run: pytest.Pytester, marker: str) -> None:
    run.makepyfile(
        test_app=f"""
        import pytest

        @pytest.mark.telnyx_emulator({marker})
        def test_it(telnyx_emulator):
            pass
    """
    )
    found, report = outcomes(run)
    assert found == {"errors": 1}
    assert f"does not accept {marker.partition('=')[0]}" in report.replace("`", "")
    assert "it accepts `assert_all_used`, `block_real_hosts`, `set_environment`" in report


CLIENTS = f"""
    import asyncio, socket, ssl
    import httpx, openai, pytest
    from langchain_telnyx import ChatTelnyx, Telnyx, TelnyxVectorStore

    REAL = "{REAL}"
    STORAGE = "https://us-central-1.telnyxcloudstorage.com"

    def openai_sdk():
        try:
            openai.OpenAI(base_url=REAL, api_key="x", max_retries=0).models.list()
        except openai.APIConnectionError as error:
            raise error.__cause__

    async def awaited_httpx():
        async with httpx.AsyncClient() as client:
            await client.get("https://llm.telnyx.com/v1/models")

    WAYS = {{
        "invoke": lambda: ChatTelnyx(base_url=REAL).invoke("Hi"),
        "ainvoke": lambda: asyncio.run(ChatTelnyx(base_url=REAL).ainvoke("Hi")),
        "stream": lambda: list(ChatTelnyx(base_url=REAL).stream("Hi")),
        "batch": lambda: ChatTelnyx(base_url=REAL).batch(["Hi", "Ho"]),
        "storage": lambda: Telnyx(storage_url=STORAGE).storage.list_buckets(),
        "europe": lambda: Telnyx(base_url="https://api.telnyx.eu/v2").models.list(),
        "httpx": lambda: httpx.get("https://API.telnyx.com./v2/ai/models"),
        "awaited httpx": lambda: asyncio.run(awaited_httpx()),
        "openai": openai_sdk,
        "a socket": lambda: socket.create_connection((b"api.telnyx.com", 443)),
    }}
"""


def test_a_request_to_the_real_telnyx_is_refused_for_every_client(run: pytest.Pytester) -> None:
    run.makepyfile(
        clients=CLIENTS,
        test_app="""
        import pytest
        from clients import WAYS

        @pytest.mark.parametrize("way", WAYS)
        def test_refused(telnyx_emulator, way):
            with pytest.raises(RuntimeError) as caught:
                WAYS[way]()
            message = str(caught.value)
            assert "was refused" in message
            assert telnyx_emulator.base_url in message
            assert "**telnyx_emulator.options()" in message
            assert "block_real_hosts=False" in message
            assert "KEY_production" not in message
    """,
    )
    found, report = outcomes(run)
    assert found == {"passed": 10}, report


def test_the_guard_ends_with_its_test_and_can_be_turned_off(run: pytest.Pytester) -> None:
    run.makepyfile(
        test_app="""
        import socket, ssl
        import pytest

        BEFORE = socket.getaddrinfo, ssl.SSLContext.wrap_socket, ssl.SSLContext.wrap_bio

        def now():
            return socket.getaddrinfo, ssl.SSLContext.wrap_socket, ssl.SSLContext.wrap_bio

        def test_guarded(telnyx_emulator):
            assert not set(now()) & set(BEFORE)
            for host in ("127.0.0.1", "localhost", b"127.0.0.1", None):
                assert socket.getaddrinfo(host, 80)

        def test_after():
            assert now() == BEFORE

        @pytest.mark.telnyx_emulator(block_real_hosts=False)
        def test_off(telnyx_emulator):
            assert now() == BEFORE
    """
    )
    found, report = outcomes(run)
    assert found == {"passed": 3}, report


class _Tunnels(socketserver.StreamRequestHandler):
    """Accepts every `CONNECT`, and records the data after it."""

    after: list[bytes]

    def handle(self) -> None:
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        self.after.append(self.rfile.read(1))


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy on this machine, which resolves names itself, and the data that it received."""
    after: list[bytes] = []
    handler = type("Handler", (_Tunnels,), {"after": after})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", after
        server.shutdown()


def test_a_request_through_a_proxy_is_refused_before_data_is_sent(
    run: pytest.Pytester, proxy: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, sent = proxy
    monkeypatch.setenv("HTTPS_PROXY", address)
    run.makepyfile(
        test_app=f"""
        import asyncio
        import httpx, pytest
        from langchain_telnyx import ChatTelnyx

        CHAT = ChatTelnyx(base_url="{REAL}", api_key="KEY_1")

        def test_blocking(telnyx_emulator):
            with pytest.raises(RuntimeError, match="'api.telnyx.com' was refused"):
                CHAT.invoke("Hi")

        async def test_awaited(telnyx_emulator):
            with pytest.raises(RuntimeError, match="'api.telnyx.com' was refused"):
                await CHAT.ainvoke("Hi")

        def test_httpx(telnyx_emulator):
            with pytest.raises(RuntimeError, match="'api.telnyx.com' was refused"):
                httpx.get("{REAL}")
    """
    )
    found, report = outcomes(run)
    assert found == {"passed": 3}, report
    assert set(sent) == {b""}


def test_it_works_with_xdist(run: pytest.Pytester) -> None:
    run.makepyfile(
        test_app="""
        import pytest
        from app import agreet, greet

        @pytest.mark.parametrize("number", range(6))
        def test_blocking(telnyx_emulator, number):
            telnyx_emulator.say(str(number), when=f"<{number}>")
            assert greet(f"<{number}>") == str(number)

        @pytest.mark.parametrize("number", range(6))
        async def test_awaited(telnyx_emulator, number):
            telnyx_emulator.say(str(number), when=f"<{number}>")
            assert await agreet(f"<{number}>") == str(number)

        def test_left_over(telnyx_emulator):
            telnyx_emulator.say("never", when="Ann")
    """
    )
    found, report = outcomes(run, "-n", "2", autoload=True)
    assert found == {"passed": 13, "errors": 1}, report
    assert "say('never', when='Ann')" in report


def test_a_run_without_it_imports_nothing(run: pytest.Pytester) -> None:
    run.makepyfile(
        test_app="""
        import sys

        def test_nothing():
            assert "langchain_telnyx.emulator.server" not in sys.modules
            assert "langchain_telnyx.emulator.serving.real_hosts" not in sys.modules
    """
    )
    found, report = outcomes(run, autoload=True)
    assert found == {"passed": 1}, report
    assert os.environ["TELNYX_API_KEY"] == "KEY_production"
