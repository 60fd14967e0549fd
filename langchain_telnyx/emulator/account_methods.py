"""What a test does to an emulated account besides requests: content, webhooks, and calls."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from langchain_telnyx.emulator.calls.result import CallResult
from langchain_telnyx.emulator.calls.script import Step
from langchain_telnyx.emulator.quirks import Quirks
from langchain_telnyx.emulator.webhooks.sender import Delivery, Receiver

if TYPE_CHECKING:
    from langchain_telnyx.emulator.account import Account


class AccountMethods:
    """Methods of `TelnyxEmulator` that change or observe its account."""

    if TYPE_CHECKING:

        @property
        def account(self) -> Account:  # noqa: D102 - of `TelnyxEmulator`
            ...

    def transcript(
        self, recording: str | bytes | Path, content: str | Iterable[Mapping[str, Any]]
    ) -> None:
        """Set the transcript of a recording.

        Args:
            recording: A file's name, the SHA-256 of its bytes in hex, its bytes, or a file on disk.
            content: Text, in which a line may begin with `Speaker 0:`; or segments with `text` and
                optionally `start`, `end`, `speaker`, `channel` and `words`.

        Raises:
            ValueError: A segment has unknown fields or impossible times.
        """
        self.account.transcripts.register(recording, content)

    def add_web_page(
        self,
        url: str,
        title: str,
        text: str | None,
        *,
        description: str | None = None,
        news: bool = False,
        published_at: datetime | None = None,
        site_name: str = "",
    ) -> None:
        """Add a page to the web that this account searches; sample pages are then not found.

        Args:
            url: Its address; a page that was added at this address is replaced.
            title: Its title.
            text: Its contents as Markdown; `None` for a page that cannot be fetched.
            description: Its description in results; default: a sentence of the text.
            news: Whether it is a news result.
            published_at: When it was published, for `freshness`.
            site_name: The name of its site; often empty, as by the service.

        Raises:
            ValueError: The address is not an HTTP URL.
        """
        self.account.web.add(
            url,
            title,
            text,
            description=description,
            news=news,
            published_at=published_at,
            site_name=site_name,
        )

    def add_phone_number(self, phone_number: str, *, connection_id: str = "") -> str:
        """Add a phone number to the account, and return its id.

        Args:
            phone_number: The number, such as `+13125550100`.
            connection_id: The connection that gets its calls; default: none.

        Raises:
            IntegrityError: The account has the number.
        """
        return self.account.phone_numbers.add(phone_number, connection_id).id

    def add_recording_transcription(
        self,
        text: str | None,
        *,
        recording_id: str | None = None,
        duration: float | None = None,
        created_at: datetime | None = None,
    ) -> str:
        """Add the transcription of a call recording, and return its id.

        Args:
            text: The text; `None` for a transcription in progress.
            recording_id: The recording's id; default: a new one.
            duration: The duration in seconds; default: by the number of words.
            created_at: When it was created; default: now.
        """
        return self.account.recording_transcriptions.add(
            text, recording_id=recording_id, duration=duration, created_at=created_at
        ).id

    def end_conversation(self, conversation_id: str, insight_group_id: str | None = None) -> None:
        """End a conversation, as when a caller hangs up, and start its insights.

        Args:
            conversation_id: The conversation.
            insight_group_id: The group whose templates apply. Default: `insight_group_id` of its
                metadata, or else `account.conversations.insights.default_group`.

        Raises:
            LookupError: The conversation or the group does not exist.
        """
        self.account.conversations.end(conversation_id, insight_group_id)

    def call(
        self,
        app: Any,
        script: Sequence[str | Step],
        *,
        door: Literal["relay", "assistant"] = "relay",
        caller: str = "+13125550123",
        number: str = "+13125550100",
        language: str = "en",
        token: str | None = None,
        variables: Mapping[str, Any] | None = None,
        timeout: float = 30.0,
    ) -> CallResult:
        """Call an agent as Telnyx does, without a phone.

        The conversation is stored in the account, and ends with the call, so that its insights
        start.

        Args:
            app: An agent; or the application of `langchain_telnyx.serve.create_app`, or another
                ASGI application with the same routes.
            script: What the caller does: texts to say, and `Say`, `Interrupt`, `Press`, `Wait` and
                `HangUp` of `langchain_telnyx.emulator.calls`. At the end the caller hangs up.
            door: `relay` (Conversation Relay), or `assistant` (an assistant with a custom LLM).
            caller: The caller's number.
            number: The agent's number.
            language: The language that the recogniser reports.
            token: The application's token.
            variables: The call's custom parameters, or the assistant's dynamic variables.
            timeout: The most seconds to wait for an answer.

        Returns:
            What was said, heard and done.

        Raises:
            CallError: The application refuses the call, fails, or does not answer in time. The
                call until then is its `result`.
            ValueError: `door` is unknown.
            TypeError: A step has another type.
        """
        from langchain_telnyx.emulator.calls.calling import run_in_thread  # noqa: PLC0415 - seldom used

        return run_in_thread(
            lambda: self.acall(
                app,
                script,
                door=door,
                caller=caller,
                number=number,
                language=language,
                token=token,
                variables=variables,
                timeout=timeout,
            )
        )

    async def acall(
        self,
        app: Any,
        script: Sequence[str | Step],
        *,
        door: Literal["relay", "assistant"] = "relay",
        caller: str = "+13125550123",
        number: str = "+13125550100",
        language: str = "en",
        token: str | None = None,
        variables: Mapping[str, Any] | None = None,
        timeout: float = 30.0,  # noqa: ASYNC109 - per answer
    ) -> CallResult:
        """Call an agent in this event loop: see `call`."""
        from langchain_telnyx.emulator.calls.calling import call  # noqa: PLC0415 - seldom used

        return await call(
            self.account,
            app,
            script,
            door=door,
            caller=caller,
            number=number,
            language=language,
            token=token,
            variables=variables or {},
            timeout=timeout,
        )

    @property
    def quirks(self) -> Quirks:
        """The behaviours of the real API that are imitated now."""
        return self.account.settings.quirks

    def change_quirks(self, **changes: Any) -> None:
        """Imitate other behaviours from now on; `reset` ends this. What is stored does not change.

        Args:
            changes: The quirks to change, by name, as for `Quirks`.

        Raises:
            ValueError: A value is out of range.
            TypeError: There is no such quirk.
        """
        self.account.change_quirks(**changes)

    def advance_clock(self, seconds: float) -> None:
        """Advance the account's time, for instance until a presigned URL expires.

        Args:
            seconds: How far.

        Raises:
            ValueError: It is not finite.
            OverflowError: The time would be outside the years 1 to 9999.
        """
        self.account.clock.advance(seconds)

    def set_clock(self, moment: datetime) -> None:
        """Set the account's time; it continues from there.

        Args:
            moment: The time, with a time zone.

        Raises:
            ValueError: It has no time zone.
        """
        self.account.clock.set(moment)

    @property
    def webhook_public_key(self) -> str:
        """The public key that verifies this account's webhooks."""
        return self.account.webhooks.public_key

    def receive_webhooks(self, url: str, receiver: Receiver) -> None:
        """Deliver the webhooks for an address to a function of this process.

        Args:
            url: The address, of any host; no request is sent to it.
            receiver: Called with the body and the headers, in a thread of the emulator; it returns
                an HTTP status, or `None` for 200. An exception counts as a failed attempt.
        """
        self.account.webhooks.register(url, receiver)

    def next_webhook(self, timeout: float = 10.0) -> Delivery:
        """Return the next webhook that was delivered or failed; each is returned once, in order.

        Args:
            timeout: The most seconds to wait.

        Raises:
            TimeoutError: No webhook was sent in time.
        """
        return self.account.webhooks.next(timeout)
