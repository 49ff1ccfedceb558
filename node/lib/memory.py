"""Keeps a program in memory: nothing of it has to be read from the disk that has begun to hang."""
import ctypes
import os

CURRENT, FUTURE = 1, 2


def hold_in_memory():
    """"" when all of this process, and what it will still ask for, is locked; or why not."""
    libc = ctypes.CDLL(None, use_errno=True)
    return "" if libc.mlockall(CURRENT | FUTURE) == 0 else os.strerror(ctypes.get_errno())
