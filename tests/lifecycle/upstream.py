"""Connections to where calls go on to: to open one takes longer than to ask."""

import http.client
import threading
import time
import urllib.parse

# Far below the time after which a server closes what nobody uses: a call that meets that is lost.
IDLE_SECONDS = 1


class Upstream:
    """One connection a thread."""

    def __init__(self, endpoint):
        self.parts, self.own = urllib.parse.urlsplit(endpoint), threading.local()

    def ask(self, method, path, body, headers):
        """Status, headers and content."""
        connection = self.connection()
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            answer = response.status, response.getheaders(), response.read()
        except BaseException:
            self.own.connection = None
            connection.close()
            raise
        self.own.last = time.monotonic()
        return answer

    def connection(self):
        kept = getattr(self.own, "connection", None)
        if kept is None or time.monotonic() - self.own.last > IDLE_SECONDS:
            if kept is not None:
                kept.close()
            kept = self.own.connection = http.client.HTTPConnection(self.parts.hostname, self.parts.port, timeout=60)
        return kept
