"""`diagnose`: checks what a program needs in order to use Telnyx; read only, without cost."""

from langchain_telnyx.doctor.checks import diagnose
from langchain_telnyx.doctor.findings import Finding, Status

__all__ = ["Finding", "Status", "diagnose"]
