"""`TelnyxTextToSpeech`: a runnable that speaks text, messages, and the stream of a chat model."""

import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from contextlib import aclosing
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForChainRun,
    CallbackManagerForChainRun,
)
from langchain_core.runnables import RunnableConfig, RunnableSerializable
from pydantic import ConfigDict, Field

from langchain_telnyx._shared.connect import Connected, Serialised
from langchain_telnyx._shared.interruptible_batches import Interruptible
from langchain_telnyx.client.call import StreamTimeouts
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.speech.inputs import text_of, whole_text_of
from langchain_telnyx.speech.options import SpeechOptions
from langchain_telnyx.speech.progress import Progress
from langchain_telnyx.speech.results import TelnyxSpeech
from langchain_telnyx.speech.sentences import Sentences


class TelnyxTextToSpeech(
    Serialised, Interruptible[Any, Any], Connected, SpeechOptions, RunnableSerializable[Any, Any]
):
    """Turns text into speech, with voices of Telnyx and other providers.

    The input is text, a message, a prompt, or a list of messages, whose last one is spoken.
    `invoke` returns a `TelnyxSpeech`: the audio with its media type. `stream` yields the bytes of
    the audio as they arrive. In a chain whose model streams, each sentence is synthesized as soon
    as it is complete, and the audio of all sentences is one stream.

    `invoke`, `stream` and `bind` accept the options of speech, such as `voice`, for one call.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/speech.md

    API page: https://developers.telnyx.com/api-reference/text-to-speech-commands/generate-speech-from-text

    Example:
        ```python
        from langchain_telnyx import ChatTelnyx, TelnyxTextToSpeech

        speak = TelnyxTextToSpeech(voice="Telnyx.KokoroTTS.af_heart")
        speak.invoke("Hello, Ann!").save("hello.mp3")

        for audio in (ChatTelnyx() | speak).stream("Tell me about Saturn."):
            ...  # bytes
        ```

    Raises:
        ValueError: The voice does not begin with its provider.
        InvalidTextError: At a call: the input has no text.
        StreamError: At a call: the audio breaks off. `partial` has the bytes received.
        PartialSpeechError: In a chain that streams: a sentence failed. It has the audio so far, and
            the text that is not spoken.
    """

    model_config = ConfigDict(extra="forbid")  # langchain-core's class resets it

    shortest_sentence: int = Field(default=20, ge=1)
    """In a chain that streams: sentences with fewer characters are spoken with the next."""

    idle_timeout: float | None = Field(default=None, gt=0)
    """Seconds to wait for more audio after the first bytes. Default: `timeout`."""

    def invoke(
        self,
        input: Any,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> TelnyxSpeech:
        """Speak an input, and return the audio.

        Args:
            input: Text, a message, a prompt, or a list of messages.
            config: See langchain-core.
            **kwargs: Options of speech for this call.

        Raises:
            InvalidTextError: The input has no text.
            TypeError: The input has another type, or an option is unknown.
            StreamError: The audio breaks off; `partial` has the bytes received.
        """
        speech: TelnyxSpeech = self._call_with_config(self._speak, input, config, **kwargs)
        return speech

    async def ainvoke(
        self,
        input: Any,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> TelnyxSpeech:
        """Speak an input, and return the audio; see `invoke`."""
        run = self._acall_with_config
        speech: TelnyxSpeech = await run(self._aspeak, input, config, **kwargs)
        return speech

    def stream(
        self,
        input: Any,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any | None,
    ) -> Iterator[bytes]:
        """Speak an input with one request, and yield the bytes of the audio as they arrive.

        Args:
            input: Text, a message, a prompt, or a list of messages.
            config: See langchain-core.
            **kwargs: Options of speech for this call.

        Raises:
            InvalidTextError: The input has no text.
            TypeError: The input has another type, or an option is unknown.
            StreamError: The audio breaks off; `partial` has the bytes received.
        """
        yield from self.transform(iter([input]), config, **kwargs)

    async def astream(
        self,
        input: Any,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any | None,
    ) -> AsyncIterator[bytes]:
        """Speak an input, and yield the bytes of the audio; see `stream`."""

        async def inputs() -> AsyncIterator[Any]:
            yield input

        audio: Any = self.atransform(inputs(), config, **kwargs)
        async with aclosing(audio):
            async for data in audio:
                yield data

    def transform(
        self,
        input: Iterator[Any],  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any | None,
    ) -> Iterator[bytes]:
        """Speak a stream of text or message chunks, sentence by sentence.

        Args:
            input: The chunks. A single one is spoken with one request.
            config: See langchain-core.
            **kwargs: Options of speech for this call.

        Raises:
            InvalidTextError: The chunks have no text.
            TypeError: A chunk has another type, or an option is unknown.
            StreamError: The audio of a single chunk breaks off; `partial` has the bytes received.
            PartialSpeechError: A sentence failed.
        """
        yield from self._transform_stream_with_config(input, self._transform, config, **kwargs)

    async def atransform(
        self,
        input: AsyncIterator[Any],  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any | None,
    ) -> AsyncIterator[bytes]:
        """Speak a stream of text or message chunks; see `transform`."""
        audio: Any = self._atransform_stream_with_config(input, self._atransform, config, **kwargs)
        async with aclosing(audio):
            async for data in audio:
                yield data

    def _speak(
        self,
        value: Any,
        run_manager: CallbackManagerForChainRun,  # noqa: ARG002 - core passes it
        config: RunnableConfig,  # noqa: ARG002 - likewise
        **options: Any,
    ) -> TelnyxSpeech:
        progress = self._progress(options)
        for _ in self._audio(progress, whole_text_of(value)):
            pass
        return progress.result()

    async def _aspeak(
        self,
        value: Any,
        run_manager: AsyncCallbackManagerForChainRun,  # noqa: ARG002 - core passes it
        config: RunnableConfig,  # noqa: ARG002 - likewise
        **options: Any,
    ) -> TelnyxSpeech:
        progress = self._progress(options)
        async with aclosing(self._aaudio(progress, whole_text_of(value))) as audio:
            async for _ in audio:
                pass
        return progress.result()

    def _transform(
        self,
        chunks: Iterator[Any],
        run_manager: CallbackManagerForChainRun,  # noqa: ARG002 - core passes it
        config: RunnableConfig,  # noqa: ARG002 - likewise
        **options: Any,
    ) -> Iterator[bytes]:
        progress = self._progress(options)
        first, second = next(chunks, ""), next(chunks, _END)
        if second is _END:
            yield from self._audio(progress, whole_text_of(first))
            return
        progress.is_streamed = True
        for chunk in itertools.chain((first, second), chunks):
            for sentence in progress.sentences.feed(text_of(chunk)):
                yield from self._audio(progress, sentence)
        for sentence in progress.sentences.end():
            yield from self._audio(progress, sentence)
        progress.check_text()

    async def _atransform(
        self,
        chunks: AsyncIterator[Any],
        run_manager: AsyncCallbackManagerForChainRun,  # noqa: ARG002 - core passes it
        config: RunnableConfig,  # noqa: ARG002 - likewise
        **options: Any,
    ) -> AsyncIterator[bytes]:
        progress = self._progress(options)
        first, second = await anext(chunks, ""), await anext(chunks, _END)
        progress.is_streamed = second is not _END
        async with aclosing(_atexts(progress, first, second, chunks)) as texts:
            async for text in texts:
                async with aclosing(self._aaudio(progress, text)) as audio:
                    async for data in audio:
                        yield data
        progress.check_text()

    def _progress(self, options: Mapping[str, Any]) -> Progress:
        parameters = self.parameters(options)
        language = parameters["language"]
        return Progress(parameters, Sentences(self.shortest_sentence, language))

    def _audio(self, progress: Progress, text: str) -> Generator[bytes, None, None]:
        """Yield the audio of one request."""
        progress.begin(text)
        timeouts = StreamTimeouts(idle=self.idle_timeout)
        call = self.telnyx.text_to_speech.stream
        try:
            with call(text.strip(), timeouts=timeouts, **progress.parameters) as opened:
                progress.opened(opened.headers)
                for data in opened:
                    if joined := progress.add(data):
                        yield joined
            if rest := progress.end():
                yield rest
        except TelnyxError as error:
            progress.fail(error)
            raise

    async def _aaudio(self, progress: Progress, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the audio of one request."""
        progress.begin(text)
        timeouts = StreamTimeouts(idle=self.idle_timeout)
        call = self.telnyx.aio.text_to_speech.stream
        try:
            async with await call(text.strip(), timeouts=timeouts, **progress.parameters) as opened:
                progress.opened(opened.headers)
                async for data in opened:
                    if joined := progress.add(data):
                        yield joined
            if rest := progress.end():
                yield rest
        except TelnyxError as error:
            progress.fail(error)
            raise


async def _atexts(
    progress: Progress, first: Any, second: Any, chunks: AsyncIterator[Any]
) -> AsyncGenerator[str, None]:
    """Yield the text of a single chunk, or the sentences of several."""
    if not progress.is_streamed:
        yield whole_text_of(first)
        return
    for chunk in (first, second):
        for sentence in progress.sentences.feed(text_of(chunk)):
            yield sentence
    async for chunk in chunks:
        for sentence in progress.sentences.feed(text_of(chunk)):
            yield sentence
    for sentence in progress.sentences.end():
        yield sentence


_END = object()
