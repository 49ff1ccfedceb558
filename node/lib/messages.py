"""Lines for the journal, from a program that must never wait: journald itself may hang with its disk."""
import os

# What is not taken is kept, up to so many lines; then the oldest are given up.
MOST_LINES = 200


class Messages:
    def __init__(self, descriptor=2):
        self._descriptor = descriptor
        self._lines = []
        os.set_blocking(descriptor, False)

    def say(self, line):
        self._lines.append(line.encode(errors="replace") + b"\n")
        del self._lines[:-MOST_LINES]
        self.pass_on()

    def pass_on(self):
        """To be called again and again while lines are left."""
        while self._lines:
            try:
                written = os.write(self._descriptor, self._lines[0])
            except OSError:
                return
            self._lines[0] = self._lines[0][written:]
            if not self._lines[0]:
                del self._lines[0]
