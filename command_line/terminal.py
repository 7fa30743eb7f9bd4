"""What commands print: one JSON object, or rows and sentences in the person's language."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeVar

from noseprint.errors import Language, NoseprintError

if TYPE_CHECKING:
    from rich.console import Console

_LEAST_WIDTH = 160

Row = tuple[str, object]
Step = TypeVar("Step")

_VERDICTS = {
    "same": ("✔ 같은 강아지입니다", "✔ same dog"),
    "review": ("✋ 한 번 더 확인이 필요합니다", "✋ needs another look"),
    "different": ("✘ 다른 강아지입니다", "✘ different dog"),
}


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command's answer goes.

    Attributes:
        as_json: print exactly one JSON object on standard output and nothing else there.
        language: the language of everything else.
    """

    as_json: bool
    language: Language

    def say(self, ko: str, en: str) -> str:
        """The text in the person's language."""
        return ko if self.language == "ko" else en

    def verdict(self, verdict: str) -> str:
        """A verdict in words."""
        ko, en = _VERDICTS[verdict]
        return self.say(ko, en)

    def answer(self, data: Mapping[str, object], rows: Iterable[Row] = ()) -> None:
        """Print a result: ``data`` as JSON, or ``rows`` of a label and a value."""
        if self.as_json:
            print(json.dumps(data, ensure_ascii=False))  # noqa: T201 (standard output is this program's answer)
            return
        self._grid([(label, value) for label, value in rows])

    def table(self, data: Mapping[str, object], heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a result with several lines: ``data`` as JSON, or a table."""
        if self.as_json:
            self.answer(data)
            return
        from rich.table import Table  # noqa: PLC0415 (`serve` starts without it)

        table = Table(box=None, pad_edge=False, header_style="bold")
        for head in heads:
            table.add_column(head, overflow="fold")
        for row in rows:
            table.add_row(*map(str, row))
        self._console().print(table)

    def error(self, fault: NoseprintError) -> None:
        """Print an error: an object on standard output for JSON, one sentence on standard error otherwise."""
        if self.as_json:
            self.answer({"error": _error_object(fault, self.language), **_plain_facts(fault)})
            return
        print(f"{fault.code.value}: {fault.sentence(self.language)}", file=sys.stderr)  # noqa: T201
        if fault.detail:
            print(f"  ({fault.detail})", file=sys.stderr)  # noqa: T201

    def progress(self, steps: Iterable[Step], *, total: int, label: str) -> Iterable[Step]:
        """Pass ``steps`` on with a progress bar on standard error."""
        from rich.progress import track  # noqa: PLC0415 (`serve` starts without it)

        return track(steps, description=label, total=total, console=self._console(stderr=True), transient=True)

    @contextmanager
    def bar(self, label: str) -> Iterator[Callable[[int, int], None]]:
        """A progress bar on standard error, told from any thread how much is done, and of how much."""
        from rich.progress import Progress  # noqa: PLC0415 (`serve` starts without it)

        with Progress(console=self._console(stderr=True), transient=True) as progress:
            task = progress.add_task(label, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)

    def note(self, words: str) -> None:
        """Say something beside the answer, on standard error."""
        print(words, file=sys.stderr)  # noqa: T201

    def _grid(self, rows: Sequence[Row]) -> None:
        from rich.table import Table  # noqa: PLC0415 (`serve` starts without it)

        grid = Table.grid(padding=(0, 2), pad_edge=False)
        grid.add_column()
        grid.add_column(overflow="fold")
        for label, value in rows:
            grid.add_row(label, str(value))
        self._console().print(grid)

    def _console(self, *, stderr: bool = False) -> Console:
        from rich.console import Console  # noqa: PLC0415 (`serve` starts without it)

        # A Pet DID must stay in one piece to be copied: a narrow window wraps the line by itself.
        width = None if stderr else max(_LEAST_WIDTH, shutil.get_terminal_size().columns)
        return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=not stderr, width=width)


def _error_object(fault: NoseprintError, language: Language) -> dict[str, object]:
    return {
        "code": fault.code.value,
        "name": fault.code.name,
        "message": fault.sentence(language),
        "detail": fault.detail,
        "retryable": fault.retryable,
    }


def _plain_facts(fault: NoseprintError) -> dict[str, object]:
    """The facts that programs want beside the sentence."""
    facts: dict[str, object] = {name: fault.facts[name] for name in ("pet_did", "seq") if name in fault.facts}
    duplicates = fault.facts.get("duplicates")
    if isinstance(duplicates, tuple):
        facts["duplicates"] = [asdict(item) for item in duplicates]
    return facts
