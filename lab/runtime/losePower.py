"""Shuts filesystems down as when the power fails: what their disks have not been given yet is gone.

losePower.py COUNT: each is given by an open folder on it, file descriptors 3 and up."""
import fcntl
import struct
import sys

# FS_IOC_SHUTDOWN, of xfs and ext4, and its flag for "not even the journal"; FITHAW.
SHUTDOWN, NOTHING_WRITTEN = 0x8004587D, struct.pack("I", 2)
THAW = 0xC0045878

for descriptor in range(3, 3 + int(sys.argv[1])):
    fcntl.ioctl(descriptor, SHUTDOWN, NOTHING_WRITTEN)
    try:
        # Frozen, it would hold the dead that were writing to it.
        fcntl.ioctl(descriptor, THAW, 0)
    except OSError:
        pass  # it was not frozen
