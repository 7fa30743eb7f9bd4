"""What settings are called on a screen, what they do in Korean, and which belong together.

The declarations in `noseprint.settings` say everything else about them, in English for the reference.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from noseprint.errors import Words


class SettingWords(NamedTuple):
    """A setting's name, and what it does in Korean."""

    name: Words
    about_ko: str


class Group(NamedTuple):
    """Settings that belong together, and what about."""

    name: Words
    about: Words
    settings: dict[str, SettingWords]


def _called(ko: str, en: str, about_ko: str) -> SettingWords:
    return SettingWords(Words(ko, en), about_ko)


_CLINIC: Final = Group(
    Words("병원과 화면", "Clinic and screens"),
    Words("언어, 이름, 로그", "Language, names, log"),
    {
        "clinic_name": _called("병원 이름", "Clinic", "화면과 등록증에 쓰는 병원 이름이에요."),
        "idle_lock_s": _called(
            "자동 잠금(초)", "Lock after, seconds", "만지지 않으면 이만큼 뒤에 PIN을 다시 물어요. 0이면 묻지 않아요."
        ),
        "language": _called("언어", "Language", "알림의 언어예요."),
        "operator_name": _called("기본 직원 이름", "Usual name", "이름을 따로 대지 않을 때 기록에 남는 이름이에요."),
        "consent_text_version": _called("동의서 버전", "Consent text", "보호자에게 보여 주는 동의서의 버전이에요."),
        "log_level": _called("로그 수준", "Log level", "이 수준부터 로그에 남겨요."),
        "log_format": _called("로그 형식", "Log format", "로그 줄의 모양이에요."),
        "data_dir": _called("데이터 폴더", "Data folder", "기록과 저장소, 받은 모델이 있는 곳이에요."),
        "master_key": _called("마스터 키", "Master key", "데이터를 잠그는 키예요. 데이터 폴더에는 둘 수 없어요."),
        "master_key_file": _called(
            "마스터 키 파일", "Master key file", "마스터 키가 든 파일이에요. 비우면 정해진 곳이에요."
        ),
    },
)
_CAMERA: Final = Group(
    Words("카메라", "Camera"),
    Words("어느 카메라로, 얼마나 크게 찍는지", "Which camera, and how large its pictures are"),
    {
        "camera": _called("카메라", "Camera", "카메라 번호, 동영상 파일, 사진 폴더나 주소예요."),
        "camera_width": _called("가로 크기", "Width", "카메라에 요청하는 가로 픽셀 수예요."),
        "camera_height": _called("세로 크기", "Height", "카메라에 요청하는 세로 픽셀 수예요."),
        "camera_rate": _called("초당 장수", "Frames a second", "카메라에 요청하는 초당 장수예요."),
    },
)
_ENROLMENT: Final = Group(
    Words("등록과 판정", "Enrolment and verdicts"),
    Words("사진 기준, 유사도 기준, DID", "What photos must be, where verdicts begin, the DID"),
    {
        "minimum_photos_camera": _called(
            "카메라 사진 수", "Photos by camera", "카메라로 등록할 때 필요한 사진 수예요."
        ),
        "minimum_photos_files": _called("파일 사진 수", "Photos from files", "파일로 등록할 때 필요한 사진 수예요."),
        "minimum_quality": _called("사진 품질 기준", "Least quality", "품질이 이보다 낮은 사진은 쓰지 않아요."),
        "outlier_similarity": _called(
            "다른 사진 기준", "Outlier", "나머지 사진의 평균과 이보다 닮지 않은 사진은 빼고 등록해요."
        ),
        "same_similarity": _called("같은 강아지 기준", "Same dog from", "유사도가 이 이상이면 같은 강아지로 봐요."),
        "review_similarity": _called("재확인 기준", "Review from", "유사도가 이 이상이면 사람이 한 번 더 봐요."),
        "look_up_margin": _called("조회 차이", "Look-up lead", "1위가 2위보다 이만큼 앞서야 이름을 알려 줘요."),
        "did_form": _called("DID 모양", "DID form", "40자리(address) 또는 게이트웨이와 같은 64자리(full)예요."),
        "did_method": _called("DID 방식", "DID method", "DID의 방식 이름이에요."),
        "did_network": _called("DID 네트워크", "DID network", "DID의 네트워크 이름이에요."),
    },
)
_MODEL: Final = Group(
    Words("모델", "Model"),
    Words("비문을 벡터로 바꾸는 모델과 사진 한도", "What turns noses into vectors, and how large photos may be"),
    {
        "model_path": _called(
            "모델 파일", "Model file", "기본 모델 대신 쓰는 ONNX 파일이에요. 설명 파일이 옆에 있어야 해요."
        ),
        "model_input_size": _called(
            "입력 크기", "Input size", "모델이 정하지 않은 입력 픽셀 수예요. 0이면 모델에 물어요."
        ),
        "model_input_channels": _called("입력 채널", "Input channels", "1은 흑백, 3은 컬러, 0이면 모델에 물어요."),
        "model_cache_dir": _called("받은 모델 폴더", "Model cache", "내려받은 모델을 두는 곳이에요."),
        "ncp_model_key": _called(
            "버킷의 모델 이름", "Model in the bucket", "`model fetch`가 받아 오는 모델의 이름이에요."
        ),
        "model_sha256": _called("모델 체크섬", "Model checksum", "내려받은 모델이 가져야 하는 SHA-256이에요."),
        "max_image_bytes": _called("사진 크기 한도", "Largest photo, bytes", "받는 사진의 최대 바이트 수예요."),
        "max_image_pixels": _called("사진 픽셀 한도", "Largest photo, pixels", "받는 사진의 최대 픽셀 수예요."),
        "inference_slots": _called(
            "동시 계산", "Photos at once", "한 번에 계산하는 사진 수예요. 0이면 코어 수만큼이에요."
        ),
    },
)
_STORAGE: Final = Group(
    Words("저장소", "Storage"),
    Words("NCP Object Storage 주소와 키", "NCP Object Storage: where and with which keys"),
    {
        "ncp_access_key": _called("액세스 키", "Access key", "이 키가 있으면 자료를 NCP에 올려요."),
        "ncp_secret_key": _called("시크릿 키", "Secret key", "액세스 키와 짝인 비밀 키예요."),
        "ncp_bucket_name": _called("버킷", "Bucket", "자료를 올리는 버킷이에요."),
        "ncp_endpoint": _called("주소", "Endpoint", "저장소의 주소예요."),
        "ncp_region": _called("리전", "Region", "저장소의 리전이에요."),
        "ncp_vector_prefix": _called("벡터 경로", "Vector prefix", "벡터 JSON이 들어가는 경로의 앞부분이에요."),
        "storage_deadline_s": _called("응답 대기(초)", "Deadline, seconds", "저장소의 답을 기다리는 최대 시간이에요."),
    },
)
_SYNC: Final = Group(
    Words("올리기", "Sync"),
    Words("속도, 재시도, 사본 보관", "Speed, retries, how long copies stay"),
    {
        "sync_parallel": _called("동시에 올리기", "Pets at once", "한 번에 올리는 반려견 수예요."),
        "sync_bytes_per_s": _called(
            "속도 한도", "Bytes a second", "초당 올리는 평균 바이트의 한도예요. 0이면 한도가 없어요."
        ),
        "sync_longest_pause_s": _called(
            "재시도 간격(초)", "Longest pause, seconds", "다시 올리기 전에 쉬는 최대 시간이에요."
        ),
        "sync_keep_days": _called("사본 보관(일)", "Keep copies, days", "올린 사진을 이 컴퓨터에도 두는 날 수예요."),
    },
)
_DATABASE: Final = Group(
    Words("기록 데이터베이스", "Records database"),
    Words("PostgreSQL을 쓸 때만", "For PostgreSQL only"),
    {
        "db_host": _called("서버", "Host", "PostgreSQL 서버예요. 비우면 데이터 폴더의 SQLite를 써요."),
        "db_port": _called("포트", "Port", "PostgreSQL의 포트예요."),
        "db_username": _called("사용자", "User", "PostgreSQL 사용자예요."),
        "db_password": _called("비밀번호", "Password", "PostgreSQL 비밀번호예요."),
        "db_database": _called("데이터베이스", "Database", "PostgreSQL 데이터베이스 이름이에요."),
    },
)
_GATEWAY: Final = Group(
    Words("게이트웨이 서버", "Gateway server"),
    Words("주소, 포트, 동시 요청", "Address, port, requests at once"),
    {
        "grpc_host": _called("주소", "Address", "서버가 요청을 받는 주소예요. 127.0.0.1은 이 컴퓨터만이에요."),
        "grpc_port": _called("포트", "Port", "서버의 포트예요. 0이면 빈 포트를 써요."),
        "grpc_workers": _called("동시 요청", "Requests at once", "한 번에 답하는 요청 수예요."),
        "grpc_max_message_length": _called(
            "메시지 한도", "Largest message, bytes", "받는 사진 메시지의 최대 바이트 수예요."
        ),
        "grpc_reflection": _called("리플렉션", "Reflection", "gRPC 리플렉션에 답해요."),
        "grpc_grace_s": _called(
            "종료 대기(초)", "Grace, seconds", "멈출 때 처리 중인 요청을 기다리는 최대 시간이에요."
        ),
    },
)

GROUPS: Final = (_CLINIC, _CAMERA, _ENROLMENT, _MODEL, _STORAGE, _SYNC, _DATABASE, _GATEWAY)
"""Every setting, in the order in which a screen shows them."""
