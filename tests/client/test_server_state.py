"""State about a server: shared by clients of one base URL, bounded, and safe for threads."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx import ChatTelnyx, Telnyx, TelnyxEmbeddings
from langchain_telnyx._shared.capabilities import CapabilityCache
from langchain_telnyx.client import server_state
from langchain_telnyx.client.lru import LRU

HERE, ELSEWHERE = "http://127.0.0.1:9/v1", "http://127.0.0.1:8/v1"


def test_clients_of_one_base_url_share_it_and_others_do_not() -> None:
    cache = Telnyx(api_key="KEY1", base_url=HERE).server_state.get(CapabilityCache)
    for other in (
        Telnyx(api_key="KEY2", base_url=HERE, max_retries=7),
        ChatTelnyx(api_key="KEY1", base_url=HERE).telnyx,
        TelnyxEmbeddings(model="m", api_key="KEY1", base_url=HERE).telnyx,
        pickle.loads(pickle.dumps(Telnyx(api_key="KEY1", base_url=HERE))),  # noqa: S301 - its own
    ):
        assert other.server_state.get(CapabilityCache) is cache
    elsewhere = Telnyx(api_key="KEY1", base_url=ELSEWHERE).server_state
    assert elsewhere.find(CapabilityCache) is None
    assert elsewhere.get(CapabilityCache) is not cache


def test_it_outlives_the_clients_until_it_is_cleared() -> None:
    def cache() -> CapabilityCache:
        return Telnyx(api_key="KEY1", base_url=HERE).server_state.get(CapabilityCache)

    cache().learn("m", refuses_stream_options=True)
    assert cache().of("m").refuses_stream_options
    assert server_state.is_anywhere(CapabilityCache)
    server_state.clear()
    assert not server_state.is_anywhere(CapabilityCache)
    assert not cache().of("m").refuses_stream_options


def test_threads_get_one_instance() -> None:
    state = server_state.ServerState()
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: state.get(CapabilityCache), range(200)))
    assert len({id(each) for each in found}) == 1


@given(
    st.lists(
        st.tuples(st.sampled_from(["get", "put", "update", "remove"]), st.integers(0, 5)),
        max_size=60,
    ),
    st.integers(1, 4),
)
def test_a_cache_has_the_entries_that_were_used_last(
    steps: list[tuple[str, int]], size: int
) -> None:
    cache: LRU[int, int] = LRU(size)
    used: list[int] = []  # the keys in it, the one used last at the end
    values: dict[int, int] = {}
    for number, (step, key) in enumerate(steps):
        if step == "get":
            assert cache.get(key) == (values[key] if key in used else None)
            used = [*[one for one in used if one != key], key] if key in used else used
        elif step == "remove":
            cache.remove(key)
            used = [one for one in used if one != key]
        else:
            before = values[key] if key in used else None
            if step == "put":
                cache.put(key, number)
                values[key] = number
            else:
                values[key] = cache.update(key, lambda old: (old or 0) + 1)
                assert values[key] == (before or 0) + 1
            used = [*[one for one in used if one != key], key][-size:]
        assert len(cache) == len(used)
        assert cache.values() == [values[one] for one in used]
    assert all(cache.peek(one) == values[one] for one in used)
    assert len(pickle.loads(pickle.dumps(cache))) == 0  # noqa: S301 - its own


def test_a_cache_adds_up_what_threads_update() -> None:
    cache: LRU[str, int] = LRU(2)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: cache.update("n", lambda old: (old or 0) + 1), range(1000)))
    assert cache.get("n") == 1000
