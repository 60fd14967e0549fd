"""Build the documentation site in `build/site`; `make site` runs this file."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from docs.site.check import broken_links
from docs.site.llms import sections, write_llms
from docs.site.pages import write_pages
from docs.site.reference import write_reference

ROOT = Path(__file__).parents[2]
CONFIG = Path(__file__).with_name("zensical.toml")


def main() -> int:
    """Build the site, and return the exit status: 1 if there is any warning or broken link."""
    config = tomllib.loads(CONFIG.read_text("utf-8"))["project"]
    build = ROOT / "build"
    pages, site = build / config["docs_dir"], build / config["site_dir"]
    write_pages(ROOT, pages)
    write_reference(ROOT, pages)
    listed = {name for _, names in sections(config["nav"]) for name in names}
    written = {path.relative_to(pages).as_posix() for path in pages.rglob("*.md")}
    missing = {name for name in written - listed if not name.startswith("reference/areas/")}
    if missing or listed - written:
        print("Not in `nav` of docs/site/zensical.toml:", *sorted(missing), file=sys.stderr)
        print("In `nav`, but without a file:", *sorted(listed - written), file=sys.stderr)
        return 1
    # The paths in it are relative to its folder.
    shutil.copy(CONFIG, build)
    command = [str(Path(sys.executable).with_name("zensical")), "build", "--clean", "--strict"]
    done = subprocess.run(
        command, cwd=build, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    print(done.stdout, end="")
    # `--strict` does not count the warnings about docstrings.
    if done.returncode or re.search(r"^griffe: |^mkdocstrings: ", done.stdout, re.MULTILINE):
        return 1
    write_llms(config, pages, site)
    broken = broken_links(site, config["site_url"])
    print(*broken, sep="\n", file=sys.stderr)
    print(f"{len(written)} pages, {len(broken)} broken links: {site.relative_to(ROOT)}/index.html")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
