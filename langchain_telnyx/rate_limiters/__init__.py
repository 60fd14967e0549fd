"""`TelnyxRateLimiter`: requests and tokens per minute, in one process or shared by many."""

from langchain_telnyx.rate_limiters.base import TelnyxRateLimiter
from langchain_telnyx.rate_limiters.file_state import FileRateLimitState
from langchain_telnyx.rate_limiters.limits import ModelLimits
from langchain_telnyx.rate_limiters.ray_state import RayRateLimitState
from langchain_telnyx.rate_limiters.redis_state import RedisRateLimitState
from langchain_telnyx.rate_limiters.reservations import Reservation
from langchain_telnyx.rate_limiters.states import LocalRateLimitState, RateLimitState

__all__ = [
    "FileRateLimitState",
    "LocalRateLimitState",
    "ModelLimits",
    "RateLimitState",
    "RayRateLimitState",
    "RedisRateLimitState",
    "Reservation",
    "TelnyxRateLimiter",
]
