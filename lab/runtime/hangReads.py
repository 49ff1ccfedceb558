"""Has whatever opens, reads or starts a file of a mount wait, as for a disk that does not answer, until this ends.

hangReads.py FOLDER, which is on that mount; says a line once they wait. The kernel asks it for permission (fanotify),
and it does not answer."""
import ctypes
import os
import signal
import sys

CLASS_CONTENT, UNLIMITED_QUEUE = 0x4, 0x10
ADD, MOUNT = 0x1, 0x10
OPEN, READ, START, FOLDERS_TOO = 0x10000, 0x20000, 0x40000, 0x40000000
HERE = -100

libc = ctypes.CDLL(None, use_errno=True)
asked = libc.fanotify_init(CLASS_CONTENT | UNLIMITED_QUEUE, os.O_RDONLY)
mask = ctypes.c_uint64(OPEN | READ | START | FOLDERS_TOO)
if asked < 0 or libc.fanotify_mark(asked, ADD | MOUNT, mask, HERE, os.fsencode(sys.argv[1])) != 0:
    sys.exit("fanotify: %s" % os.strerror(ctypes.get_errno()))
print("they wait", flush=True)
signal.pause()
