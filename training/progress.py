"""Progress of a long command, on stderr and only where somebody looks."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar


class Progress:
    """A bar of `steps` named steps; call it with the name of the step that begins."""

    def __init__(self, shown: bool, steps: int) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._bar = Bar(*columns, console=Console(stderr=True), disable=not shown)
        self._task = self._bar.add_task("starting", total=steps)
        self._begun = False

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._bar.advance(self._task)
        self._bar.stop()

    def __call__(self, name: str) -> None:
        self._bar.update(self._task, description=name, advance=1 if self._begun else 0)
        self._begun = True
