"""A minimal ZooKeeper client: one session, one request at a time, no watches. Quick to import; for Python 3.9 and
later.

The wire protocol is ZooKeeper's own (zookeeper.jute): every message is its length and then big-endian fields; a request
begins with a number and its type, an answer with that number, a transaction id and an error code."""
import socket
import struct
import time

CREATE, DELETE, EXISTS, GET, SET, PING, CHILDREN, MULTI, CLOSE = 1, 2, 3, 4, 5, 11, 12, 14, -11
PING_XID = -2
ANYONE_MAY_ALL = struct.pack(">ii", 1, 31) + struct.pack(">i5si6s", 5, b"world", 6, b"anyone")
EPHEMERAL = 1
NO_SESSION = (0, bytes(16))


class ZooKeeperError(Exception):
    """The servers can't be reached, or the connection was lost: whether the request was carried out is not known."""


class SessionExpired(ZooKeeperError):
    """The session's ephemeral nodes are gone, or soon will be. The next connect begins a new session."""


class RequestFailed(ZooKeeperError):
    """A server's answer to a request."""


class NoNode(RequestFailed):
    pass


class NodeExists(RequestFailed):
    pass


CODES = {-101: NoNode, -110: NodeExists, -112: SessionExpired, -118: SessionExpired}
NAMES = {-6: "unimplemented", -102: "no authorisation", -103: "another version", -111: "has children",
         -118: "session moved"}


class Stat:
    """What ZooKeeper tells of a node besides its content."""

    FORMAT = struct.Struct(">qqqqiiiqiiq")

    def __init__(self, data):
        (self.czxid, self.mzxid, self.ctime, self.mtime, self.version, self.cversion, _, self.ephemeral_owner, _, _,
         self.pzxid) = self.FORMAT.unpack(data[:self.FORMAT.size])


def _bytes(value):
    return struct.pack(">i", len(value)) + value


def _text(value):
    return _bytes(value.encode())


def _take_bytes(data, offset):
    (length,) = struct.unpack_from(">i", data, offset)
    end = offset + 4 + max(length, 0)
    return data[offset + 4:end], end


def parse_servers(text):
    """`host:port,…` as (host, port) pairs."""
    return [(host, int(port)) for host, _, port in (server.strip().rpartition(":") for server in text.split(","))]


class ZooKeeper:
    """connect() first, and again after any error but RequestFailed; it goes on with the session while that lives.
    The session is kept alive by requests, ping() among them: one at least every third of the session timeout."""

    def __init__(self, servers, session_timeout_ms=6000, connect_seconds=1.0, request_seconds=2.0):
        self.servers = list(servers)
        self.session_timeout_ms = session_timeout_ms
        self.connect_seconds = connect_seconds
        self.request_seconds = request_seconds
        self.server = ""
        self._session = NO_SESSION
        self._socket = None
        self._xid = 0

    @property
    def session_id(self):
        """0 without a session; otherwise the ephemeral_owner of the nodes that it makes."""
        return self._session[0]

    @property
    def connected(self):
        return self._socket is not None

    def connect(self, seconds=None):
        """Asks each server once, the one that failed last time last. SessionExpired, when the session had ended."""
        deadline = time.monotonic() + (seconds or self.connect_seconds * len(self.servers))
        failures = []
        for _ in self.servers:
            if time.monotonic() >= deadline:
                break
            host, port = self.servers[0]
            try:
                return self._open(host, port, min(self.connect_seconds, deadline - time.monotonic()))
            except SessionExpired:
                raise
            except (OSError, ZooKeeperError, struct.error) as error:
                failures.append("%s:%d: %s" % (host, port, error))
                self.disconnect()
        raise ZooKeeperError("no ZooKeeper server answers (%s)" % "; ".join(failures))

    def _open(self, host, port, seconds):
        self.disconnect(failed=False)
        # An address: create_connection would go by the resolver, which reads its files and may wait for name servers.
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        self._socket.settimeout(seconds)
        self._socket.connect((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session_id, password = self._session
        self._send(struct.pack(">iqiq", 0, 0, self.session_timeout_ms, session_id) + _bytes(password) + b"\0")
        answer = self._receive()
        _, timeout_ms, granted = struct.unpack_from(">iiq", answer)
        if timeout_ms <= 0:
            self._session = NO_SESSION
            self.disconnect(failed=False)
            raise SessionExpired("the session has expired")
        self._session = (granted, _take_bytes(answer, 16)[0])
        self._socket.settimeout(self.request_seconds)
        self.server = "%s:%d" % (host, port)

    def disconnect(self, failed=True):
        """Ends the connection, not the session."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if failed:
            self.servers.append(self.servers.pop(0))

    def close(self):
        """Ends the session, and with it its ephemeral nodes. Never fails."""
        try:
            if self._socket is not None:
                self._request(CLOSE, b"")
        except (ZooKeeperError, OSError):
            pass
        self._session = NO_SESSION
        self.disconnect(failed=False)

    def ping(self):
        self._request(PING, b"", PING_XID)

    def get(self, path):
        """(content, Stat)"""
        answer = self._request(GET, _text(path) + b"\0", path=path)
        content, end = _take_bytes(answer, 0)
        return content, Stat(answer[end:])

    def exists(self, path):
        """Stat, or None"""
        try:
            return Stat(self._request(EXISTS, _text(path) + b"\0", path=path))
        except NoNode:
            return None

    def children(self, path):
        """(names, Stat); the Stat's cversion changes with every child that comes or goes."""
        answer = self._request(CHILDREN, _text(path) + b"\0", path=path)
        (count,) = struct.unpack_from(">i", answer)
        names, offset = [], 4
        for _ in range(count):
            name, offset = _take_bytes(answer, offset)
            names.append(name.decode())
        return names, Stat(answer[offset:])

    def create(self, path, content=b"", ephemeral=False):
        flags = EPHEMERAL if ephemeral else 0
        self._request(CREATE, _text(path) + _bytes(content) + ANYONE_MAY_ALL + struct.pack(">i", flags), path=path)

    def set(self, path, content, version=-1):
        self._request(SET, _text(path) + _bytes(content) + struct.pack(">i", version), path=path)

    def delete(self, path, version=-1):
        self._request(DELETE, _text(path) + struct.pack(">i", version), path=path)

    def delete_all(self, nodes):
        """Deletes all of these (path, version), or none. The error is that of the first which can't be deleted."""
        body = b"".join(struct.pack(">i?i", DELETE, False, -1) + _text(path) + struct.pack(">i", version)
                        for path, version in nodes)
        answer = self._request(MULTI, body + struct.pack(">i?i", -1, True, -1))
        offset = 0
        for path, _ in nodes:
            kind, _, _ = struct.unpack_from(">i?i", answer, offset)
            offset += 9
            if kind == -1:
                (code,) = struct.unpack_from(">i", answer, offset)
                offset += 4
                # 0: was fine and was rolled back; -2: was not tried, because of another one.
                if code not in (0, -2):
                    raise self._failure(code, path)

    def _request(self, kind, body, xid=None, path=""):
        if self._socket is None:
            raise ZooKeeperError("not connected to ZooKeeper")
        if xid is None:
            self._xid += 1
            xid = self._xid
        try:
            self._send(struct.pack(">ii", xid, kind) + body)
            answer = self._receive()
            answered, _, code = struct.unpack_from(">iqi", answer)
        except (OSError, struct.error) as error:
            self.disconnect()
            raise ZooKeeperError("%s: %s" % (self.server, error)) from None
        if answered != xid:
            self.disconnect()
            raise ZooKeeperError("%s: the answer to request %d, and not %d" % (self.server, answered, xid))
        if code != 0:
            failure = self._failure(code, path)
            if not isinstance(failure, RequestFailed):
                self._session = NO_SESSION
                self.disconnect(failed=False)
            raise failure
        return answer[16:]

    @staticmethod
    def _failure(code, path):
        kind = CODES.get(code, RequestFailed)
        return kind("%s: %s" % (path, NAMES.get(code) or (kind.__name__ if code in CODES else "error %d" % code)))

    def _send(self, message):
        self._socket.sendall(_bytes(message))

    def _receive(self):
        (length,) = struct.unpack(">i", self._receive_exactly(4))
        if not 0 <= length < 16 * 1024 * 1024:
            raise ZooKeeperError("an answer of %d bytes: not a ZooKeeper server" % length)
        return self._receive_exactly(length)

    def _receive_exactly(self, length):
        parts = []
        while length > 0:
            part = self._socket.recv(length)
            if not part:
                raise ZooKeeperError("the server closed the connection")
            parts.append(part)
            length -= len(part)
        return b"".join(parts)
