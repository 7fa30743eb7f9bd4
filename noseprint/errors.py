"""The one error type of the product: a stable code, a sentence for people, and whether a retry helps.

Codes beginning with ``ML_`` are the platform's own (they travel over gRPC); ``NP_`` codes are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

Language = Literal["ko", "en"]


class ErrorCode(StrEnum):
    """Every code that a person or a program may meet; a code never changes its meaning."""

    INVALID_IMAGE = "ML_4001"
    IMAGE_TOO_LARGE = "ML_4002"
    INVALID_IMAGE_FORMAT = "ML_4003"
    VECTOR_NOT_FOUND = "ML_4004"
    VECTOR_DIMENSION_MISMATCH = "ML_4005"
    INVALID_REQUEST = "ML_4006"
    MODEL_NOT_LOADED = "ML_5001"
    INFERENCE_ERROR = "ML_5002"
    STORAGE_CONNECTION_ERROR = "ML_5003"
    INTERNAL_SERVER_ERROR = "ML_5004"
    SERVICE_UNAVAILABLE = "ML_5005"

    TOO_FEW_PHOTOS = "NP_1001"
    PHOTOS_DISAGREE = "NP_1002"
    ALREADY_ENROLLED = "NP_1003"
    PET_NOT_FOUND = "NP_1004"
    INVALID_PHONE_NUMBER = "NP_1005"
    INVALID_MICROCHIP = "NP_1006"
    MICROCHIP_TAKEN = "NP_1007"
    INVALID_PET_FACT = "NP_1008"
    FILE_NOT_READABLE = "NP_1009"
    FOLDER_NOT_USABLE = "NP_1010"
    PET_DID_TAKEN = "NP_1011"
    WRONG_PIN = "NP_1012"
    LOCKED_OUT = "NP_1013"
    NOT_ALLOWED = "NP_1014"
    OPERATOR_UNKNOWN = "NP_1015"
    OPERATOR_NAME_TAKEN = "NP_1016"
    WEAK_PIN = "NP_1017"
    LAST_ADMIN = "NP_1018"
    SECOND_PERSON_NEEDED = "NP_1019"
    CONSENT_MISSING = "NP_1020"
    PET_ERASED = "NP_1021"
    RESULT_ALTERED = "NP_1022"
    RESULT_OF_UNKNOWN_CLINIC = "NP_1023"
    RESULT_NOT_VALID_NOW = "NP_1024"

    SETTINGS_INVALID = "NP_2001"
    MODEL_FILE_INVALID = "NP_2002"
    RECORDS_UNAVAILABLE = "NP_2003"
    RECORDS_TOO_NEW = "NP_2004"
    FACE_NOT_INSTALLED = "NP_2005"
    ADDRESS_IN_USE = "NP_2006"
    OBJECT_NOT_FOUND = "NP_2007"
    RECORDS_DAMAGED = "NP_2008"
    MASTER_KEY_MISSING = "NP_2009"
    SEALED_DAMAGED = "NP_2010"
    DISK_FULL = "NP_2011"
    ALREADY_RUNNING = "NP_2012"
    OBJECT_CONFLICT = "NP_2013"
    LOCAL_COPY_LOST = "NP_2014"
    WRONG_TRANSFER_CODE = "NP_2015"
    ARCHIVE_DAMAGED = "NP_2016"
    NOT_ON_SQLITE = "NP_2017"
    RECORDS_NOT_UPGRADED = "NP_2018"
    AUDIT_BROKEN = "NP_2019"
    UNEXPECTED_SENDER = "NP_2020"
    STORE_CHANGED = "NP_2021"
    CAMERA_SOURCE_UNKNOWN = "NP_2022"
    CAMERA_NOT_FOUND = "NP_2023"
    CAMERA_BUSY = "NP_2024"
    CAMERA_NOT_ALLOWED = "NP_2025"
    CAMERA_LOST = "NP_2026"
    PHOTOS_IN_FORMER_STORE = "NP_2027"


class Words(NamedTuple):
    """A piece of a sentence that people read, in both languages."""

    ko: str
    en: str


@dataclass(frozen=True, slots=True)
class _Entry:
    ko: str
    en: str
    retryable: bool = False


_CATALOGUE: dict[ErrorCode, _Entry] = {
    ErrorCode.INVALID_IMAGE: _Entry(
        "사진을 읽을 수 없어요. 다시 찍거나 다른 사진을 골라 주세요.",
        "The photo cannot be read. Take it again or choose another one.",
    ),
    ErrorCode.IMAGE_TOO_LARGE: _Entry(
        "사진이 너무 커요. 더 작은 사진을 써 주세요(따로 정하지 않았다면 10 MiB, 4천만 화소까지).",
        "The photo is too large. Use a smaller one (10 MiB and 40 megapixels unless set otherwise).",
    ),
    ErrorCode.INVALID_IMAGE_FORMAT: _Entry(
        "JPEG나 PNG 사진만 쓸 수 있어요.",
        "Only JPEG and PNG photos can be used.",
    ),
    ErrorCode.VECTOR_NOT_FOUND: _Entry(
        "이 반려견의 저장된 비문이 없어요. Pet DID를 확인해 주세요.",
        "No nose print is stored for this pet. Check the Pet DID.",
    ),
    ErrorCode.VECTOR_DIMENSION_MISMATCH: _Entry(
        "저장된 비문이 다른 모델로 만들어졌어요. `noseprint reembed`로 다시 계산해 주세요.",
        "The stored nose print was made with another model. Compute it again with `noseprint reembed`.",
    ),
    ErrorCode.INVALID_REQUEST: _Entry(
        "요청의 값이 올바르지 않아요.",
        "A value of the request is not valid.",
    ),
    ErrorCode.MODEL_NOT_LOADED: _Entry(
        "비문 모델을 준비하고 있어요. 잠시 뒤에 다시 시도해 주세요.",
        "The nose print model is not ready yet. Try again in a moment.",
        retryable=True,
    ),
    ErrorCode.INFERENCE_ERROR: _Entry(
        "비문을 계산하지 못했어요. 다시 시도해 주세요.",
        "The nose print could not be computed. Try again.",
        retryable=True,
    ),
    ErrorCode.STORAGE_CONNECTION_ERROR: _Entry(
        "저장소에 연결할 수 없어요. 네트워크와 저장소 설정을 확인한 뒤 다시 시도해 주세요.",
        "The storage cannot be reached. Check the network and the storage settings, then try again.",
        retryable=True,
    ),
    ErrorCode.INTERNAL_SERVER_ERROR: _Entry(
        "프로그램 안에서 예상하지 못한 문제가 생겼어요. 다시 시도하고, 계속되면 알려 주세요.",
        "Something unexpected went wrong inside the program. Try again, and tell us if it goes on.",
        retryable=True,
    ),
    ErrorCode.SERVICE_UNAVAILABLE: _Entry(
        "서버가 지금 요청을 받을 수 없어요. 잠시 뒤에 다시 시도해 주세요.",
        "The server cannot take the request now. Try again in a moment.",
        retryable=True,
    ),
    ErrorCode.TOO_FEW_PHOTOS: _Entry(
        "쓸 수 있는 사진이 {usable}장이에요. 또렷한 사진이 {needed}장 이상 필요해요. {why}",
        "Usable photos: {usable}. At least {needed} sharp photos are needed. {why}",
    ),
    ErrorCode.PHOTOS_DISAGREE: _Entry(
        "사진들이 같은 코로 보이지 않아요. 한 마리의 코를 다시 찍어 주세요.",
        "The photos do not seem to show the same nose. Take them again, of one dog.",
    ),
    ErrorCode.ALREADY_ENROLLED: _Entry(
        "이미 등록된 강아지로 보여요: {pet_did}. 다른 강아지가 맞다면 중복 등록을 허용해 주세요.",
        "This dog seems to be enrolled already: {pet_did}. If it is another dog, allow a duplicate.",
    ),
    ErrorCode.PET_NOT_FOUND: _Entry(
        "등록되지 않은 Pet DID예요: {pet_did}",
        "No pet is enrolled under this Pet DID: {pet_did}",
    ),
    ErrorCode.INVALID_PHONE_NUMBER: _Entry(
        "전화번호가 올바르지 않아요. 010-1234-5678처럼 적어 주세요.",
        "The telephone number is not valid. Write it like 010-1234-5678.",
    ),
    ErrorCode.INVALID_MICROCHIP: _Entry(
        "마이크로칩 번호는 숫자 15자리예요.",
        "A microchip number has 15 digits.",
    ),
    ErrorCode.MICROCHIP_TAKEN: _Entry(
        "이 마이크로칩 번호는 다른 반려견에게 등록되어 있어요: {pet_did}",
        "This microchip number belongs to another enrolled pet: {pet_did}",
    ),
    ErrorCode.INVALID_PET_FACT: _Entry(
        "반려견 정보가 올바르지 않아요: {fact}",
        "A fact about the pet is not valid: {fact}",
    ),
    ErrorCode.FILE_NOT_READABLE: _Entry(
        "파일을 열 수 없어요: {path}",
        "The file cannot be opened: {path}",
    ),
    ErrorCode.FOLDER_NOT_USABLE: _Entry(
        "폴더를 쓸 수 없어요: {path}",
        "The folder cannot be used: {path}",
    ),
    ErrorCode.PET_DID_TAKEN: _Entry(
        "바로 이 사진으로 이미 등록되어 있어요: {pet_did}. 새로 찍은 사진을 써 주세요.",
        "A pet is enrolled with this very photo already: {pet_did}. Use newly taken photos.",
    ),
    ErrorCode.SETTINGS_INVALID: _Entry(
        "설정이 올바르지 않아요: {problem}",
        "The settings are not valid: {problem}",
    ),
    ErrorCode.MODEL_FILE_INVALID: _Entry(
        "모델 파일을 쓸 수 없어요: {problem}",
        "The model file cannot be used: {problem}",
    ),
    ErrorCode.RECORDS_UNAVAILABLE: _Entry(
        "기록을 열 수 없어요. 디스크 공간과 권한을 확인해 주세요.",
        "The records cannot be opened. Check the disk space and the permissions.",
        retryable=True,
    ),
    ErrorCode.RECORDS_DAMAGED: _Entry(
        "기록 파일이 손상되었어요. 파일을 그대로 두고 백업에서 되살려 주세요.",
        "The records file is damaged. Leave it as it is and restore a backup.",
    ),
    ErrorCode.RECORDS_TOO_NEW: _Entry(
        "기록이 더 새로운 버전의 프로그램으로 만들어졌어요. 프로그램을 업데이트해 주세요.",
        "The records were made by a newer version of this program. Update it.",
    ),
    ErrorCode.FACE_NOT_INSTALLED: _Entry(
        '이 설치에는 `{extra}` 부분이 빠져 있어요. 프로그램 폴더에서 `pip install ".[{extra}]"`로 설치해 주세요.',
        'The part `{extra}` is missing here. In the program\'s folder, run `pip install ".[{extra}]"`.',
    ),
    ErrorCode.ADDRESS_IN_USE: _Entry(
        "{address} 주소를 열 수 없어요. 이미 쓰이고 있는지, 주소가 맞는지 확인해 주세요.",
        "The address {address} cannot be opened. See whether it is in use already or wrong.",
    ),
    ErrorCode.OBJECT_NOT_FOUND: _Entry(
        "저장소에 없는 파일이에요: {key}",
        "The storage does not hold this object: {key}",
    ),
    ErrorCode.MASTER_KEY_MISSING: _Entry(
        "이 데이터를 여는 마스터 키({key_id})가 없어요. 키 파일이나 따로 보관한 키를 되돌려 주세요. "
        "키가 없으면 아무도 열 수 없어요.",
        "The master key that opens this data ({key_id}) is missing. Bring back the key file or the key that was "
        "kept apart; without it nothing can open the data.",
    ),
    ErrorCode.SEALED_DAMAGED: _Entry(
        "암호화된 자료가 손상되었거나 바뀌었어요. 그대로 두고 백업에서 되살려 주세요.",
        "Encrypted data is damaged or was exchanged. Leave it as it is and restore a backup.",
    ),
    ErrorCode.DISK_FULL: _Entry(
        "디스크가 가득 찼어요: {path}. 공간을 비운 뒤 다시 시도해 주세요.",
        "The disk is full: {path}. Make room, then try again.",
        retryable=True,
    ),
    ErrorCode.ALREADY_RUNNING: _Entry(
        "이 폴더로 프로그램이 이미 실행되고 있어요: {path}. 저장된 자료는 안전해요. "
        "다른 창(키오스크, 서버, `noseprint` 명령)을 끝내거나 끝나기를 기다린 뒤 다시 해 주세요.",
        "The program is running on this folder already: {path}. What is saved is safe. Close its other windows (kiosk, "
        "server, `noseprint` commands), or wait for their end, and try again.",
    ),
    ErrorCode.OBJECT_CONFLICT: _Entry(
        "저장소에 같은 이름의 다른 파일이 이미 있어요: {key}. 어느 쪽이 맞는지 확인한 뒤 "
        "`noseprint sync --keep-ours`나 `--keep-theirs`로 정해 주세요.",
        "The storage holds another content under this name already: {key}. See which one is right, then answer with "
        "`noseprint sync --keep-ours` or `--keep-theirs`.",
    ),
    ErrorCode.LOCAL_COPY_LOST: _Entry(
        "올리기를 기다리던 자료가 이 컴퓨터에 없거나 바뀌었어요. 그대로 두고 백업에서 되살려 주세요.",
        "What waits to be uploaded is missing on this computer or was changed. Leave it and restore a backup.",
    ),
    ErrorCode.WRONG_TRANSFER_CODE: _Entry(
        "이 코드로는 이 파일을 열 수 없어요. 내보낼 때 나온 코드를 다시 확인해 주세요.",
        "This code does not open the file. Check the code that was shown when it was exported.",
    ),
    ErrorCode.ARCHIVE_DAMAGED: _Entry(
        "파일이 잘렸거나 바뀌었거나 다른 파일이에요: {path}. 아무것도 가져오지 않았어요. 다시 만들어 주세요.",
        "The file is cut off, altered, or another one: {path}. Nothing was taken from it. Make it again.",
    ),
    ErrorCode.UNEXPECTED_SENDER: _Entry(
        "다른 컴퓨터({sender})에서 내보낸 파일이에요. 아무것도 가져오지 않았어요. 보낸 곳에 확인해 주세요.",
        "Another computer ({sender}) exported this file. Nothing was taken from it. Ask whoever sent it.",
    ),
    ErrorCode.STORE_CHANGED: _Entry(
        "올린 자료는 다른 저장소({former})에 있는데, 지금 설정된 저장소는 {present}예요. 기다리는 자료는 안전해요. "
        "설정을 되돌리거나, 새 저장소가 맞다면 `noseprint sync --to-this-store`를 실행해 주세요.",
        "What was synced lies in another storage ({former}) than the one that is set now ({present}). What waits is "
        "safe here. Set the former one again or, if the new one is right, run `noseprint sync --to-this-store`.",
    ),
    ErrorCode.NOT_ON_SQLITE: _Entry(
        "기록이 PostgreSQL 서버에 있어요. 서버에서 `pg_dump`로 백업하고 `pg_restore`로 되살려 주세요.",
        "The records lie on a PostgreSQL server. Back them up there with `pg_dump`, restore with `pg_restore`.",
    ),
    ErrorCode.RECORDS_NOT_UPGRADED: _Entry(
        "기록을 새 버전으로 옮기지 못했어요. 기록은 이전 그대로이고, 사본도 있어요: {path}. "
        "이전 프로그램으로 계속 쓸 수 있어요.",
        "The records could not be brought to this version. They are as before, and a copy is kept: {path}. "
        "The previous program can go on with them.",
    ),
    ErrorCode.WRONG_PIN: _Entry(
        "직원 번호나 PIN이 맞지 않아요. 다시 확인해 주세요.",
        "The staff id or the PIN is not right. Check both.",
    ),
    ErrorCode.LOCKED_OUT: _Entry(
        "PIN을 여러 번 틀려서 잠겼어요. {wait} 뒤에 다시 시도하거나 관리자에게 풀어 달라고 해 주세요.",
        "Locked after several wrong PINs. Try again in {wait}, or ask an admin to unlock.",
        retryable=True,
    ),
    ErrorCode.NOT_ALLOWED: _Entry(
        "이 일은 관리자만 할 수 있어요. 관리자로 로그인해 주세요.",
        "Only an admin may do this. Sign in as one.",
    ),
    ErrorCode.OPERATOR_UNKNOWN: _Entry(
        "이 번호의 직원이 없어요: {staff_id}",
        "No operator has this staff id: {staff_id}",
    ),
    ErrorCode.OPERATOR_NAME_TAKEN: _Entry(
        "같은 이름의 직원이 이미 있어요({staff_id}). 구별되는 이름을 써 주세요.",
        "An operator has this name already ({staff_id}). Give a name that tells them apart.",
    ),
    ErrorCode.WEAK_PIN: _Entry(
        "PIN은 숫자 4~12자리예요. 1234, 0000, 1212처럼 쉬운 번호는 쓸 수 없어요.",
        "A PIN has 4 to 12 digits, and not such that are guessed first, like 1234, 0000 or 1212.",
    ),
    ErrorCode.LAST_ADMIN: _Entry(
        "관리자가 한 명은 있어야 해요. 먼저 다른 직원을 관리자로 정해 주세요.",
        "There must be at least one admin. Make another operator one first.",
    ),
    ErrorCode.SECOND_PERSON_NEEDED: _Entry(
        "자기 일은 스스로 승인할 수 없어요. 다른 직원이 PIN으로 승인해 주세요.",
        "Nobody approves of their own work. Ask a colleague to approve with their PIN.",
    ),
    ErrorCode.CONSENT_MISSING: _Entry(
        "보호자의 동의가 없어서 이름과 전화번호를 남길 수 없어요. 동의를 받고 다시 저장해 주세요.",
        "Without the guardian's consent, name and number cannot be kept. Ask for it, then save again.",
    ),
    ErrorCode.PET_ERASED: _Entry(
        "보호자의 요청으로 정보와 사진을 지운 반려견이라 고칠 수 없어요: {pet_did}",
        "What was known of this pet was erased at its guardian's request; it cannot be changed: {pet_did}",
    ),
    ErrorCode.RESULT_ALTERED: _Entry(
        "확인 결과가 바뀌었거나 잘렸거나 다른 파일이에요. 믿지 말고 병원에 다시 받아 주세요.",
        "This is no signed result, or it was altered or cut off. Do not rely on it; ask the clinic for a new one.",
    ),
    ErrorCode.RESULT_OF_UNKNOWN_CLINIC: _Entry(
        "모르는 병원이 서명한 결과예요({signer}). 그 병원의 공개 키를 확인해 주세요.",
        "A clinic that is not known here signed this result ({signer}). Check that clinic's public key with it.",
    ),
    ErrorCode.RESULT_NOT_VALID_NOW: _Entry(
        "확인 결과는 {since}부터 {until}까지만 쓸 수 있어요. 컴퓨터 시계를 보고, 지났다면 다시 확인해 주세요.",
        "The result counts from {since} to {until} only. Look at this computer's clock; if it is over, verify again.",
    ),
    ErrorCode.AUDIT_BROKEN: _Entry(
        "감사 기록이 {seq}번부터 바뀌었거나 빠졌어요. 그대로 두고 백업과 비교해 주세요.",
        "The audit trail was changed or cut from row {seq} on. Leave it as it is and compare it with a backup.",
    ),
    ErrorCode.CAMERA_SOURCE_UNKNOWN: _Entry(
        "이런 카메라는 몰라요: {source}. `simulated`, 카메라 번호(0), 동영상 파일, 사진 폴더, http·rtsp 주소 가운데 "
        "하나를 적어 주세요.",
        "No such camera is known: {source}. Name `simulated`, a camera's number (0), a video file, a folder of "
        "pictures, or an http or rtsp address.",
    ),
    ErrorCode.CAMERA_NOT_FOUND: _Entry(
        "카메라를 찾을 수 없어요: {source}. 케이블과 전원을 확인하고, 다른 프로그램이 쓰고 있다면 닫아 주세요.",
        "The camera is not found: {source}. Check its cable and power, and close programs that may be using it.",
        retryable=True,
    ),
    ErrorCode.CAMERA_BUSY: _Entry(
        "다른 프로그램이 카메라를 쓰고 있어요: {source}. 그 프로그램을 닫으면 저절로 다시 켜져요.",
        "Another program is using the camera: {source}. Close it, and the camera comes back by itself.",
        retryable=True,
    ),
    ErrorCode.CAMERA_NOT_ALLOWED: _Entry(
        "카메라를 쓸 권한이 없어요: {source}. 관리자에게 카메라 권한을 켜 달라고 해 주세요.",
        "The camera may not be used here: {source}. Ask an admin to allow it.",
    ),
    ErrorCode.CAMERA_LOST: _Entry(
        "카메라 연결이 끊겼어요. 케이블을 확인해 주세요. 연결되면 저절로 다시 켜져요.",
        "The camera was cut off. Check its cable; it comes back by itself.",
        retryable=True,
    ),
    ErrorCode.PHOTOS_IN_FORMER_STORE: _Entry(
        "이 벡터의 사진은 이전 저장소에만 있어요. 벡터는 이 컴퓨터에 안전하게 있어요. 사진을 새 저장소로 복사한 다음 "
        "저장 이름마다 `noseprint sync --retry 저장 이름`을 실행해 주세요.",
        "The photos of this vector lie in the former storage alone. The vector is safe here. Copy the photos to the "
        "new storage, then run `noseprint sync --retry KEY` for each key.",
    ),
}


class NoseprintError(Exception):
    """An error that a face can show as it is.

    Args:
        code: the stable code.
        detail: what a maintainer wants to know (English, never personal data, vectors or secrets).
        facts: the values that the code's sentence names; ``Words`` where they are words themselves.
    """

    def __init__(self, code: ErrorCode, detail: str = "", **facts: object) -> None:
        self.code = code
        self.detail = detail
        self.facts = facts
        super().__init__(f"{code.value}: {self.sentence('en')}" + (f" ({detail})" if detail else ""))

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later without anyone changing it."""
        return _CATALOGUE[self.code].retryable

    def sentence(self, language: Language) -> str:
        """What a person should read: what happened and what to do."""
        entry = _CATALOGUE[self.code]
        facts = {name: getattr(it, language) if isinstance(it, Words) else it for name, it in self.facts.items()}
        text: str = getattr(entry, language)
        return text.format(**facts).rstrip()
