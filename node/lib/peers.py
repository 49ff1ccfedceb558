"""Whether other machines answer: a TCP connection to a port of each, opened and closed again.

The kernel answers it, so a broker in a long collection or a frozen one counts as reachable, and so does a machine that
refuses, as its Kafka is stopped: it is the machine and the network that are looked at."""
import errno
import select
import socket
import time
from collections import namedtuple

# Whether the tries before it were answered or not, so that one that is lost makes nobody silent.
EVERY_SECONDS = 0.25
# The kernel asks once more within this time, after a second.
TIMEOUT_SECONDS = 1.25
# A peer that answers again counts as well only once it has done so for this long: until then its next silence goes on
# where the last one ended, so that a link that comes and goes adds up.
WELL_AGAIN_SECONDS = 5


# began: when it did.
Try = namedtuple("Try", "socket began")


class Peer:
    def __init__(self, czxid, host, port):
        self.czxid, self.address = czxid, (host, port)
        # Those that run, the oldest first.
        self.tries = []
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

    def end_tries(self):
        for each in self.tries:
            each.socket.close()
        self.tries = []

    def ended(self, answers, began):
        """A try has ended. One that succeeded ends all that run: the peer answers."""
        now = time.monotonic()
        self.answers = answers
        if not answers:
            if self._silent_since is None:
                self._silent_since = began
            return
        self.end_tries()
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
        # {id: when it was registered no more, and silent}
        self._went_silent = {}

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
            peer.end_tries()
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

    def went_silent_within(self, seconds):
        """Those that were silent when they were last registered, within this time."""
        now = time.monotonic()
        return frozenset(broker_id for broker_id, at in self._went_silent.items() if now - at <= seconds)

    def all(self):
        return list(self._peers.values())

    def _forget(self, broker_id):
        peer = self._peers.pop(broker_id, None)
        if peer is None:
            return
        peer.end_tries()
        if peer.answers is False:
            self._went_silent[broker_id] = time.monotonic()


def ask(groups, seconds):
    """Tries each peer of these Peers again and again for this time. Ends earlier when one falls silent, or answers
    again."""
    end = time.monotonic() + seconds
    peers = [peer for group in groups for peer in group.all()]
    before = [peer.answers for peer in peers]
    while True:
        now = time.monotonic()
        for peer in peers:
            if now - peer.began >= EVERY_SECONDS:
                _begin(peer, now)
        _take_answers(peers, min([end] + [peer.began + EVERY_SECONDS for peer in peers]
                                 + [peer.tries[0].began + TIMEOUT_SECONDS for peer in peers if peer.tries]))
        now = time.monotonic()
        for peer in peers:
            while peer.tries and now - peer.tries[0].began >= TIMEOUT_SECONDS:
                _end(peer, peer.tries[0], False)
        if now >= end or before != [peer.answers for peer in peers]:
            return


def _take_answers(peers, until):
    running = {each.socket.fileno(): (peer, each) for peer in peers for each in peer.tries}
    poll = select.poll()
    for number in running:
        poll.register(number, select.POLLOUT)
    for number, _ in poll.poll(max(0, until - time.monotonic()) * 1000):
        peer, each = running[number]
        # An answer to another one of its tries may have ended this one.
        if each in peer.tries:
            _note(peer, each, each.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


def _begin(peer, now):
    peer.began = now
    each = Try(socket.socket(socket.AF_INET, socket.SOCK_STREAM), now)
    each.socket.setblocking(False)
    peer.tries.append(each)
    _note(peer, each, each.socket.connect_ex(peer.address))


def _note(peer, each, code):
    if code in (0, errno.ECONNREFUSED):
        _end(peer, each, True)
    elif code not in (errno.EINPROGRESS, errno.EALREADY):
        _end(peer, each, False)


def _end(peer, each, answers):
    peer.tries.remove(each)
    each.socket.close()
    peer.ended(answers, each.began)
