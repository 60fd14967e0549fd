"""Summaries of files in a bucket, in a few sentences.

API page: https://developers.telnyx.com/api-reference/chat/summarize-file-content
"""

from langchain_telnyx.client.call import Call, idempotency_headers, omit_none
from langchain_telnyx.client.decode import Model, data
from langchain_telnyx.client.endpoint import M, Resource, endpoint

# The service reads, or transcribes, the whole file before its response.
_PATIENCE = 600.0


class Summary(Model):
    """A summary.

    Attributes:
        summary: Its text.
    """

    summary: str

    def __str__(self) -> str:
        return self.summary


class Summaries(Resource[M]):
    """`telnyx.summaries`: summaries of documents and recordings."""

    @endpoint
    def create(
        self,
        bucket: str,
        filename: str,
        *,
        system_prompt: str | None = None,
        timeout: float | None = _PATIENCE,
        idempotency_key: str | None = None,
    ) -> Call[Summary]:
        """Summarize a file; the response may take minutes.

        Operation: `PostSummary`.

        Args:
            bucket: The bucket; it need not be embedded.
            filename: The object's key. Text: PDF, HTML, txt, JSON, CSV. Recordings: flac, mp3,
                mp4, mpeg, mpga, m4a, ogg, wav, webm. 100 MB at most.
            system_prompt: Instructions for the summary.
            timeout: Seconds to wait for the response; `None` means the client's.
            idempotency_key: Identifies the request: a repetition is not billed.

        Raises:
            NotFoundError: The file does not exist.
        """
        request = omit_none(bucket=bucket, filename=filename, system_prompt=system_prompt)
        return Call(
            "POST",
            "/ai/summarize",
            data(Summary),
            json=request,
            headers=idempotency_headers(idempotency_key),
            repeatable=True,
            timeout=timeout,
        )
