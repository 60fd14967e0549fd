"""The server of a soak as a process: the emulator, and a faulty proxy before it.

It prints its addresses as a line of JSON, serves until its input ends, and prints what was met.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys

from faulty_proxy import FaultyProxy
from soak_counts import KEY

from langchain_telnyx.emulator import TelnyxEmulator


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data")
    parser.add_argument("--seeds", nargs="*", default=[])
    parser.add_argument("--rate", type=float, default=0.3)
    asked = parser.parse_args()
    with TelnyxEmulator(api_key=KEY, data=asked.data) as emulator:
        direct = emulator.storage_url
        with FaultyProxy(direct) as proxy:
            ports = [proxy.listen(seed, asked.rate) for seed in asked.seeds]
            print(json.dumps({"direct": direct, "ports": ports}), flush=True)
            sys.stdin.read()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            print(json.dumps({"met": dict(proxy.met.most_common()), "peak_mb": peak}), flush=True)


if __name__ == "__main__":
    main()
