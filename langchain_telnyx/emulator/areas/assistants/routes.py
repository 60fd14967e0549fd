"""Assistants: created, changed, copied and deleted; a chat is stored in its conversation."""

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.assistants import chat
from langchain_telnyx.emulator.areas.assistants.request import (
    ChatWithAssistant,
    CreateAssistant,
    ExternalLLM,
    UpdateAssistant,
)
from langchain_telnyx.emulator.areas.chat.routes import admit, complete, refusals_as_errors
from langchain_telnyx.emulator.model.reply import Reply
from langchain_telnyx.emulator.serving import sse
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import resource_not_found
from langchain_telnyx.emulator.serving.request_body import invalid
from langchain_telnyx.emulator.serving.script_matching import RequestView

router = APIRouter(prefix="/ai/assistants")

JSON = dict[str, Any]


@router.get("")
def list_assistants(account: CurrentAccount) -> JSON:
    """List all assistants; there are no pages."""
    return {"data": account.assistants.all()}


@router.post("")
def create_assistant(body: CreateAssistant, account: CurrentAccount) -> JSON:
    """Create an assistant. The response is not wrapped in `data`."""
    _check_secrets(body, account)
    return account.assistants.create(body.settings())


@router.get("/{assistant_id}")
def get_assistant(assistant_id: str, account: CurrentAccount) -> JSON:
    """Return an assistant. Its variables are the defaults: no webhook is called."""
    return _need(account.assistants.find(assistant_id))


@router.post("/{assistant_id}")
def update_assistant(assistant_id: str, body: UpdateAssistant, account: CurrentAccount) -> JSON:
    """Store a new version, and use it unless `promote_to_main` is false."""
    _check_secrets(body, account)
    changes = body.settings()
    return _need(account.assistants.update(assistant_id, changes, promote=body.promote_to_main))


@router.delete("/{assistant_id}")
def delete_assistant(assistant_id: str, account: CurrentAccount) -> JSON:
    """Delete an assistant; the emulator cannot restore it."""
    if not account.assistants.delete(assistant_id):
        raise resource_not_found()
    return {"id": assistant_id, "object": "assistant", "deleted": True}


@router.post("/{assistant_id}/clone")
def clone_assistant(assistant_id: str, account: CurrentAccount) -> JSON:
    """Copy an assistant, without its telephony and messaging settings."""
    return _need(account.assistants.clone(assistant_id))


@router.get("/{assistant_id}/versions")
def list_versions(assistant_id: str, account: CurrentAccount) -> JSON:
    """List the versions of an assistant."""
    versions = account.assistants.versions(assistant_id)
    if versions is None:
        raise resource_not_found()
    return {"data": versions}


@router.post("/{assistant_id}/versions/{version_id}/promote")
def promote_version(assistant_id: str, version_id: str, account: CurrentAccount) -> JSON:
    """Use a version from now on."""
    return _need(account.assistants.promote(assistant_id, version_id))


@router.get("/{assistant_id}/texml")
def get_texml(assistant_id: str, account: CurrentAccount) -> Response:
    """Return the TeXML that connects a call with an assistant."""
    assistant = _need(account.assistants.find(assistant_id))
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Response><Connect><AIAssistant id={quoteattr(assistant['id'])}/></Connect></Response>"
    )
    return Response(document, media_type="application/xml")


@router.post("/{assistant_id}/chat")
async def chat_with_assistant(
    assistant_id: str, body: ChatWithAssistant, account: CurrentAccount, http: Request
) -> Response:
    """Answer a message of a conversation, and store both in it.

    An assistant with an `external_llm` answers by the emulator's own model, too.
    """
    with refusals_as_errors():
        assistant = _need(await run_in_threadpool(account.assistants.find, assistant_id))
        earlier = await run_in_threadpool(chat.before, body.conversation_id, account)
        request = chat.request(assistant, earlier, body)
        card = await run_in_threadpool(admit, request, account)
        messages = [message.model_dump() for message in request.messages]
        seen = RequestView.of(await http.json(), messages=messages, model=request.model)
        scripted = account.script.next_reply(seen)
        completion = await complete(request, card, scripted, account)
    [reply] = completion.replies
    await run_in_threadpool(chat.save, assistant_id, body, reply, account)
    if not body.stream:
        return JSONResponse({"content": reply.content or ""})
    return StreamingResponse(
        sse.events(
            _events(reply),
            account.script.next_stream(),
            comments=account.settings.quirks.stream_comments,
            ending=b"",
        ),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache"},
    )


def _events(reply: Reply) -> Iterator[JSON]:
    # The documentation names the events. Their data has no other mark here: the less convenient
    # form for a client.
    for piece in reply.pieces if reply.content else ():
        yield {"event": "delta", "content": piece}
    yield {"event": "done", "content": reply.content or "", "whatsapp_template": None}


def _need(assistant: JSON | None) -> JSON:
    if assistant is None:
        raise resource_not_found()
    return assistant


def _check_secrets(body: UpdateAssistant, account: Account) -> None:
    """Refuse references to integration secrets that do not exist."""
    external = body.external_llm or ExternalLLM(base_url="-", model="-")
    references = {
        "llm_api_key_ref": body.llm_api_key_ref,
        "external_llm/llm_api_key_ref": external.llm_api_key_ref,
        "external_llm/certificate_ref": external.certificate_ref,
    }
    for field, identifier in references.items():
        if identifier and not account.integration_secrets.exists(identifier):
            detail = f"There is no integration secret with the identifier {identifier!r}."
            raise invalid(field, detail)
