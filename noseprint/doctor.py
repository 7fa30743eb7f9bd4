"""What works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import os
import shutil
import socket
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from noseprint.bootstrap import (
    load_embedder,
    make_data_folder,
    master_keys,
    open_holdings,
    open_records,
    open_store,
)
from noseprint.errors import NoseprintError
from noseprint.settings import MIB, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAST_FREE_SPACE = 500 * MIB


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    finding: str
    advice_ko: str = ""
    advice_en: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that the program needs; nothing is changed but what a first start would make."""
    return [
        _data_folder(settings),
        _coded("model", lambda: load_embedder(settings).identity.name),
        _coded("storage", lambda: _check_store(settings)),
        _coded("records", lambda: _check_records(settings)),
        _coded("key", lambda: master_keys(settings).place()),
        _sync(settings),
        _server_extra(),
        _port(settings),
    ]


def _coded(name: str, attempt: Callable[[], str]) -> Finding:
    """Try something whose errors already say what to do."""
    try:
        return Finding(name, ok=True, finding=attempt())
    except NoseprintError as fault:
        return _refused(name, fault)


def _refused(name: str, fault: NoseprintError) -> Finding:
    return Finding(name, False, f"{fault.code.value} {fault.detail}", fault.sentence("ko"), fault.sentence("en"))


def _check_store(settings: Settings) -> str:
    open_store(settings).check()
    return settings.ncp_endpoint if settings.uses_ncp else "folder"


def _check_records(settings: Settings) -> str:
    with closing(open_records(settings)) as records:
        records.find_pets(limit=1)
    return "PostgreSQL" if settings.db_host else "SQLite"


def _sync(settings: Settings) -> Finding:
    """What waits is nothing to worry about; what a person must see to is."""
    try:
        with open_holdings(settings) as holdings:
            counts, backlog = holdings.outbox.counts(), holdings.outbox.backlog()
    except NoseprintError as fault:
        return _refused("sync", fault)
    waits = f"{counts.waiting:,} waiting"
    if backlog.oldest:
        waits += f" since {backlog.oldest.astimezone():%Y-%m-%d %H:%M}"
    if not counts.parked:
        return Finding("sync", True, waits)
    return Finding(
        "sync",
        False,
        f"{waits}, {counts.parked:,} parked",
        "`noseprint sync --list`로 이유를 보고 `--retry`로 다시 올려 주세요.",
        "See the reasons with `noseprint sync --list`, then use `--retry`.",
    )


def _data_folder(settings: Settings) -> Finding:
    try:
        make_data_folder(settings)
        free = shutil.disk_usage(settings.data_dir).free
        writable = os.access(settings.data_dir, os.W_OK)
    except (NoseprintError, OSError) as fault:
        free, writable, detail = 0, False, str(fault)
    else:
        detail = f"{free // MIB:,} MiB free" if writable else "not writable"
    ok = writable and free >= _LEAST_FREE_SPACE
    if ok:
        return Finding("data folder", True, detail)
    return Finding(
        "data folder",
        False,
        detail,
        "폴더의 쓰기 권한을 확인하고 디스크를 500 MB 이상 비워 주세요.",
        "See that the folder can be written to, and free at least 500 MB of disk.",
    )


def _server_extra() -> Finding:
    if find_spec("grpc") is not None:
        return Finding("gRPC", True, "installed")
    advice = 'pip install ".[server]"'
    return Finding("gRPC", False, "not installed", advice, advice)


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
        )
    return Finding("port", True, f"{settings.grpc_port}")
