"""A question before something that cannot be taken back: what would happen, then yes or back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk
    from noseprint.errors import Words


Result = TypeVar("Result")


class Question(Screen, Generic[Result]):
    """See the module.

    Args:
        desk: what the screen works with.
        asked: the question.
        consequence: what happens if it is answered with yes.
        yes: what the answer is called: what is done, not "yes".
        operation: what is done then, in the background.
        done: what follows, told what came of it.
        facts: what stands for the braces in question and consequence.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (what a question is)
        self,
        desk: Desk,
        asked: Words,
        consequence: Words,
        yes: Words,
        operation: Callable[[], Result],
        done: Callable[[Result], object],
        **facts: object,
    ) -> None:
        super().__init__(desk.face)
        self._desk = desk
        self._operation = operation
        self._done = done
        self.heading.say(asked, **facts)
        self.heading.show()
        self.consequence = Text(desk.face, "", "instruction")
        self.consequence.say(consequence, **facts)
        self.body.put(self.consequence)
        self.body.addStretch(1)
        self.yes_button = Button(desk.face, yes, self._do, "danger")
        self.act_with(desk.ways.back, main=self.yes_button)

    def _do(self) -> None:
        self.yes_button.setEnabled(False)
        self.explain(None)
        job = self._desk.jobs.begin(self, self._operation)
        job.done(self._done).failed(self.explain).finally_(lambda: self.yes_button.setEnabled(True))
