"""Starting and stopping emulators, and several of them in parallel."""

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


def send_request(emulator: TelnyxEmulator, path: str = "/ai/embeddings/buckets") -> httpx.Response:
    return httpx.get(
        emulator.base_url + path, headers={"authorization": f"Bearer {emulator.api_key}"}
    )


def test_it_serves_from_entering_to_leaving_the_context() -> None:
    with TelnyxEmulator() as emulator:
        assert emulator.base_url == f"{emulator.storage_url}/v2"
        assert emulator.storage_url.startswith("http://127.0.0.1:")
        assert send_request(emulator).json() == {"data": {"buckets": []}}
        address = emulator.base_url
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_several_emulators_do_not_share_anything() -> None:
    with TelnyxEmulator() as one, TelnyxEmulator(api_key="other") as other:
        one.account.objects.create_bucket("mine")
        assert other.account.objects.buckets() == []
        assert send_request(one).status_code == send_request(other).status_code == 200
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


def test_a_dropped_connection_has_no_response() -> None:
    with TelnyxEmulator() as emulator:
        emulator.script.drop_connection()
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            send_request(emulator)
        assert send_request(emulator).status_code == 200


def test_a_port_in_use_is_an_error_at_the_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        emulator = TelnyxEmulator(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            emulator.start()


def test_options_and_environment_connect_clients() -> None:
    with TelnyxEmulator(api_key="KEY1") as emulator:
        assert emulator.options() == {"api_key": "KEY1", "base_url": emulator.base_url}
        assert emulator.environment() == {
            "TELNYX_API_KEY": "KEY1",
            "TELNYX_BASE_URL": emulator.base_url,
        }


def test_without_sockets_the_options_contain_http_clients() -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        assert emulator.base_url == "http://telnyx.localhost/v2"
        assert emulator.options() == {
            "api_key": emulator.api_key,
            "base_url": emulator.base_url,
            "http_client": emulator.http_client,
            "http_async_client": emulator.http_async_client,
        }


def test_a_stopped_emulator_raises() -> None:
    with pytest.raises(RuntimeError, match="is not running"):
        _ = TelnyxEmulator().base_url


def test_it_can_be_scripted_before_the_start() -> None:
    emulator = TelnyxEmulator()
    emulator.fail(418)
    with emulator:
        assert send_request(emulator).status_code == 418


def test_reset_deletes_everything() -> None:
    with TelnyxEmulator() as emulator:
        first = send_request(emulator).headers["x-request-id"]
        emulator.account.objects.create_bucket("bucket")
        emulator.fail(500)
        emulator.reset()
        assert len(emulator.requests) == 0
        assert emulator.account.objects.buckets() == []
        assert send_request(emulator).headers["x-request-id"] == first


def test_ids_depend_on_the_seed() -> None:
    def request_id(seed: int) -> str:
        with TelnyxEmulator(seed=seed) as emulator:
            return str(send_request(emulator).headers["x-request-id"])

    assert request_id(0) == request_id(0) != request_id(1)


def test_quirks_are_passed_to_the_account() -> None:
    with TelnyxEmulator(quirks=Quirks(failure_word="failed"), sockets=False) as emulator:
        assert emulator.account.settings.quirks.failure_word == "failed"


def test_data_on_disk_is_there_after_a_restart_and_ids_continue(tmp_path: Path) -> None:
    with TelnyxEmulator(data=tmp_path / "new" / "directory", sockets=False) as emulator:
        emulator.account.objects.create_bucket("stored")
        first = emulator.account.ids.uuid()
    with TelnyxEmulator(data=tmp_path / "new" / "directory", sockets=False) as emulator:
        assert [bucket.name for bucket in emulator.account.objects.buckets()] == ["stored"]
        assert emulator.account.ids.uuid() != first


def test_a_data_directory_serves_one_emulator_at_a_time(tmp_path: Path) -> None:
    with (
        TelnyxEmulator(data=tmp_path, sockets=False),
        pytest.raises(DataInUseError, match="in use by another emulator"),
    ):
        TelnyxEmulator(data=tmp_path, sockets=False).start()


def test_an_abandoned_reader_has_no_effect_after_the_end(emulator: TelnyxEmulator) -> None:
    account = emulator.account
    account.objects.create_bucket("bucket")
    staged = account.objects.blobs.stage()
    staged.write(b"bytes")
    made = account.objects.put("bucket", "key", staged, "text/plain")
    reading = account.objects.read(made)
    assert next(reading) == b"bytes"
    account.objects.delete("bucket", "key")
    emulator.stop()
    del reading  # an exception of a generator is a warning here, and warnings are errors
    gc.collect()
