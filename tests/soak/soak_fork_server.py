"""Start emulators quickly: import the package once, and fork for each.

It reads a folder per line, forks an emulator with its data there, and prints the emulator's address
and process id as a line of JSON. It reads the next line after that process has ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from soak_tally import KEY

from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.app import create_app  # noqa: F401 - imported before the forks


def main() -> None:
    """Serve one emulator after the other."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            with TelnyxEmulator(api_key=KEY, data=line.strip()) as emulator:
                found = {"direct": emulator.storage_url, "pid": os.getpid()}
                print(json.dumps(found), flush=True)
                signal.pause()
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
