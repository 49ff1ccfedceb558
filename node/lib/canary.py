"""Whether a disk still takes writes: a child process writes and syncs a small file each second and tells of it.

Only the child touches the disk, as nothing can stop a process whose write hangs. It writes only where the volume is
mounted, never into the empty folder of the root disk."""
import errno
import os
import time
from collections import deque

from fencing import MOST_HANG_SECONDS, Disk, hang_seconds

FILE = ".self-fence"
EVERY_SECONDS = 1
# The slowest of so many writes tells what is usual for the disk, once there were at least so many.
REMEMBERED, ENOUGH = 600, 20


def device_of(mount_point, mounts="/proc/self/mountinfo"):
    """`major:minor` of what is mounted there, "" when nothing is. Asks the kernel's table, not the disk."""
    device = ""
    with open(mounts) as file:
        for line in file:
            fields = line.split(" ", 5)
            if fields[4] == mount_point:
                device = fields[2]
    return device


def write_once(folder, device):
    """False when the folder lies on another device than this one."""
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        number = os.fstat(place).st_dev
        if device != "%d:%d" % (os.major(number), os.minor(number)):
            return False
        file = os.open(FILE, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600, dir_fd=place)
        try:
            os.pwrite(file, b"%d\n" % time.time(), 0)
            os.fsync(file)
        finally:
            os.close(file)
        return True
    finally:
        os.close(place)


def write_for_ever(mount_point, folder, pipe):
    """The child: tells `absent`, `begin DEVICE`, `ok SECONDS` or the error's name."""
    while True:
        device = device_of(mount_point)
        if device:
            os.write(pipe, b"begin %s\n" % device.encode())
            began = time.monotonic()
            try:
                written = write_once(folder, device)
                result = b"ok %.6f\n" % (time.monotonic() - began) if written else b"absent\n"
            except OSError as error:
                result = b"%s\n" % errno.errorcode.get(error.errno, "E?").encode()
        else:
            result = b"absent\n"
        os.write(pipe, result)
        time.sleep(EVERY_SECONDS)


class Canary:
    def __init__(self, mount_point, folder=None):
        """folder: where the file is written, the mount point itself if not given."""
        self.mount_point = mount_point
        self._device = ""
        self._began = None
        self._error = ""
        self._error_since = None
        self._ok = False
        self._writes = None
        self._writes_since = time.monotonic()
        # Of the file, since the beginning.
        self.writes, self.write_seconds = 0, 0
        self._took = deque(maxlen=REMEMBERED)
        self.pipe, other_end = os.pipe()
        if os.fork() == 0:
            try:
                # The pipe of another canary among them, which would not break when the parent is gone.
                os.closerange(3, other_end)
                write_for_ever(mount_point, folder or mount_point, other_end)
            except BaseException:
                os._exit(1)  # the parent is gone, or will say that this is
        os.close(other_end)
        os.set_blocking(self.pipe, False)

    def read(self):
        """Takes what the child has told. Raises when the child is no more."""
        try:
            told = os.read(self.pipe, 65536)
        except BlockingIOError:
            return
        if not told:
            raise RuntimeError("the process that writes below %s has ended" % self.mount_point)
        now = time.monotonic()
        for line in told.decode().splitlines():
            word, _, detail = line.partition(" ")
            if word == "begin":
                self._began, self._device = now, detail
                continue
            if word == "ok":
                self.writes += 1
                self.write_seconds += float(detail)
                # One that hung tells nothing of what is usual.
                if float(detail) < MOST_HANG_SECONDS:
                    self._took.append(float(detail))
            self._began = None
            self._ok = word == "ok"
            self._error = "" if word in ("ok", "absent") else word
            if not self._error:
                self._error_since = None
            elif self._error_since is None:
                self._error_since = now

    def disk(self, trusted_since):
        """What is known of the disk, from this instant on only."""
        now = time.monotonic()
        writes = self._completed_writes()
        if writes != self._writes:
            self._writes, self._writes_since = writes, now

        slowest = max(self._took) if len(self._took) >= ENOUGH else None

        def seconds(since):
            return 0 if since is None else now - max(since, trusted_since)

        return Disk(write_seconds=seconds(self._began), idle_seconds=seconds(self._writes_since), error=self._error,
                    error_seconds=seconds(self._error_since), ok=self._ok, hang_seconds=hang_seconds(slowest))

    def _completed_writes(self):
        """Of the device, by the kernel's count: a disk that is slow under load completes others in the meantime."""
        try:
            with open("/sys/dev/block/%s/stat" % self._device) as file:
                return file.read().split()[4]
        except (OSError, IndexError):
            return None
