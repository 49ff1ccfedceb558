"""Whether the other brokers' machines answer: a TCP connection to each one's listener, opened and closed again.

The kernel answers it, so a broker in a long collection or a frozen one counts as reachable, and so does a machine that
refuses, as its Kafka is stopped: it is the network that is looked at."""
import errno
import select
import socket
import time

EVERY_SECONDS = 1
TIMEOUT_SECONDS = 2
# A peer that answers again counts as well only once it has done so for this long: until then its next silence goes on
# where the last one ended, so that a link that comes and goes adds up.
WELL_AGAIN_SECONDS = 5


class Peer:
    def __init__(self, czxid, host, port):
        self.czxid, self.address = czxid, (host, port)
        self.socket = None
        self.began = -EVERY_SECONDS
        # None: not known yet.
        self.answers = None
        self.forget()

    def forget(self):
        # The beginning of the first try that failed after one that succeeded, and the silence before that.
        self._silent_since, self._silent_before = None, 0
        self._answers_since = None

    def shorten_silence(self, seconds):
        if self._silent_since is not None:
            self._silent_since = max(self._silent_since, time.monotonic() - seconds)
        self._silent_before = 0

    def ended(self, answers):
        now = time.monotonic()
        if self.socket is not None:
            self.socket.close()
            self.socket = None
        self.answers = answers
        if not answers:
            if self._silent_since is None:
                self._silent_since = self.began
            return
        if self._silent_since is not None:
            self._silent_before += now - self._silent_since
            self._silent_since, self._answers_since = None, now
        elif self._answers_since is None or now - self._answers_since >= WELL_AGAIN_SECONDS:
            self._silent_before = 0

    def silent_seconds(self):
        return 0 if self.answers else self._silent_before + time.monotonic() - self._silent_since


class Peers:
    def __init__(self):
        self._peers = {}

    def set(self, registrations):
        """The brokers to look at: {id: (czxid, host, port)}. One that has registered again starts afresh."""
        for broker_id in [known for known in self._peers if known not in registrations]:
            self._forget(broker_id)
        for broker_id, registration in registrations.items():
            known = self._peers.get(broker_id)
            if known is None or known.czxid != registration[0]:
                self._forget(broker_id)
                self._peers[broker_id] = Peer(*registration)

    def forget_tries(self):
        """What was found out until now does not count: this program itself did not run."""
        for peer in self._peers.values():
            if peer.socket is not None:
                peer.socket.close()
                peer.socket = None
            peer.forget()
            peer.answers = peer.answers or None

    def shorten_silence(self, seconds):
        """No silence counts as longer than this."""
        for peer in self._peers.values():
            peer.shorten_silence(seconds)

    def reached(self):
        return sorted(broker_id for broker_id, peer in self._peers.items() if peer.answers)

    def unanswered(self):
        """{id: seconds for which it has not answered}, for those that are known about."""
        return {broker_id: peer.silent_seconds()
                for broker_id, peer in self._peers.items() if peer.answers is not None}

    def begin(self):
        now = time.monotonic()
        for peer in self._peers.values():
            if peer.socket is None and now - peer.began >= EVERY_SECONDS * 0.9:
                self._begin(peer, now)

    def _begin(self, peer, now):
        peer.began = now
        peer.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        peer.socket.setblocking(False)
        self._note(peer, peer.socket.connect_ex(peer.address))

    @staticmethod
    def _note(peer, code):
        if code in (0, errno.ECONNREFUSED):
            peer.ended(True)
        elif code not in (errno.EINPROGRESS, errno.EALREADY):
            peer.ended(False)

    def wait(self, seconds):
        """Takes the answers that come within this time, and ends tries that take too long."""
        end = time.monotonic() + seconds
        while True:
            running = {peer.socket.fileno(): peer for peer in self._peers.values() if peer.socket is not None}
            poll = select.poll()
            for number in running:
                poll.register(number, select.POLLOUT)
            ready = poll.poll(max(0, end - time.monotonic()) * 1000)
            for number, _ in ready:
                peer = running[number]
                self._note(peer, peer.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            if not ready or time.monotonic() >= end:
                break
        now = time.monotonic()
        for peer in self._peers.values():
            if peer.socket is not None and now - peer.began >= TIMEOUT_SECONDS:
                peer.ended(False)

    def _forget(self, broker_id):
        peer = self._peers.pop(broker_id, None)
        if peer is not None and peer.socket is not None:
            peer.socket.close()
