"""What works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
import socket
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from noseprint.bootstrap import (
    check_store,
    load_embedder,
    make_data_folder,
    master_keys,
    open_holdings,
    open_records,
    open_store,
)
from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.settings import MIB, Settings, declarations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

NAMES: Final = {
    "data folder": Words("데이터 폴더", "Data folder"),
    "model": Words("모델", "Model"),
    "storage": Words("저장소", "Storage"),
    "records": Words("기록", "Records"),
    "key": Words("마스터 키", "Master key"),
    "sync": Words("올리기", "Uploads"),
    "gRPC": Words("gRPC", "gRPC"),
    "port": Words("포트", "Port"),
}
"""What people call the things that are looked at."""

_KOREAN: Final = {"folder": "폴더"}
_LEAST_FREE_SPACE = 500 * MIB


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    finding: str
    advice_ko: str = ""
    advice_en: str = ""
    finding_ko: str = ""

    @property
    def said(self) -> Words:
        """The finding for people; what is the same in both languages stands once."""
        return Words(self.finding_ko or self.finding, self.finding)


def examine(settings: Settings, *, served_at: str = "") -> list[Finding]:
    """Look at everything that the program needs; nothing is changed but what a first start would make.

    Args:
        settings: all of them.
        served_at: where this very program answers the gateway; empty where it does not.
    """
    return [
        _data_folder(settings),
        _coded("model", lambda: load_embedder(settings).identity.name),
        _coded("storage", lambda: _check_store(settings)),
        _records(settings),
        _coded("key", lambda: master_keys(settings).place()),
        _sync(settings),
        _server_extra(),
        Finding("port", True, served_at) if served_at else _port(settings),
    ]


def report(settings: Settings, findings: Sequence[Finding], at: datetime) -> str:
    """The findings for whoever is asked for help: no name, no secret, no path that may hold a person's name.

    Args:
        settings: those in force; only which of them were changed is told.
        findings: what ``examine`` found.
        at: the present moment.
    """
    changed = [item.field for item in declarations() if getattr(settings, item.field) != item.default]
    lines = [
        f"Noseprint {version('noseprint')}, {platform.platform()}, Python {platform.python_version()}",
        f"{at:%Y-%m-%d %H:%M %Z}",
        "",
        *(f"{'good' if item.ok else 'BAD '}  {item.name}: {item.finding}" for item in findings),
        "",
        f"changed settings: {', '.join(changed) or 'none'}",
        "",
    ]
    return _without_paths("\n".join(lines), settings)


def _without_paths(text: str, settings: Settings) -> str:
    for folder, name in ((settings.data_dir.absolute(), "(data folder)"), (Path.home(), "~")):
        text = text.replace(str(folder), name)
    return text


def _coded(name: str, attempt: Callable[[], str]) -> Finding:
    """Try something whose errors already say what to do."""
    try:
        found = attempt()
        return Finding(name, ok=True, finding=found, finding_ko=_KOREAN.get(found, ""))
    except NoseprintError as fault:
        return _refused(name, fault)


def _refused(name: str, fault: NoseprintError) -> Finding:
    code = fault.code.value
    return Finding(name, False, f"{code} {fault.detail}", fault.sentence("ko"), fault.sentence("en"), code)


def _check_store(settings: Settings) -> str:
    open_store(settings).check()
    return settings.ncp_endpoint if settings.uses_ncp else "folder"


def _records(settings: Settings) -> Finding:
    """Whether all of them can be read; damage to one keeps nobody from the others."""
    kind = "PostgreSQL" if settings.db_host else "SQLite"
    try:
        with open_records(settings) as records:
            pets, templates = records.damaged_counts()
    except NoseprintError as fault:
        return _refused("records", fault)
    if not pets and not templates:
        return Finding("records", True, kind)
    code = ErrorCode.SEALED_DAMAGED.value
    damage = NoseprintError(ErrorCode.SEALED_DAMAGED)
    return Finding(
        "records",
        False,
        f"{kind}, {code}: {pets:,} pets and {templates:,} templates damaged",
        f"{damage.sentence('ko')} 비문 값만 손상됐으면 `noseprint reembed`로 사진에서 다시 계산할 수 있어요.",
        f"{damage.sentence('en')} Damaged templates alone are computed from the photos again by `noseprint reembed`.",
        f"{kind}, {code}: 기록 {pets:,}마리, 비문 값 {templates:,}건 손상",
    )


def _sync(settings: Settings) -> Finding:
    """What waits is nothing to worry about; what a person must see to is."""
    try:
        with open_holdings(settings) as holdings:
            counts, backlog = holdings.outbox.counts(), holdings.outbox.backlog()
            check_store(settings, holdings)
    except NoseprintError as fault:
        return _refused("sync", fault)
    waits, waits_ko = f"{counts.waiting:,} waiting", f"{counts.waiting:,}건 대기"
    if backlog.oldest:
        since = f"{backlog.oldest.astimezone():%Y-%m-%d %H:%M}"
        waits, waits_ko = f"{waits} since {since}", f"{waits_ko}, {since}부터"
    if not counts.parked:
        return Finding("sync", True, waits, finding_ko=waits_ko)
    return Finding(
        "sync",
        False,
        f"{waits}, {counts.parked:,} parked",
        "올리기 화면이나 `noseprint sync --list`에서 이유를 보고, 다시 올리거나 어느 쪽이 맞는지 정해 주세요.",
        "See the reasons on the uploads screen or with `noseprint sync --list`; try again, or say which one is right.",
        f"{waits_ko}, {counts.parked:,}건 확인 필요",
    )


def _data_folder(settings: Settings) -> Finding:
    try:
        make_data_folder(settings)
        free = shutil.disk_usage(settings.data_dir).free
        writable = os.access(settings.data_dir, os.W_OK)
    except (NoseprintError, OSError) as fault:
        free, writable, detail, detail_ko = 0, False, str(fault), "쓸 수 없음"
    else:
        detail = f"{free // MIB:,} MiB free" if writable else "not writable"
        detail_ko = f"{free // MIB:,} MiB 남음" if writable else "쓸 수 없음"
    ok = writable and free >= _LEAST_FREE_SPACE
    if ok:
        return Finding("data folder", True, detail, finding_ko=detail_ko)
    return Finding(
        "data folder",
        False,
        detail,
        "폴더의 쓰기 권한을 확인하고 디스크를 500 MB 이상 비워 주세요.",
        "See that the folder can be written to, and free at least 500 MB of disk.",
        detail_ko,
    )


def _server_extra() -> Finding:
    if find_spec("grpc") is not None:
        return Finding("gRPC", True, "installed", finding_ko="설치됨")
    advice = 'pip install ".[server]"'
    return Finding("gRPC", False, "not installed", advice, advice, "설치되지 않음")


def _port(settings: Settings) -> Finding:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.grpc_host, settings.grpc_port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name != "nt":  # elsewhere a port that was in use a moment ago would count as taken
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as fault:
        return Finding(
            "port",
            False,
            f"{settings.grpc_host}:{settings.grpc_port} {fault.strerror}",
            "이미 켜져 있는 서버가 있거나 주소가 틀렸어요. 그 서버를 쓰거나 GRPC_HOST, GRPC_PORT를 바꿔 주세요.",
            "A server is running already, or the address is wrong. Use that server, or change GRPC_HOST, GRPC_PORT.",
            f"{settings.grpc_host}:{settings.grpc_port} 사용 불가",
        )
    return Finding("port", True, f"{settings.grpc_port}")
