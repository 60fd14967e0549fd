"""Text to speech: audio as a stream, or base64 in JSON; and the voices."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from langchain_telnyx.emulator.areas.text_to_speech import encoding, sound, voices
from langchain_telnyx.emulator.areas.text_to_speech.request import Format, SpeechRequest
from langchain_telnyx.emulator.areas.text_to_speech.sound import Synthesizer
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError
from langchain_telnyx.emulator.serving.script_items import StreamFault

router = APIRouter()

# Providers whose voices are listed only with a key of the caller's.
_NEED_A_KEY = ("elevenlabs", "resemble")


@router.post("/text-to-speech/speech")
async def generate_speech(
    request: SpeechRequest, account: CurrentAccount, http: Request
) -> Response:
    """Synthesize a text."""
    form = request.check()
    synthesizer = account.settings.synthesizer
    if request.output_type == "base64_output":
        whole = await run_in_threadpool(lambda: b"".join(_audio(request, form, synthesizer)))
        return JSONResponse({"base64_audio": base64.b64encode(whole).decode()})
    audio = encoding.pieces(await run_in_threadpool(_audio, request, form, synthesizer))
    return StreamingResponse(
        _body(audio, account.script.next_stream(), http.scope["state"]["abort"]),
        media_type=encoding.MEDIA_TYPES[form.kind],
    )


@router.get("/text-to-speech/voices")
def list_voices(
    account: CurrentAccount,  # noqa: ARG001 - authenticates
    provider: Literal[
        "aws", "telnyx", "azure", "elevenlabs", "minimax", "resemble", "xai", "humain", "soniox"
    ]
    | None = None,
    api_key: str | None = None,
) -> dict[str, Any]:
    """List the voices of one provider, or of all."""
    if provider in _NEED_A_KEY and not api_key:
        detail = f"`api_key` is required to list the voices of {provider}."
        raise ApiError(400, "10004", None, detail, pointer="/api_key")
    return {"voices": voices.listed(provider)}


def _audio(request: SpeechRequest, form: Format, synthesizer: Synthesizer) -> Iterator[bytes]:
    """Return an iterator over the parts of the audio file."""
    if synthesizer == "flite":
        speech = sound.spoken(request.text, form.rate, request.speed)
        samples, frames = iter([speech]), len(speech) // 2
    else:
        voice = request.voice or request.provider_name
        samples = sound.tones(request.text, voice, form.rate, request.speed)
        frames = sound.frames_of(request.text, form.rate, request.speed)
    if form.kind == "wav":
        return encoding.wav(samples, frames, form.rate)
    if form.kind == "mp3":
        return encoding.mp3(samples, frames, form.rate)
    return samples


async def _body(
    audio: Iterator[bytes], fault: StreamFault | None, abort: Callable[[], None]
) -> AsyncIterator[bytes]:
    """Yield the pieces of the audio, with the fault of a script.

    A fault that ends the stream closes the connection: audio has no other sign of an error. It
    comes at the latest before the last piece.
    """
    if fault and fault.kind == "raw":
        for piece in fault.pieces:
            yield piece
            await asyncio.sleep(0)
        return
    following = next(audio, None)
    sent = 0
    while following is not None:
        piece, following = following, next(audio, None)
        if fault and sent == fault.after and fault.kind == "stall":
            await asyncio.sleep(fault.seconds)
        elif fault and fault.kind != "stall" and (sent == fault.after or following is None):
            abort()
            return
        yield piece
        sent += 1
        await asyncio.sleep(0)  # send each piece by itself, and detect a lost client
