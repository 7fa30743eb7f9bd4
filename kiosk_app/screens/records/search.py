"""Finding a pet by name, telephone number, microchip or DID."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer

from kiosk_app.design.measures import GAP
from kiosk_app.screens.records.detail import Detail
from kiosk_app.screens.records.reading import MOST_FOUND, THUMBNAIL_PX, Photo, fetch, find
from kiosk_app.screens.records.words import name_of
from kiosk_app.shell.save_to import SaveTo
from kiosk_app.shell.screen import Screen
from kiosk_app.speech.breeds import breed_words
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.fields import Field
from kiosk_app.widgets.frames import Scrolling
from kiosk_app.widgets.layouts import Column
from kiosk_app.widgets.pictures import Picture
from kiosk_app.widgets.rows import RowButton, Rows, small
from kiosk_app.widgets.signs import Notice
from kiosk_app.widgets.texts import Text
from noseprint.errors import Words
from noseprint.records.staff import Role

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk
    from kiosk_app.work.jobs import Job
    from noseprint.records.entities import Pet

SEARCH_AFTER_MS: Final = 300
_TITLE: Final = Words("기록", "Records")
_SEARCH: Final = Words("이름 · 전화번호 · 마이크로칩 · DID", "Name, telephone, microchip or DID")
_HINT: Final = Words("예: 초코, 010-1234-5678", "Such as Choco, or 010-1234-5678")
_NOTHING: Final = Words(
    "찾는 기록이 없어요. 글자를 줄이거나 다른 것으로 찾아 보세요.",
    "Nothing was found. Try fewer letters, or something else.",
)
_NO_PETS: Final = Words("아직 등록된 강아지가 없어요.", "No dog is enrolled yet.")
_MORE: Final = Words(
    "최근 {most}건이에요. 찾으려면 위에 적어 주세요.", "The newest {most}. Write above to find others."
)
_EXPORT: Final = Words("CSV로 저장", "Save as CSV")
_EXPORTED: Final = Words("{count}마리의 기록을 저장했어요", "{count} pets were saved")
_EXPORTED_MEANS: Final = Words(
    "보호자 연락처가 들어 있어요. 파일을 안전하게 보관해 주세요.", "It holds guardians' contacts. Keep the file safe."
)
_DAMAGED: Final = Words("손상됨 · {code} · {pet_did}", "Damaged: {code}, {pet_did}")
_PHOTO: Final = Words("코 사진", "Photo of the nose")


class RecordSearch(Screen):
    """See the module.

    Args:
        desk: what the screen works with.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.face, _TITLE)
        self._desk = desk
        face = desk.face
        self.field = Field(face, _SEARCH, _HINT)
        self.notice = Notice(face, "good")
        self.notice.hide()
        self.rows = Rows(face, _NO_PETS)
        self.more = Text(face, "", "label", "quiet")
        self.more.hide()
        found = Column(face, GAP, (0, 0, GAP, 0))
        found.put(self.notice, self.rows, self.more)
        found.addStretch(1)
        self.body.put(self.field)
        self.body.addWidget(Scrolling(found), 1)
        self.export_button = Button(face, _EXPORT, self._ask_where, "plain", "save")
        self.act_with(desk.ways.back, self.export_button)
        self.setFocusProxy(self.field)
        self._pictures: dict[str, Picture] = {}
        self._searching: Job[list[Pet]] | None = None
        self._fetching: Job[None] | None = None
        self._pause = QTimer(self, interval=SEARCH_AFTER_MS, singleShot=True)
        self._pause.timeout.connect(self._search)
        self.field.changed.connect(lambda _: self._pause.start())
        self.field.confirmed.connect(self._search)

    def entered(self) -> None:
        """Search again; a pet may have been corrected meanwhile."""
        signed_in = self._desk.session.signed_in
        self.export_button.setVisible(signed_in is not None and signed_in.role is Role.ADMIN)
        self.notice.hide()
        self._search()

    @property
    def about_to_search(self) -> bool:
        """Whether something was typed that will be searched for after the pause."""
        return self._pause.isActive()

    def left(self) -> None:
        """Nothing is searched or fetched any more."""
        self._pause.stop()
        self._give_up()

    def _give_up(self) -> None:
        for job in (self._searching, self._fetching):
            if job:
                job.cancel()
        self._searching = self._fetching = None

    def _search(self) -> None:
        self._pause.stop()
        self._give_up()
        engine, text, by = self._desk.engine, self.field.text, self._desk.session.staff_id
        self._searching = self._desk.jobs.begin(self, lambda: find(engine, text, by))
        self._searching.done(partial(self._show, text)).failed(self.explain)

    def _show(self, text: str, pets: list[Pet]) -> None:
        self.explain(None)
        self._searching = None
        self._pictures = {}
        self.rows.empty.say(_NOTHING if text else _NO_PETS)
        self.rows.show_rows([self._row(pet) for pet in pets])
        self.more.say(_MORE, most=MOST_FOUND)
        self.more.setVisible(len(pets) == MOST_FOUND)
        engine, keys = self._desk.engine, list(self._pictures)
        self._fetching = self._desk.jobs.begin_reporting(self, lambda report: fetch(engine, keys, THUMBNAIL_PX, report))
        self._fetching.progress(self._show_photo)

    def _show_photo(self, photo: object) -> None:
        if isinstance(photo, Photo) and photo.key in self._pictures:
            self._pictures[photo.key].show_image(photo.image)

    def _row(self, pet: Pet) -> RowButton:
        picture = small(Picture(self.face, _PHOTO, whole=False), self.face)
        if pet.photo_keys:
            self._pictures[pet.photo_keys[0]] = picture
        return RowButton(
            self.face,
            name_of(pet),
            partial(self._open, pet.pet_did),
            below=_about(pet),
            beside=f"{pet.created_at.astimezone():%Y-%m-%d}",
            before=picture,
        )

    def _open(self, pet_did: str) -> None:
        self._desk.ways.show_next(Detail(self._desk, pet_did))

    def _ask_where(self) -> None:
        records, by = self._desk.engine.holdings.records, self._desk.session.signed_in
        language, now = self.face.speaker.language, datetime.now(UTC)
        write = partial(records.export_csv, now=now, by=by, language=language)
        name = f"noseprint-{now.astimezone():%Y%m%d}.csv"
        self._desk.ways.show_next(SaveTo(self._desk, name, write, self._exported))

    def _exported(self, count: int) -> None:
        ko, en = _EXPORTED.ko.format(count=f"{count:,}"), _EXPORTED.en.format(count=f"{count:,}")
        self.notice.give("good", Words(ko, en), _EXPORTED_MEANS)
        self.notice.show()


def _about(pet: Pet) -> Words:
    """Breed and guardian, what is not known is left out; of a damaged record its code and its Pet DID."""
    if pet.damaged:
        return Words(*(words.format(code=pet.damaged.value, pet_did=pet.pet_did) for words in _DAMAGED))
    breed, guardian = breed_words(pet.facts.breed), pet.guardian.name if pet.guardian else ""
    ko, en = (breed.ko, breed.en) if isinstance(breed, Words) else (breed, breed)
    return Words(" · ".join(filter(None, (ko, guardian))), " · ".join(filter(None, (en, guardian))))
