"""A reverse proxy between etlctl and the local AWS. It notes every call, and
can hold answers back, lose one, or run a hook before or after a call. What
goes wrong by rule is in faults.py."""

import os
import re
import socket
import struct
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from operations import action_of, name_of
from upstream import Upstream

READS = re.compile(r"(Get|List|Describe|Filter)[A-Z]\w*$|(GET|HEAD) ")


class Cut(Exception):
    """The connection is reset, and the call goes no further."""


@dataclass
class Call:
    # `lambda`, as etlctl names it.
    service: str
    operation: str
    start: float
    # What a REST path names, such as the function.
    labels: dict = field(default_factory=dict)
    # Address and body.
    text: str = ""
    end: float = 0.0

    @property
    def name(self):
        return f"{self.service}:{self.operation}"

    @property
    def action(self):
        """What IAM checks it as, and etlctl calls it."""
        return action_of(self.name)

    @property
    def writes(self):
        return not READS.match(self.operation)

    def is_of(self, name, about=""):
        return name in (self.name, self.action) and about in self.text

    def __str__(self):
        return " ".join([self.name, *self.labels.values()])


class Proxy:
    def __init__(self, endpoint, latency=0.0):
        self.upstream = Upstream(endpoint)
        self.latency = latency
        self.calls = []
        self.lock = threading.Lock()
        # Set at the end, for what would wait longer.
        self.over = threading.Event()
        # Called with each Call before it goes on, and with its answer held
        # back; a true result of `after` loses the answer.
        self.before = lambda call: None
        self.after = lambda call: False
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Without these, headers and body leave as two packets and the
            # second waits for the client's delayed acknowledgement.
            wbufsize = -1
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def forward(self):
                proxy.forward(self)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = forward

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, request, client_address):
                """A client that was killed is what some tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def start(self):
        threading.Thread(target=lambda: self.server.serve_forever(poll_interval=0.02), daemon=True).start()
        return self

    __enter__ = start

    def __exit__(self, *_):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def forward(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        named = name_of(request.command, request.path, request.headers, body)
        text = f"{urllib.parse.unquote(request.path)}\n{body.decode(errors='replace')}"
        call = Call(named.service, named.operation, time.monotonic(), named.labels, text)
        with self.lock:
            self.calls.append(call)
        self.before(call)
        try:
            answer = self.answer(call, request, body)
        except Cut:
            return reset(request)
        time.sleep(max(0.0, call.start + self.latency - time.monotonic()))
        lost = self.after(call) or answer is None
        call.end = time.monotonic()
        if lost:
            request.close_connection = True
            return
        status, headers, content = answer
        request.send_response_only(status)
        for key, value in headers:
            if key.lower() not in ("transfer-encoding", "connection", "content-length", "keep-alive"):
                request.send_header(key, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)

    def answer(self, call, request, body):
        """Status, headers and content; None where the connection ends without
        an answer."""
        return self.ask(request, body)

    def ask(self, request, body):
        headers = {key: value for key, value in request.headers.items() if key.lower() != "connection"}
        return self.upstream.ask(request.command, request.path, body, headers)

    def count(self, name, about=""):
        """Calls of `lambda:CreateFunction` whose address or body hold `about`."""
        with self.lock:
            return sum(call.is_of(name, about) for call in self.calls)

    @property
    def writes(self):
        return [call for call in self.calls if call.writes]

    @property
    def longest_chain(self):
        """Most calls of which each began after the one before had ended. To
        always go on with the call that ends first finds the most."""
        length, free_at = 0, float("-inf")
        for call in sorted(self.calls, key=lambda call: call.end):
            if call.start >= free_at:
                length, free_at = length + 1, call.end
        return length


def reset(request):
    """Ends the connection so that the client is told of it by a reset: a
    socket that lingers for no time, closed without a goodbye."""
    request.close_connection = True
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(request.connection.detach())
