"""One pet: facts, photos, guardian, history, and what may be done about its record."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from kiosk_app.design.measures import GAP, MAIN_TARGET, MARGIN, SMALL_GAP
from kiosk_app.screens.records.correcting import CorrectGuardian, correct_facts
from kiosk_app.screens.records.reading import PHOTO_PX, Photo, Record, fetch, read
from kiosk_app.screens.records.words import facts_of, guardian_of, name_of, what_happened, when_and_who
from kiosk_app.shell.question import Question
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.facts import FactTable
from kiosk_app.widgets.frames import Scrolling
from kiosk_app.widgets.layouts import Column, Row, Turning
from kiosk_app.widgets.pictures import Picture
from kiosk_app.widgets.rows import Line, Rows, small
from kiosk_app.widgets.signs import Notice, Sign
from kiosk_app.widgets.texts import Text
from noseprint.bootstrap import eraser_over
from noseprint.errors import NoseprintError, Words
from noseprint.records.staff import Role

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk
    from kiosk_app.work.jobs import Job
    from noseprint.erasing import Erased

_PHOTOS_SHOWN: Final = 5
_PHOTO_SIDE: Final = 3 * MAIN_TARGET // 2
_PHOTO: Final = Words("코 사진", "Photo of the nose")
_HISTORY: Final = Words("지금까지", "History")
_NO_HISTORY: Final = Words("아직 남은 일이 없어요.", "Nothing was noted yet.")
_CORRECT: Final = Words("정보 수정", "Correct")
_GUARDIAN: Final = Words("보호자 수정", "Guardian")
_ERASE: Final = Words("삭제", "Erase")
_ASK: Final = Words("{name}의 정보와 사진을 삭제할까요?", "Erase the facts and photos of {name}?")
_MEANS: Final = Words(
    "보호자, 정보, 사진을 이 컴퓨터와 저장소에서 지워요. 되돌릴 수 없어요. Pet DID와 비문 값, 감사 기록은 남아요.",
    "Guardian, facts and photos are erased here and in the storage, for good. The Pet DID, the nose print's values and "
    "the audit trail stay.",
)
_ERASED: Final = Words("보호자 요청으로 삭제한 기록이에요", "Erased at the guardian's request")
_ERASED_MEANS: Final = Words(
    "Pet DID와 비문 값만 남아 있어요.", "Only the Pet DID and the nose print's values are left."
)
_LEFT: Final = Words("이 컴퓨터에서는 모두 지웠어요", "Everything on this computer is erased")
_LEFT_MEANS: Final = Words(
    "저장소에 연결할 수 없어 그곳의 사진은 남아 있을 수 있어요. 연결된 뒤에 삭제를 한 번 더 눌러 주세요.",
    "The storage could not be reached, so photos may be left there. Press erase once more when it can be.",
)


class Detail(Screen):
    """See the module.

    Args:
        desk: what the screen works with.
        pet_did: whose record.
    """

    def __init__(self, desk: Desk, pet_did: str) -> None:
        super().__init__(desk.face)
        self._desk = desk
        self._pet_did = pet_did
        self._record: Record | None = None
        self._fetching: Job[None] | None = None
        face = desk.face
        self.notice = Notice(face, "caution")
        self.notice.hide()
        self.facts = FactTable(face)
        self.photos = [small(Picture(face, _PHOTO, whole=False), face, _PHOTO_SIDE) for _ in range(_PHOTOS_SHOWN)]
        self.history = Rows(face, _NO_HISTORY)
        self._both = Turning(face, 2 * MARGIN)
        self.body.addWidget(Scrolling(self._laid_out()), 1)
        self.correct_button = Button(face, _CORRECT, self._correct, "plain", "edit")
        self.guardian_button = Button(face, _GUARDIAN, self._correct_guardian, "plain", "person")
        self.erase_button = Button(face, _ERASE, self._ask_to_erase, "danger", "trash")
        self.act_with(desk.ways.back, self.erase_button, self.guardian_button, self.correct_button)

    def entered(self) -> None:
        """Read the record; it may have been corrected."""
        engine = self._desk.engine
        self._desk.jobs.begin(self, lambda: read(engine, self._pet_did)).done(self._show).failed(self.explain)

    def left(self) -> None:
        """Nothing is fetched any more."""
        if self._fetching:
            self._fetching.cancel()

    def turned(self, *, upright: bool) -> None:
        """The history below the facts in an upright window."""
        self._both.turn(upright=upright)

    def _laid_out(self) -> Column:
        face = self.face
        photos = Row(face, SMALL_GAP)
        photos.put(*self.photos)
        photos.addStretch(1)
        known, happened = Column(face, GAP), Column(face, GAP)
        known.put(self.facts)
        known.addStretch(1)
        happened.put(Text(face, _HISTORY, "strong"), self.history)
        happened.addStretch(1)
        self._both.addLayout(known, 1)
        self._both.addLayout(happened, 1)
        whole = Column(face, GAP, (0, 0, GAP, 0))
        whole.put(self.notice)
        whole.addLayout(photos)
        whole.addLayout(self._both)
        whole.addStretch(1)
        return whole

    def _show(self, record: Record) -> None:
        self._record = record
        pet, signed_in = record.pet, self._desk.session.signed_in
        self.heading.say(name_of(pet))
        self.heading.show()
        self.facts.show_facts([*guardian_of(pet, signed_in=signed_in is not None), *facts_of(pet)])
        self.history.show_rows(
            Line(self.face, Sign(self.face, "info", "quiet"), what_happened(it), when_and_who(it, record.staff), "")
            for it in record.history
        )
        if pet.damaged:
            self.explain(NoseprintError(pet.damaged))
        is_admin = signed_in is not None and signed_in.role is Role.ADMIN
        self._allow(whole=pet.damaged is None, erased=pet.erased_at is not None, admin=is_admin)
        self._fetch(pet.photo_keys[:_PHOTOS_SHOWN])

    def _allow(self, *, whole: bool, erased: bool, admin: bool) -> None:
        self.correct_button.setEnabled(whole and not erased)
        self.guardian_button.setEnabled(whole and not erased)
        self.erase_button.setVisible(admin)
        if erased and not self.notice.isVisibleTo(self):
            self.notice.give("caution", _ERASED, _ERASED_MEANS)
            self.notice.show()

    def _fetch(self, keys: tuple[str, ...]) -> None:
        engine, places = self._desk.engine, dict(zip(keys, self.photos, strict=False))
        for place, picture in enumerate(self.photos):
            picture.setVisible(place < len(keys))

        def show(photo: object) -> None:
            if isinstance(photo, Photo):
                places[photo.key].show_image(photo.image)

        self._fetching = self._desk.jobs.begin_reporting(self, lambda report: fetch(engine, keys, PHOTO_PX, report))
        self._fetching.progress(show)

    def _correct(self) -> None:
        if self._record:
            self._desk.ways.show_next(correct_facts(self._desk, self._record.pet))

    def _correct_guardian(self) -> None:
        if self._record:
            self._desk.ways.show_next(CorrectGuardian(self._desk, self._record.pet))

    def _ask_to_erase(self) -> None:
        engine, by = self._desk.engine, self._desk.session.signed_in
        if self._record is None:
            return
        erase = partial(eraser_over(engine.settings, engine.holdings).erase, self._pet_did, by=by)
        name = self._record.pet.facts.name
        self._desk.ways.show_next(Question(self._desk, _ASK, _MEANS, _ERASE, erase, self._erased, name=name))

    def _erased(self, erased: Erased) -> None:
        self._desk.ways.back()
        if erased.fault:
            self.explain(erased.fault)
            self.notice.give("caution", _LEFT, _LEFT_MEANS)
            self.notice.show()
