"""The state that all parts of the emulator share: options, the one lock, and the counter of changes."""

import sys
import threading
import time
from datetime import datetime, timezone


class World:
    def __init__(self) -> None:
        self.region = "us-east-1"
        self.auto_lifecycle = False  # instances and volumes reach their next state by themselves, at once
        self.replace_delay = 3.0  # seconds between the loss of a group's instance and the start of the next one
        self.images_file = ""
        # moto is not safe for threads. Everything but S3 runs under this lock.
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.generation = 1

    def touch(self) -> None:
        """Something changed that the lab daemon or the scaler may want to look at."""
        with self.lock:
            self.generation += 1
            self.changed.notify_all()


world = World()


def now() -> datetime:
    # moto's own times have no zone, so these have none either
    return datetime.now(timezone.utc).replace(tzinfo=None)


def log(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)
