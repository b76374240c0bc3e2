"""What tests of security share: a server that counts who asks it for something."""

import http.server
import threading
from dataclasses import dataclass, field

import pytest


@dataclass
class Server:
    """A server of this machine; what it was asked for is in `asked`."""

    url: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server():
    class Counting(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            found.asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_POST = do_GET  # noqa: N815 - the standard library's names

        def log_message(self, *words):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    found = Server(f"http://127.0.0.1:{running.server_port}")
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield found
    running.shutdown()
    running.server_close()
