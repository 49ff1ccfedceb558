"""Whether the other brokers' machines answer: a TCP connection to each one's listener, opened and closed again.

The kernel answers it, so a broker in a long collection or a frozen one counts as reachable, and so does a machine that
refuses, as its Kafka is stopped: it is the network that is looked at."""
import _thread
import errno
import select
import socket
import time

EVERY_SECONDS = 1
TIMEOUT_SECONDS = 2
# Addresses are fixed; this is for a name that is given another one all the same.
RESOLVE_EVERY_SECONDS = 60


class Resolver:
    """Addresses of names. A lookup that hangs keeps nobody waiting: the last answer counts until there is another."""

    def __init__(self):
        self._addresses = {}
        self._asked = {}

    def address(self, host, port):
        """(family, address), or None while there is none."""
        key, now = (host, port), time.monotonic()
        every = RESOLVE_EVERY_SECONDS if key in self._addresses else 5
        if now - self._asked.get(key, -RESOLVE_EVERY_SECONDS) >= every:
            self._asked[key] = now
            _thread.start_new_thread(self._look_up, key)
        return self._addresses.get(key)

    def _look_up(self, host, port):
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            self._addresses[(host, port)] = (family, address)
        except OSError:
            pass


class Peer:
    def __init__(self, czxid, host, port):
        self.czxid, self.host, self.port = czxid, host, port
        self.socket = None
        self.began = -EVERY_SECONDS
        # None: not known yet. silent_since: the beginning of the first try that failed after one that succeeded.
        self.answers = None
        self.silent_since = None

    def ended(self, answers):
        if self.socket is not None:
            self.socket.close()
            self.socket = None
        self.answers = answers
        if answers:
            self.silent_since = None
        elif self.silent_since is None:
            self.silent_since = self.began


class Peers:
    def __init__(self):
        self._peers = {}
        self._resolver = Resolver()

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
            peer.silent_since = None
            peer.answers = peer.answers or None

    def reached(self):
        return sorted(broker_id for broker_id, peer in self._peers.items() if peer.answers)

    def unanswered(self):
        """{id: seconds for which it has not answered}, for those that are known about."""
        now = time.monotonic()
        return {broker_id: 0 if peer.answers else now - peer.silent_since
                for broker_id, peer in self._peers.items() if peer.answers is not None}

    def begin(self):
        now = time.monotonic()
        for peer in self._peers.values():
            if peer.socket is None and now - peer.began >= EVERY_SECONDS * 0.9:
                self._begin(peer, now)

    def _begin(self, peer, now):
        resolved = self._resolver.address(peer.host, peer.port)
        if resolved is None:
            return
        family, address = resolved
        peer.began = now
        peer.socket = socket.socket(family, socket.SOCK_STREAM)
        peer.socket.setblocking(False)
        self._note(peer, peer.socket.connect_ex(address))

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
