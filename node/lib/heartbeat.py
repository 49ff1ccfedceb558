"""Whether a JVM gets on: it counts in a file in memory, as long as nothing stops it."""
import time


class Heartbeat:
    def __init__(self, path):
        self._path = path
        self._beat, self._since = b"", None

    def still_seconds(self, trusted_since):
        """For how long it has not counted, from this instant on only; 0 where nobody counts. To be called each
        second."""
        now = time.monotonic()
        try:
            with open(self._path, "rb") as file:
                beat = file.read()
        except OSError:
            beat = b""
        if beat != self._beat:
            self._beat, self._since = beat, now
        return now - max(self._since, trusted_since) if beat else 0
