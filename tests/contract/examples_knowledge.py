"""Examples of speech, AI Search collections and agent memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples import Example, after_creating, arguments, with_created
from examples_conversations import conversation

if TYPE_CHECKING:
    from prerequisites import Account

_PROFILE = "caller-1"
_COLLECTIONS = "/ai/collections"
_COLLECTION = f"{_COLLECTIONS}/{{uuid}}"
_NAMESPACES = "/ai/memory/namespaces"
_NAMESPACE = f"{_NAMESPACES}/{{namespace}}"
_PROFILES = f"{_NAMESPACE}/profiles"
_OF_PROFILE = f"{_PROFILES}/{{profile_id}}"


def collection(account: Account) -> str:
    """A collection of calls, by its id."""
    return _collection(account)[0]


def collection_slug(account: Account) -> str:
    """A collection of calls, by its slug."""
    return _collection(account)[1]


def collection_source(account: Account) -> tuple[str, str]:
    """A collection, and a source of it."""
    uuid = collection(account)
    return uuid, str(account.telnyx.collections.sources(uuid)[0].id)


def memory_operation(account: Account) -> str:
    """A completed write to a profile's memory."""
    written = account.telnyx.memory.remember(_PROFILE, "She prefers to be called Ann.")
    account.telnyx.memory.wait(written.operation_id)
    return str(written.operation_id)


def session(account: Account) -> str:
    """A profile with the memories of a session."""
    messages = [{"role": "user", "content": "My name is Ann. I live in Lisbon."}]
    written = account.telnyx.memory.ingest(_PROFILE, {"messages": messages}, session_id="call-1")
    account.telnyx.memory.wait(written.operation_id)
    return _PROFILE


def memory(account: Account) -> tuple[str, str]:
    """A profile, and one of its memories."""
    session(account)
    return _PROFILE, str(next(iter(account.telnyx.memory.memories(_PROFILE))).id)


def memory_source(account: Account) -> tuple[str, str]:
    """A profile, and a source of its memories."""
    session(account)
    return _PROFILE, str(next(iter(account.telnyx.memory.sources(_PROFILE))).id)


def memory_namespace(account: Account) -> str:
    """A memory namespace."""
    namespaces = account.telnyx.memory_namespaces
    if "agents" not in {each.name for each in namespaces.list()}:
        namespaces.create("agents")
    return "agents"


def _collection(account: Account) -> tuple[str, str]:
    conversation(account)
    collections = account.telnyx.collections
    made = next((each for each in collections.list() if each.slug == "calls"), None)
    made = made or collections.create("Calls", slug="calls", sources=["voice"])
    return str(made.uuid), "calls"


EXAMPLES = (
    Example(
        "POST /text-to-speech/speech",
        "text_to_speech.generate",
        arguments("Hello, Ann!", voice="Telnyx.KokoroTTS.af_heart", telnyx={"voice_speed": 1.2}),
    ),
    Example(
        "GET /text-to-speech/voices",
        "text_to_speech.list_voices",
        arguments(provider="telnyx"),
    ),
    Example(f"GET {_COLLECTIONS}", "collections.list", after_creating(collection, page_size=1)),
    Example(
        f"POST {_COLLECTIONS}",
        "collections.create",
        arguments("Calls", slug="calls", description="All calls.", sources=["voice"], top_k=5),
    ),
    Example(f"GET {_COLLECTIONS}/slug/{{slug}}", "collections.get", with_created(collection_slug)),
    Example(f"GET {_COLLECTION}", "collections.get_by_id", with_created(collection)),
    Example(
        f"PATCH {_COLLECTION}", "collections.update", with_created(collection, description="Calls.")
    ),
    Example(f"DELETE {_COLLECTION}", "collections.delete", with_created(collection)),
    Example(f"GET {_COLLECTION}/settings", "collections.settings", with_created(collection)),
    Example(
        f"PUT {_COLLECTION}/settings",
        "collections.replace_settings",
        with_created(collection, retrieval_type="hybrid", top_k=7),
    ),
    Example(
        f"PATCH {_COLLECTION}/settings",
        "collections.update_settings",
        with_created(collection, top_k=7),
    ),
    Example(f"GET {_COLLECTION}/sources", "collections.sources", with_created(collection)),
    Example(
        f"POST {_COLLECTION}/sources",
        "collections.add_source",
        with_created(collection, "bucket", bucket_id="docs-bucket"),
    ),
    Example(
        f"PUT {_COLLECTION}/sources",
        "collections.replace_sources",
        with_created(collection, ["voice", "message"]),
    ),
    Example(
        f"DELETE {_COLLECTION}/sources/{{source_id}}",
        "collections.remove_source",
        with_created(collection_source),
    ),
    Example(
        "GET /ai/knowledge/collections/{slug}/documents",
        "collections.search",
        with_created(collection_slug, "order", top_k=5, filter={"record_type": "voice"}),
    ),
    Example(f"GET {_NAMESPACES}", "memory_namespaces.list", after_creating(memory_namespace)),
    Example(f"POST {_NAMESPACES}", "memory_namespaces.create", arguments("agents")),
    Example(f"DELETE {_NAMESPACE}", "memory_namespaces.delete", with_created(memory_namespace)),
    Example(f"GET {_NAMESPACE}/settings", "memory_namespaces.settings", arguments()),
    Example(
        f"PATCH {_NAMESPACE}/settings",
        "memory_namespaces.update_settings",
        arguments(summary_instructions="Be brief."),
    ),
    Example(
        f"GET {_NAMESPACE}/operations/{{operation_id}}",
        "memory.operation",
        with_created(memory_operation),
    ),
    Example(f"GET {_PROFILES}", "memory.profiles", after_creating(session)),
    Example(f"DELETE {_OF_PROFILE}", "memory.delete_profile", with_created(session)),
    Example(
        f"POST {_OF_PROFILE}/remember", "memory.remember", arguments(_PROFILE, "She likes tea.")
    ),
    Example(
        f"POST {_OF_PROFILE}/ingest",
        "memory.ingest",
        arguments(
            _PROFILE,
            {"messages": [{"role": "user", "content": "I live in Lisbon."}]},
            session_id="call-1",
        ),
    ),
    Example(
        f"POST {_OF_PROFILE}/recall", "memory.recall", with_created(session, "Where does she live?")
    ),
    Example(f"GET {_OF_PROFILE}/summary", "memory.summary", with_created(session)),
    Example(
        f"POST {_OF_PROFILE}/summary/preview",
        "memory.preview_summary",
        with_created(session, "Be brief."),
    ),
    Example(f"GET {_OF_PROFILE}/memories", "memory.memories", with_created(session, page_size=1)),
    Example(f"GET {_OF_PROFILE}/memories/{{memory_id}}", "memory.get_memory", with_created(memory)),
    Example(f"GET {_OF_PROFILE}/sources", "memory.sources", with_created(session, page_size=1)),
    Example(
        f"GET {_OF_PROFILE}/sources/{{source_id}}", "memory.get_source", with_created(memory_source)
    ),
    Example(
        f"DELETE {_OF_PROFILE}/sources/{{source_id}}",
        "memory.delete_source",
        with_created(memory_source),
    ),
)
