"""This machine's TCP sockets, by the kernel's sock_diag: whether somebody listens, and how they are closed."""
import errno
import os
import socket
import struct

SOCK_DIAG, SOCK_DIAG_BY_FAMILY, SOCK_DESTROY = 4, 20, 21
REQUEST, ACK, DUMP = 1, 4, 0x300
ERROR, DONE = 2, 3
LISTENING = 1 << 10
# All states but TIME_WAIT, in which a socket has no process any more.
ANY = 0xFFF & ~(1 << 6)
HEADER = struct.Struct("=IHHII")
# Local and remote port, local and remote address, interface, cookie.
SOCKET = struct.Struct("!HH16s16s12s")


def _ask(kind, flags, states, identity):
    """The identities in the kernel's answer. Raises OSError with its error."""
    body = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, states) + identity
    found = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as kernel:
        kernel.settimeout(1)
        kernel.send(HEADER.pack(HEADER.size + len(body), kind, REQUEST | flags, 1, 0) + body)
        while True:
            data = kernel.recv(65536)
            while len(data) >= HEADER.size:
                length, answer, _, _, _ = HEADER.unpack_from(data)
                if answer == DONE:
                    return found
                if answer == ERROR:
                    (code,) = struct.unpack_from("=i", data, HEADER.size)
                    if code:
                        raise OSError(-code, os.strerror(-code))
                    return found
                # Family, state, timer, retransmissions come first.
                found.append(data[HEADER.size + 4:HEADER.size + 4 + SOCKET.size])
                data = data[(length + 3) & ~3:]


def _at(address, port, states):
    """Those at a local address."""
    wanted = socket.inet_aton(address)
    for identity in _ask(SOCK_DIAG_BY_FAMILY, DUMP, states, SOCKET.pack(port, 0, b"", b"", b"")):
        local_port, _, local, _, _ = SOCKET.unpack(identity)
        if local_port == port and local[:4] == wanted:
            yield identity


def _to(address, port, states):
    """Those to a remote address."""
    wanted = socket.inet_aton(address)
    for identity in _ask(SOCK_DIAG_BY_FAMILY, DUMP, states, SOCKET.pack(0, port, b"", b"", b"")):
        _, remote_port, _, remote, _ = SOCKET.unpack(identity)
        if remote_port == port and remote[:4] == wanted:
            yield identity


def listens(address, port):
    return any(True for _ in _at(address, port, LISTENING))


def close_all(address, ports):
    """Closes all at local ports, as if the other end had reset them. Raises OSError where the kernel can't
    (CONFIG_INET_DIAG_DESTROY)."""
    for port in ports:
        _close(_at(address, port, ANY))


def close_to(address, port):
    """The same for all to a remote port."""
    _close(_to(address, port, ANY))


def _close(identities):
    for identity in identities:
        try:
            _ask(SOCK_DESTROY, ACK, ANY, identity)
        except OSError as error:
            if error.errno != errno.ENOENT:  # it has ended by itself
                raise
