"""The part of a page that a program writes, between two markers; all else on the page is written by people."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Marked:
    """A part by its markers, each a whole line."""

    begin: str
    end: str

    def split(self, page: str) -> tuple[str, str, str]:
        """What stands before, between and after the markers; `ValueError` where one is missing."""
        before, found, rest = page.partition(self.begin)
        between, ended, after = rest.partition(self.end)
        if not (found and ended):
            raise ValueError(f"expected a part between {self.begin.strip()} and {self.end.strip()}")
        return before, between, after

    def put(self, path: Path, part: str) -> None:
        """Write the part into the page at `path`; `ValueError` where a marker is missing."""
        before, _, after = self.split(path.read_text(encoding="utf-8"))
        path.write_text(f"{before}{self.begin}{part}{self.end}{after}", encoding="utf-8")
