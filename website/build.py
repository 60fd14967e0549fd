"""Build the documentation site in `build/site`; `make site` runs this file."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from website.check import broken_links
from website.llms import sections, write_llms
from website.pages import write_pages
from website.reference import write_reference

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Build the site, and return the exit status: 1 if there is any warning or broken link."""
    config = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]
    pages, site = ROOT / config["docs_dir"], ROOT / config["site_dir"]
    write_pages(ROOT, pages)
    write_reference(ROOT, pages)
    listed = {name for _, names in sections(config["nav"]) for name in names}
    written = {path.relative_to(pages).as_posix() for path in pages.rglob("*.md")}
    missing = {name for name in written - listed if not name.startswith("reference/areas/")}
    if missing or listed - written:
        print("Not in `nav` of zensical.toml:", *sorted(missing), file=sys.stderr)
        print("In `nav`, but without a file:", *sorted(listed - written), file=sys.stderr)
        return 1
    command = [str(Path(sys.executable).with_name("zensical")), "build", "--clean", "--strict"]
    done = subprocess.run(
        command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
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
