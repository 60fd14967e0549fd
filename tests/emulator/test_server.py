"""Running an emulator: ready at once, gone at once, several side by side."""

from __future__ import annotations

import gc
import socket
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from langchain_telnyx.emulator.storage.database import DataInUseError

if TYPE_CHECKING:
    from pathlib import Path


def ask(emulator: TelnyxEmulator, path: str = "/ai/embeddings/buckets") -> httpx.Response:
    return httpx.get(
        emulator.base_url + path, headers={"authorization": f"Bearer {emulator.api_key}"}
    )


def test_it_answers_as_soon_as_it_is_entered_and_no_longer_when_it_is_left() -> None:
    with TelnyxEmulator() as emulator:
        assert emulator.base_url == f"{emulator.storage_url}/v2"
        assert emulator.storage_url.startswith("http://127.0.0.1:")
        assert ask(emulator).json() == {"data": {"buckets": []}}
        address = emulator.base_url
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_several_emulators_do_not_share_anything() -> None:
    with TelnyxEmulator() as one, TelnyxEmulator(api_key="other") as other:
        one.account.objects.create_bucket("mine")
        assert other.account.objects.buckets() == []
        assert ask(one).status_code == ask(other).status_code == 200
        assert one.storage_url != other.storage_url


def test_it_stops_quickly_while_a_request_hangs() -> None:
    with TelnyxEmulator() as emulator:
        emulator.latency(60)
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(
                emulator.base_url,
                headers={"authorization": f"Bearer {emulator.api_key}"},
                timeout=0.05,
            )
        leaving = time.perf_counter()
    assert time.perf_counter() - leaving < 2


def test_a_dropped_connection_has_no_answer() -> None:
    with TelnyxEmulator() as emulator:
        emulator.script.drop_connection()
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            ask(emulator)
        assert ask(emulator).status_code == 200


def test_a_port_in_use_is_told_at_the_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        emulator = TelnyxEmulator(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            emulator.start()


def test_options_and_environment_point_clients_at_it() -> None:
    with TelnyxEmulator(api_key="KEY1") as emulator:
        assert emulator.options() == {"api_key": "KEY1", "base_url": emulator.base_url}
        assert emulator.environment() == {
            "TELNYX_API_KEY": "KEY1",
            "TELNYX_BASE_URL": emulator.base_url,
        }


def test_without_sockets_the_options_bring_their_own_clients() -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        assert emulator.base_url == "http://telnyx.localhost/v2"
        assert emulator.options() == {
            "api_key": emulator.api_key,
            "base_url": emulator.base_url,
            "http_client": emulator.http_client,
            "http_async_client": emulator.http_async_client,
        }


def test_it_says_so_when_it_does_not_run() -> None:
    with pytest.raises(RuntimeError, match="does not run"):
        _ = TelnyxEmulator().base_url


def test_it_can_be_scripted_before_it_runs() -> None:
    emulator = TelnyxEmulator()
    emulator.fail(418)
    with emulator:
        assert ask(emulator).status_code == 418


def test_reset_forgets_everything() -> None:
    with TelnyxEmulator() as emulator:
        first = ask(emulator).headers["x-request-id"]
        emulator.account.objects.create_bucket("bucket")
        emulator.fail(500)
        emulator.reset()
        assert len(emulator.requests) == 0
        assert emulator.account.objects.buckets() == []
        assert ask(emulator).headers["x-request-id"] == first


def test_same_seed_same_ids_and_other_seed_other_ids() -> None:
    def request_id(seed: int) -> str:
        with TelnyxEmulator(seed=seed) as emulator:
            return str(ask(emulator).headers["x-request-id"])

    assert request_id(0) == request_id(0) != request_id(1)


def test_quirks_reach_the_account() -> None:
    with TelnyxEmulator(quirks=Quirks(failure_word="failed"), sockets=False) as emulator:
        assert emulator.account.settings.quirks.failure_word == "failed"


def test_what_is_on_disk_is_there_next_time_and_ids_go_on(tmp_path: Path) -> None:
    with TelnyxEmulator(data=tmp_path / "new" / "directory", sockets=False) as emulator:
        emulator.account.objects.create_bucket("kept")
        first = emulator.account.ids.uuid()
    with TelnyxEmulator(data=tmp_path / "new" / "directory", sockets=False) as emulator:
        assert [bucket.name for bucket in emulator.account.objects.buckets()] == ["kept"]
        assert emulator.account.ids.uuid() != first


def test_a_data_directory_serves_one_emulator_at_a_time(tmp_path: Path) -> None:
    with (
        TelnyxEmulator(data=tmp_path, sockets=False),
        pytest.raises(DataInUseError, match="in use by another emulator"),
    ):
        TelnyxEmulator(data=tmp_path, sockets=False).start()


def test_a_reader_that_is_forgotten_does_no_harm_after_the_end(emulator: TelnyxEmulator) -> None:
    account = emulator.account
    account.objects.create_bucket("bucket")
    staged = account.objects.blobs.stage()
    staged.write(b"bytes")
    made = account.objects.put("bucket", "key", staged, "text/plain")
    reading = account.objects.read(made)
    assert next(reading) == b"bytes"
    account.objects.delete("bucket", "key")
    emulator.stop()
    del reading  # what a generator raises here is a warning, and warnings are errors
    gc.collect()
