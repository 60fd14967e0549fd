"""`run`: verifies assumptions about the service by requests to it, and reports each of them."""

from langchain_telnyx.doctor.live.coverage import unobserved
from langchain_telnyx.doctor.live.outcomes import Outcome, Verdict
from langchain_telnyx.doctor.live.runs import Plan, plan, run, sweep

__all__ = ["Outcome", "Plan", "Verdict", "plan", "run", "sweep", "unobserved"]
