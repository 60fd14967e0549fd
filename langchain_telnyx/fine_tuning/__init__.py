"""Fine tuning: training examples and jobs."""

from langchain_telnyx.fine_tuning.base import (
    afine_tune,
    aresume_fine_tuning,
    fine_tune,
    resume_fine_tuning,
    training_jsonl,
)

__all__ = [
    "afine_tune",
    "aresume_fine_tuning",
    "fine_tune",
    "resume_fine_tuning",
    "training_jsonl",
]
