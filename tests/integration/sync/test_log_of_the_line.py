"""What the libraries of the line say in the log names no object: a key holds the Pet DID of someone's dog."""

from __future__ import annotations

import io
import logging
import socket
import threading

import pytest

from noseprint import bootstrap
from noseprint.errors import NoseprintError
from noseprint.logs import configure_logging
from noseprint.settings import Secret, Settings
from noseprint.sync.pet_keys import photo_key

DID = f"did:ethr:besu:0x{'4' * 40}"
# The library warns of it, and names the whole address.
STRANGE_ANSWER = b"HTTP/1.1 404 Not Found\r\nno header at all\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def answer_strangely(server: socket.socket) -> None:
    while True:
        try:
            line, _ = server.accept()
        except OSError:
            return
        with line:
            line.recv(65536)
            line.sendall(STRANGE_ANSWER)


@pytest.mark.provokes_warnings
def test_a_strange_answer_is_logged_without_the_object_that_was_asked_for() -> None:
    log = io.StringIO()
    configure_logging("DEBUG", "json", log)
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=answer_strangely, args=(server,), daemon=True)
        answering.start()
        settings = Settings(
            ncp_endpoint=f"http://127.0.0.1:{server.getsockname()[1]}",
            ncp_access_key="AKID",
            ncp_secret_key=Secret("hunter2"),
            storage_deadline_s=2.0,
        )
        with pytest.raises(NoseprintError):
            bootstrap.open_store(settings).get(photo_key(DID, 1))
        server.shutdown(socket.SHUT_RDWR)
    answering.join(5)
    logging.getLogger("urllib3.connectionpool").warning("Retrying after %r: %s", OSError("x"), f"/bucket/{DID}/1.jpg")
    assert "Failed to parse headers" in log.getvalue()
    assert "Retrying after" in log.getvalue()
    assert "4444" not in log.getvalue()
