"""`python -m langchain_telnyx` is the command `langchain-telnyx`."""

import sys

from langchain_telnyx.cli import main

if __name__ == "__main__":
    sys.exit(main())
