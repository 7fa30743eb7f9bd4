"""What staff have told so far about the dog that is being enrolled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from noseprint.clinic import EnrolmentRequest
from noseprint.records.drafts import Draft
from noseprint.records.entities import Consent, ConsentKind, GuardianDetails, PetFacts

if TYPE_CHECKING:
    from datetime import datetime

    from noseprint.records.approval import Approval


@dataclass(slots=True)
class EnrolmentForm:
    """Filled screen by screen, and kept until the dog is saved or given up.

    Attributes:
        phone: the guardian's telephone number as it was entered; empty where nobody gave one.
        guardian_name: of who answers for the dog.
        agreed: what they agreed to.
        facts: about the dog; None until they were given.
        photos: JPEG or PNG files of its nose.
        approval: of a second person, where there are fewer photos than wanted.
    """

    phone: str = ""
    guardian_name: str = ""
    agreed: set[ConsentKind] = field(default_factory=set)
    facts: PetFacts | None = None
    photos: list[bytes] = field(default_factory=list)
    approval: Approval | None = None

    @classmethod
    def of_draft(cls, draft: Draft) -> EnrolmentForm:
        """The form as it was when the draft was kept.

        Raises:
            KeyError, ValueError, NoseprintError: the draft is of another program's version.
        """
        told = dict(draft.fields)
        agreed = {ConsentKind(kind) for kind in str(told.pop("agreed")).split()}
        phone, guardian_name = str(told.pop("phone")), str(told.pop("guardian_name"))
        facts = msgspec.convert(told, PetFacts) if told else None
        return cls(phone, guardian_name, agreed, facts, list(draft.photos))

    def forget_guardian(self) -> None:
        """Nobody answers for the dog, or wants to be named: nothing about them is kept."""
        self.phone = self.guardian_name = ""
        self.agreed = set()

    def draft(self) -> Draft:
        """What is to be kept of it until it is saved."""
        told = {"phone": self.phone, "guardian_name": self.guardian_name, "agreed": " ".join(sorted(self.agreed))}
        facts = msgspec.to_builtins(self.facts) if self.facts else {}
        return Draft(told | facts, tuple(self.photos))

    def request(
        self, *, minimum_photos: int, text_version: str, operator: str, now: datetime, allow_duplicate: bool
    ) -> EnrolmentRequest:
        """The enrolment that the clinic is asked for.

        Raises:
            ValueError: the dog's facts were never given.
            NoseprintError: INVALID_PET_FACT for the guardian's name.
        """
        if self.facts is None:
            raise ValueError("a dog without facts")
        guardian = (
            GuardianDetails(self.guardian_name, self.phone) if ConsentKind.IDENTIFICATION in self.agreed else None
        )
        return EnrolmentRequest(
            photos=tuple(self.photos),
            minimum_photos=minimum_photos,
            facts=self.facts,
            guardian=guardian,
            consents=tuple(Consent(kind, text_version, now) for kind in sorted(self.agreed)),
            operator=operator,
            allow_duplicate=allow_duplicate,
            approval=self.approval,
        )
