"""`langchain-telnyx connect`: a number reaches an agent, and the former state comes back."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_telnyx.cli import main
from langchain_telnyx.client import Telnyx
from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.serve.connecting.connector import Connector
from langchain_telnyx.serve.connecting.state import StateFile
from langchain_telnyx.serve.connecting.target import ConnectError, Door, Target
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = "+13125550100"
TOKEN = "a-token-for-the-tests-0123456789"
OTHER_TOKEN = "another-token-of-the-tests-98765"
NAME = "langchain-telnyx: my_app:agent"
URL = "https://agent.example.com"
Run: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    """An emulator that a command reaches."""
    with TelnyxEmulator() as running:
        yield running


@pytest.fixture
def telnyx(emulator: TelnyxEmulator) -> Telnyx:
    client = Telnyx(**emulator.options())
    former = client.texml_applications.create("the old one", "https://old.example.com/texml")
    emulator.add_phone_number(NUMBER, connection_id=former.id)
    emulator.add_phone_number("+13125550199")
    return client


@pytest.fixture
def run(
    emulator: TelnyxEmulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    """Run the command in this process."""
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TELNYX_SERVE_TOKEN", TOKEN)
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    def command(*arguments: str) -> tuple[int, str, str]:
        fixed = ("connect", "my_app:agent", "--number", NUMBER, "--state", str(tmp_path / "s.json"))
        status = main([*fixed, "--skip-health-check", *arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return command


def picture(telnyx: Telnyx) -> dict[str, Any]:
    """Return everything that the command can change."""
    return {
        "numbers": [(one.phone_number, one.connection_id) for one in telnyx.phone_numbers.list()],
        "assistants": [(one.name, one.external_llm) for one in telnyx.assistants.list()],
        "applications": sorted(
            (str(one.friendly_name), str(one.voice_url))
            for one in telnyx.texml_applications.list()
            if one.friendly_name in (NAME, "the old one")
        ),
        "secrets": [one.identifier for one in telnyx.integration_secrets.list()],
    }


@pytest.mark.parametrize("door", ["assistant", "relay"])
def test_a_number_is_connected_and_disconnected(run: Run, telnyx: Telnyx, door: str) -> None:
    before = picture(telnyx)
    arguments = ("--public-url", URL, "--door", door)
    status, out, _ = run(*arguments, "--dry-run")
    assert status == 0
    assert f"number {NUMBER}: the old one -> {NAME!r}" in out
    assert TOKEN not in out
    assert picture(telnyx) == before

    status, out, _ = run(*arguments, "--yes")
    assert status == 0
    assert TOKEN not in out
    [number] = [one for one in telnyx.phone_numbers.list() if one.phone_number == NUMBER]
    if door == "assistant":
        [assistant] = telnyx.assistants.list()
        llm, telephony = assistant.external_llm, assistant.telephony_settings
        assert llm is not None
        assert telephony is not None
        assert (llm.base_url, llm.model, llm.forward_metadata) == (f"{URL}/v1", "agent", True)
        [secret] = telnyx.integration_secrets.list()
        assert secret.identifier == llm.llm_api_key_ref
        assert number.connection_id == telephony.default_texml_app_id
    else:
        [ours] = [one for one in telnyx.texml_applications.list() if one.friendly_name == NAME]
        assert ours.voice_url == f"{URL}/{TOKEN}/texml"
        assert number.connection_id == ours.id

    status, out, _ = run(*arguments, "--yes")
    assert (status, out) == (0, "Nothing to change.\n")

    status, out, _ = run("--remove", "--yes")
    assert status == 0
    assert picture(telnyx) == before
    assert run("--remove", "--yes")[1] == "Nothing to change.\n"


@pytest.mark.parametrize("door", ["assistant", "relay"])
def test_a_new_address_and_token_replace_the_old_ones(
    run: Run, telnyx: Telnyx, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    before = picture(telnyx)
    run("--public-url", URL, "--door", door, "--yes")
    monkeypatch.setenv("TELNYX_SERVE_TOKEN", OTHER_TOKEN)
    status, out, _ = run("--public-url", "https://new.example.com", "--door", door, "--yes")
    assert status == 0
    assert TOKEN not in out
    assert OTHER_TOKEN not in out
    assert len(list(telnyx.integration_secrets.list())) == (door == "assistant")
    shown = json.dumps(picture(telnyx), default=str)
    assert "new.example.com" in shown
    assert URL not in shown
    run("--remove", "--yes")
    assert picture(telnyx) == before


def test_the_state_file_has_no_secret(
    run: Run, telnyx: Telnyx, emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    del telnyx  # the number exists
    run("--public-url", URL, "--yes")
    text = (tmp_path / "s.json").read_text()
    assert TOKEN not in text
    assert "the old one" in text
    assert (tmp_path / "s.json").stat().st_mode & 0o077 == 0
    assert emulator.api_key not in text


def test_a_number_that_was_moved_since_is_left_there(run: Run, telnyx: Telnyx) -> None:
    run("--public-url", URL, "--yes")
    elsewhere = telnyx.texml_applications.create("elsewhere", "https://else.example.com")
    [number] = [one for one in telnyx.phone_numbers.list() if one.phone_number == NUMBER]
    telnyx.phone_numbers.update(number.id, connection_id=elsewhere.id)
    status, out, _ = run("--remove", "--yes")
    assert status == 0
    assert f"number {NUMBER}" not in out
    assert telnyx.phone_numbers.get(number.id).connection_id == elsewhere.id
    assert not list(telnyx.assistants.list())


def test_an_assistant_of_the_same_name_gets_its_former_llm_back(run: Run, telnyx: Telnyx) -> None:
    llm = {"base_url": "https://former.example.com/v1", "model": "m"}
    telnyx.assistants.create(NAME, "Mine.", external_llm=llm, enabled_features=["telephony"])
    before = picture(telnyx)
    run("--public-url", URL, "--yes")
    assert picture(telnyx) != before
    run("--remove", "--yes")
    assert picture(telnyx) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--public-url"),
        (("--public-url", "http://agent.example.com"), "https://"),
        (("--public-url", "agent.example.com"), "https://"),
    ],
)
def test_an_address_that_telnyx_cannot_reach_is_refused(
    run: Run, telnyx: Telnyx, arguments: tuple[str, ...], message: str
) -> None:
    before = picture(telnyx)
    status, _, err = run(*arguments, "--yes")
    assert status == 2
    assert message in err
    assert len(err.splitlines()) == 1
    assert picture(telnyx) == before


def test_what_is_missing_is_one_line(
    run: Run, telnyx: Telnyx, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = picture(telnyx)
    status, _, err = run("--public-url", URL)
    assert status == 2
    assert "--yes" in err
    status, _, err = run("--public-url", URL, "--number", "+4930123456", "--yes")
    assert status == 2
    assert "no number '+4930123456'" in err
    monkeypatch.setenv("TELNYX_SERVE_TOKEN", "short")
    status, _, err = run("--public-url", URL, "--yes")
    assert status == 2
    assert "token" in err
    assert "short" not in err.replace("too short", "")
    monkeypatch.delenv("TELNYX_SERVE_TOKEN")
    assert run("--public-url", URL, "--yes")[0] == 2
    monkeypatch.delenv("TELNYX_API_KEY")
    monkeypatch.setenv("TELNYX_SERVE_TOKEN", TOKEN)
    status, _, err = run("--public-url", URL, "--yes")
    assert status == 2
    assert "TELNYX_API_KEY" in err
    assert picture(telnyx) == before


def test_a_server_that_does_not_answer_is_a_warning(
    run: Run, telnyx: Telnyx, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    del telnyx  # the number exists
    assert run("--public-url", URL, "--dry-run")[0] == 0
    arguments = ["--public-url", "http://127.0.0.1:9", "--state", str(tmp_path / "s.json")]
    assert main(["connect", "my_app:agent", "--number", NUMBER, *arguments, "--yes"]) == 0
    assert "http://127.0.0.1:9/health does not answer" in capsys.readouterr().err


class CrashError(BaseException):
    """The process ends here."""


@settings(
    deadline=None,
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    door=st.sampled_from(["assistant", "relay"]),
    crashes=st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=3),
    removes=st.booleans(),
)
def test_a_crash_at_any_request_leaves_a_state_that_both_ways_lead_out_of(
    tmp_path_factory: pytest.TempPathFactory,
    door: Door,
    crashes: list[tuple[int, bool]],
    *,
    removes: bool,
) -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        telnyx = Telnyx(**emulator.options())
        former = telnyx.texml_applications.create("the old one", "https://old.example.com/texml")
        emulator.add_phone_number(NUMBER, connection_id=former.id)
        before = picture(telnyx)
        state = StateFile(tmp_path_factory.mktemp("state") / "s.json")
        target = Target(agent="my_app:agent", number=NUMBER, door=door, public_url=URL, token=TOKEN)
        for count, while_removing in crashes:
            with Telnyx(**emulator.options()) as dying:
                _crash_after(dying, count, removing=while_removing, target=target, state=state)
        _finish(telnyx, target, state, removing=False)
        connected = picture(telnyx)
        assert connected["numbers"] != before["numbers"]
        assert Connector(telnyx, target, state).changes() == []
        if removes:
            _finish(telnyx, target, state, removing=True)
            assert picture(telnyx) == before
            assert state.read(target) is None


def _finish(telnyx: Telnyx, target: Target, state: StateFile, *, removing: bool) -> None:
    connector = Connector(telnyx, target, state)
    changes = connector.removals() if removing else connector.changes()
    list(connector.apply(changes, record=bool(changes) and not removing))
    if removing:
        connector.forget()


def _crash_after(
    telnyx: Telnyx, count: int, *, removing: bool, target: Target, state: StateFile
) -> None:
    """Connect or remove, and end the process after so many requests."""
    left = count
    runner = telnyx._runner  # noqa: SLF001 - every request passes here
    run = runner.run

    def run_counted(*arguments: Any, **named: Any) -> Any:
        nonlocal left
        if left == 0:
            raise CrashError
        left -= 1
        return run(*arguments, **named)

    runner.run = run_counted  # type: ignore[method-assign]
    try:
        _finish(telnyx, target, state, removing=removing)
    except (CrashError, ConnectError):
        return
