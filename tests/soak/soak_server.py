"""The server process of a soak: the emulator, and a faulty proxy in front of it.

It prints its addresses as a line of JSON, serves until its input ends, and prints the fault counts.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys

from faulty_proxy import FaultyProxy
from soak_tally import KEY

from langchain_telnyx.emulator import TelnyxEmulator


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data")
    parser.add_argument("--seeds", nargs="*", default=[])
    parser.add_argument("--rate", type=float, default=0.3)
    options = parser.parse_args()
    with TelnyxEmulator(api_key=KEY, data=options.data) as emulator:
        direct = emulator.storage_url
        with FaultyProxy(direct) as proxy:
            ports = [proxy.listen(seed, options.rate) for seed in options.seeds]
            print(json.dumps({"direct": direct, "ports": ports}), flush=True)
            sys.stdin.read()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            faults = dict(proxy.fault_counts.most_common())
            print(json.dumps({"faults": faults, "peak_mb": peak}), flush=True)


if __name__ == "__main__":
    main()
