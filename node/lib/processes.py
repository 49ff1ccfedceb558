"""The processes of a service, and their end, without systemctl: by its control group, which is the kernel's memory."""
import os
import signal
import time

# systemd with version 2 of control groups, alone or beside version 1, and with version 1.
MOUNTS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd")


def groups_of(service, own="/proc/self/cgroup", mounts=MOUNTS):
    """The folders of the service's control group, which is there while it runs: beside that of this program."""
    groups = []
    with open(own) as file:
        for line in file:
            path = line.rstrip("\n").split(":", 2)[2]
            for mount in mounts:
                if os.path.isdir(mount + path):
                    groups.append("%s/%s" % (os.path.dirname(mount + path), service))
    return sorted(set(groups))


class Service:
    def __init__(self, groups):
        self._groups = groups

    def processes(self):
        found = set()
        for group in self._groups:
            try:
                with open(group + "/cgroup.procs") as file:
                    found.update(int(line) for line in file)
            except OSError:
                continue
        return found

    def kill(self, seconds=1):
        """Kills all of them. "" once none of their threads runs any more, or why not: threads that wait for a disk
        can't end, and do nothing else either."""
        deadline = time.monotonic() + seconds
        while True:
            fault = ""
            for process in self.processes():
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                except OSError as error:
                    fault = "process %d: %s" % (process, error)
            running = [process for process in self.processes() if _runs(process)]
            if not running and not fault:
                return ""
            if time.monotonic() >= deadline:
                return fault or "process %s still runs" % ", ".join(str(process) for process in running)
            time.sleep(0.01)


def _runs(process):
    """Whether a thread of it may still run: it has not been told to end, is no zombie and does not wait for a disk."""
    folder = "/proc/%d/task" % process
    try:
        threads = os.listdir(folder)
    except OSError:
        return False
    for thread in threads:
        try:
            with open("%s/%s/status" % (folder, thread)) as file:
                status = dict(line.split(":", 1) for line in file)
        except OSError:
            continue
        pending = int(status["SigPnd"], 16) >> (signal.SIGKILL - 1) & 1
        if status["State"].split()[0] not in "DXZ" and not pending:
            return True
    return False
