"""What the examples of docstrings find in their account and folder, where they need something."""

import wave
from pathlib import Path

from langchain_telnyx import Telnyx
from langchain_telnyx.emulator import TelnyxEmulator


def seed_for(name: str, emulator: TelnyxEmulator) -> None:
    """Prepare the account and the current folder for the docstring of this class."""
    bucket = _BUCKETS.get(name)
    if bucket is not None:
        _embedded_bucket(bucket)
    if name == "TelnyxCollectionRetriever":
        Telnyx().collections.create("Support calls", sources=["voice"])
    if name in {"Transcribe", "recordings"}:
        Path("calls").mkdir()
        for number in (1, 2):
            _recording(f"calls/{number}.wav", emulator)
    if name.startswith("TelnyxTranscription"):
        Path("calls").mkdir()
        _recording("calls/monday.wav", emulator)
        _recording("call.wav", emulator)


_BUCKETS = {
    "TelnyxClustersLoader": "calls",
    "TelnyxRetrievalTool": "handbook",
    "TelnyxRetriever": "my-documents",
}


def _embedded_bucket(name: str) -> None:
    with Telnyx() as telnyx:
        telnyx.storage.create_bucket(name)
        for day in range(6):
            text = f"On day {day} a caller asks for days of leave, and for the moons of Saturn."
            telnyx.storage.put_object(name, f"{day}.txt", text.encode())
        telnyx.bucket_embeddings.wait(telnyx.bucket_embeddings.embed(name).task_id)


def _recording(path: str, emulator: TelnyxEmulator) -> None:
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(32_000))
    emulator.transcript(Path(path).name, "Speaker 0: Good morning.\nSpeaker 1: I want to cancel.")
