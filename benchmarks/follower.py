"""A reader of the feed as an intake system would write it: `python -m benchmarks.follower PORT FILE`.

It appends each change to FILE as a line, `CURSOR KIND COMPLAINT`. Killed at any moment and started again, it drops a
line that was cut and goes on from the last whole one, so FILE is all that it has to remember.
"""

import sys
import time
from http.client import HTTPException
from pathlib import Path

from benchmarks.service import Client


def remembered(path: Path) -> str:
    """The last cursor in the file; what follows the last whole line is dropped."""
    content = path.read_bytes() if path.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
    return whole.split(b"\n")[-2].split()[0].decode() if whole else "0"


def follow(port: int, path: Path) -> None:
    """Follow the feed for ever; a service that is down is asked again."""
    client, after = Client(port), remembered(path)
    with path.open("a", buffering=1) as file:
        while True:
            try:
                _, page = client.get(f"/v1/changes?after={after}&limit=50")
            except (OSError, HTTPException):
                time.sleep(0.05)
                continue
            for change in page["changes"]:
                file.write(f"{change['cursor']} {change['kind']} {change['complaint_id']}\n")
            after = page["next"]
            time.sleep(0 if page["changes"] else 0.02)


if __name__ == "__main__":
    follow(int(sys.argv[1]), Path(sys.argv[2]))
