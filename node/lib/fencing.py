"""Decides whether this broker is to fence itself: an observation goes in, a decision with its reason comes out. No I/O,
no clock.

A broker that fences itself kills its Kafka and takes it out of the cluster. It does so for two faults that no timeout
of Kafka or ZooKeeper bounds, as the broker's session stays alive in both: its disk hangs, or it reaches ZooKeeper but
not its peers. A false alarm is worse than a late one, so whatever is unknown speaks against it."""
from collections import namedtuple

# From one observation, decision and action to the next.
EVERY_SECONDS = 1
# A peer that has not answered for so long counts as silent. Longer than ZooKeeper takes to elect, and about as long as
# a session lives, so that a broker that is dead is no longer registered when its silence counts.
SILENT_SECONDS = 6
# One small write has not ended, and neither has any other on that device.
HANG_SECONDS = 8
# One small write has not ended, though others do: a disk that is busy beyond use.
CRAWL_SECONDS = 30
# Every write fails: more than one that met a moment's trouble.
FAILING_SECONDS = 2
# The fault must have been over for so long before the broker comes back.
WELL_SECONDS = 5

# Failed writes that tell of a lost device or a filesystem that has given up. ENOSPC is none: Kafka halts by itself
# then.
DISK_ERRORS = frozenset(["EIO", "EROFS", "ENXIO", "ENODEV", "EUCLEAN", "EREMOTEIO", "ETIMEDOUT"])

# write_seconds: how long the running write has taken, 0 when none runs. idle_seconds: how long the device has completed
# no write. error: the last write's, since error_seconds; "" when it succeeded. ok: there was one and it succeeded.
Disk = namedtuple("Disk", "write_seconds idle_seconds error error_seconds ok", defaults=(0, 0, "", 0, True))

# me: this broker's id. zookeeper: whether it answers; it tells registered, controller (None: there is none) and lock.
# unanswered: for each other broker that was asked, the seconds for which it has not answered; 0: the last try
# succeeded.
# reports: for each other broker that certainly lives and watches, those that it reaches.
# lock: the id of the broker that may be fenced, None: free.
# fenced: "", or the kind of the fault for which this broker is fenced now.
Observations = namedtuple("Observations",
                          "me minimum_running zookeeper registered controller unanswered reports lock disk fenced")

# action: "run"; "lock" (take the lock and observe again), "fence"; when fenced "hold" or "well" (for WELL_SECONDS:
# release).
# kind: the fault's; reason: "" when there is nothing to say. A reason holds no figure that changes every second.
Decision = namedtuple("Decision", "action kind reason", defaults=("", ""))


def decide(seen):
    if seen.fenced:
        reason = _why_still_fenced(seen)
        return Decision("hold", seen.fenced, reason) if reason else Decision("well", seen.fenced)
    # A broker that is not registered serves nobody, and nobody waits for it. Without ZooKeeper its session ends soon,
    # or everybody's.
    if not seen.zookeeper or seen.me not in seen.registered:
        return Decision("run")
    kind, reason = _disk_fault(seen.disk) or _network_fault(seen) or ("", "")
    if not kind:
        return Decision("run")
    against = _what_speaks_against(kind, seen)
    if against:
        return Decision("run", kind, "%s; not fenced: %s" % (reason, against))
    return Decision("lock" if seen.lock is None else "fence", kind, reason)


def _disk_fault(disk):
    if disk.error in DISK_ERRORS and disk.error_seconds >= FAILING_SECONDS:
        return "disk-gone", "writing on the data disk fails: %s" % disk.error
    if disk.write_seconds >= HANG_SECONDS and disk.idle_seconds >= HANG_SECONDS:
        return "disk-hangs", "no write on the data disk has ended for %d s" % HANG_SECONDS
    if disk.write_seconds >= CRAWL_SECONDS:
        return "disk-hangs", "a write of a few bytes on the data disk has not ended for %d s" % CRAWL_SECONDS
    return None


def _network_fault(seen):
    others = seen.registered - {seen.me}
    silent = {peer for peer in others if seen.unanswered.get(peer, 0) >= SILENT_SECONDS}
    if not silent:
        return None
    if not _most(others - silent, others):
        return "network", "ZooKeeper answers, but not %s for %d s" % (_names(silent), SILENT_SECONDS)
    if seen.controller in silent:
        judges = others - {seen.controller}
        if _most({peer for peer in judges if seen.controller in seen.reports.get(peer, ())}, judges):
            return "network", "the controller, %s, answers the others but has not answered this broker for %d s" % (
                _names({seen.controller}), SILENT_SECONDS)
    return None


def _what_speaks_against(kind, seen):
    others = seen.registered - {seen.me}
    # The dead are registered until their sessions end.
    living = {peer for peer in others if seen.unanswered.get(peer) == 0 or peer in seen.reports}
    if len(living) < seen.minimum_running:
        return "only %d others are known to run, and %d are to" % (len(living), seen.minimum_running)
    reaching = {peer for peer in others if _reaches_others(peer, others, seen.reports)}
    if kind == "network" and not _most(reaching, others):
        return "most of the others do not say that they reach one another"
    if seen.lock not in (None, seen.me):
        return "%s may be fenced, one at a time" % _names({seen.lock})
    return ""


def _reaches_others(peer, others, reports):
    """Whether one of the others says that it reaches most of the rest of them."""
    rest = others - {peer}
    return _most(rest & set(reports.get(peer, ())), rest)


def _why_still_fenced(seen):
    if seen.fenced.startswith("disk"):
        if seen.disk.error in DISK_ERRORS:
            return "writing on the data disk fails: %s" % seen.disk.error
        # Full is not a fault of the disk: Kafka says so itself.
        if seen.disk.write_seconds >= 1 or not (seen.disk.ok or seen.disk.error):
            return "no write on the data disk has succeeded"
        return ""
    if not seen.zookeeper:
        return "ZooKeeper does not answer"
    others = seen.registered - {seen.me}
    # Too few are left for a broker to stay away.
    if len(others) < seen.minimum_running:
        return ""
    answering = {peer for peer in others if seen.unanswered.get(peer) == 0}
    if not _most(answering, others) or (seen.controller in others and seen.controller not in answering):
        return "no answer from %s" % _names(others - answering)
    return ""


def _most(some, all_of_them):
    return 2 * len(some) > len(all_of_them)


def _names(brokers):
    return "broker" + ("s " if len(brokers) > 1 else " ") + ", ".join(str(broker) for broker in sorted(brokers))
