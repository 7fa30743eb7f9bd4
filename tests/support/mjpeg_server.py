"""A network camera on the loopback: MJPEG over HTTP, whose picture, silence and cable a test holds in its hands."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

RATE = 30.0
_HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"


class MjpegServer:
    """Sends the JPEGs of the present phase in turn, 30 a second, to everyone who connects.

    ``jpegs`` may be changed at any time; while there are none, it holds the line and says nothing.
    """

    def __init__(self, jpegs: Sequence[bytes] = (), *, says_length: bool = True, head: bytes = _HEAD) -> None:
        self.jpegs = tuple(jpegs)
        self.requests: list[bytes] = []
        self._says_length = says_length
        self._head = head
        self._port = 0
        self._ended = threading.Event()
        self._unplugged = threading.Event()
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}/video"

    def __enter__(self) -> Self:
        self.plug_in()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.unplug()

    def plug_in(self) -> None:
        """Listen, on the same port as before."""
        self._unplugged = threading.Event()
        listener = socket.create_server(("127.0.0.1", self._port), reuse_port=False)
        self._listener, self._port = listener, listener.getsockname()[1]
        self._start(self._accept, listener, self._unplugged)

    def unplug(self) -> None:
        """Hang up on everyone and answer no more."""
        self._unplugged.set()
        if self._listener:
            with suppress(OSError):  # wakes the thread that accepts
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, unplugged: threading.Event) -> None:
        with suppress(OSError):
            while not unplugged.is_set():
                connection, _ = listener.accept()
                self._start(self._serve, connection, unplugged)

    def _serve(self, connection: socket.socket, unplugged: threading.Event) -> None:
        with connection, suppress(OSError):
            self.requests.append(connection.recv(65536))
            connection.sendall(self._head)
            for number in count():
                if unplugged.wait(1.0 / RATE):
                    return
                if jpegs := self.jpegs:
                    connection.sendall(self._part(jpegs[number % len(jpegs)]))

    def _part(self, jpeg: bytes) -> bytes:
        length = f"Content-Length: {len(jpeg)}\r\n".encode() if self._says_length else b""
        return b"--frame\r\nContent-Type: image/jpeg\r\n" + length + b"\r\n" + jpeg + b"\r\n"
