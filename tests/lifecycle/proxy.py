"""A reverse proxy between etlctl and the local AWS. It notes every call, and
can hold answers back, lose one, or run a hook before or after a call."""

import http.client
import json
import re
import threading
import time
import urllib.parse
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

READS = re.compile(r"(Get|List|Describe)[A-Z]\w*$|(GET|HEAD) ")


# As the services that speak JSON deny a call.
DENIED = (400, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(
    {"__type": "AccessDeniedException", "message": "User is not authorized"}).encode())


@dataclass
class Call:
    service: str
    # `PutMetricAlarm`, or for the services that speak REST `PUT /2015-…`.
    operation: str
    start: float
    end: float = 0.0

    @property
    def writes(self):
        return not READS.match(self.operation)

    def __str__(self):
        return f"{self.service} {self.operation}"


def name_of(method, path, headers, body):
    """Service and operation, in each of the protocols that AWS speaks."""
    scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", headers.get("Authorization", ""))
    service = scope[1] if scope else "?"
    if target := headers.get("X-Amz-Target"):
        return service, target.rsplit(".", 1)[1]
    if rpc := re.search(r"/operation/(\w+)$", path):
        return service, rpc[1]
    if action := re.search(rb"(?:^|&)Action=(\w+)", body):
        return service, action[1].decode()
    return service, f"{method} {urllib.parse.unquote(path)}"


class Proxy:
    def __init__(self, endpoint, latency=0.0):
        self.upstream = urllib.parse.urlsplit(endpoint)
        self.latency = latency
        self.calls = []
        self.lock = threading.Lock()
        # Called with each Call before it goes on, and with its answer held
        # back; a true result of `after` loses the answer.
        self.before = lambda call: None
        self.after = lambda call: False
        # A true result is answered in the service's place as a denied call.
        self.refuse = lambda call: False
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Without this, headers and body leave as two packets and the
            # second waits for the client's delayed acknowledgement.
            wbufsize = -1

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

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def forward(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        service, operation = name_of(request.command, request.path, request.headers, body)
        call = Call(service, operation, time.monotonic())
        with self.lock:
            self.calls.append(call)
        self.before(call)
        status, headers, answer = DENIED if self.refuse(call) else self.ask(request, body)
        time.sleep(max(0.0, call.start + self.latency - time.monotonic()))
        lost = self.after(call)
        call.end = time.monotonic()
        if lost:
            request.close_connection = True
            return
        request.send_response_only(status)
        for key, value in headers:
            if key.lower() not in ("transfer-encoding", "connection", "content-length", "keep-alive"):
                request.send_header(key, value)
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(answer)

    def ask(self, request, body):
        connection = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port, timeout=60)
        try:
            headers = {key: value for key, value in request.headers.items() if key.lower() != "connection"}
            connection.request(request.command, request.path, body=body, headers=headers)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

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
