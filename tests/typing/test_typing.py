"""`api.py` beside this file is the test; here mypy reads it, as `make type` and pyright do too."""

import subprocess
import sys
from pathlib import Path

API = Path(__file__).with_name("api.py")


def test_both_faces_have_exact_types() -> None:
    root = API.parents[2]
    command = [sys.executable, "-m", "mypy", str(API.relative_to(root))]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
