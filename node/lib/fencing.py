"""Decides whether this broker is to fence itself, and whom it expels: an observation goes in, a decision with its
reason comes out. No I/O, no clock.

A broker that fences itself kills its Kafka and takes it out of the cluster. It does so for two faults that no timeout
of Kafka or ZooKeeper bounds, as the broker's session stays alive in both: a disk of its machine hangs, or it reaches
ZooKeeper but not its peers; and when Kafka's JVM stands still, whose session ends late. A false alarm is worse than a
late one, so whatever is unknown speaks against it.

More than one may go, as a zone's disks may hang together, but never so many that fewer than the settings' least are
left. Each claims in ZooKeeper that it goes, and looks again: those that claimed before it count as gone. So of those
that decide in the same moment, the last ones see that they have to stay.

A machine that is lost says nothing, and its session lives on for 6 s. So the others expel a broker that is silent to
all of them: they delete its registration. That ends no process. Should it live, it has no followers any more, so that
it acknowledges nothing that could be lost, and its own host restarts it as one that is not registered."""
from collections import namedtuple

# From one observation, decision and action to the next.
EVERY_SECONDS = 1
# From one to the next while a peer has just fallen silent, or Kafka's JVM, or a disk is slow.
HURRIED_SECONDS = 0.25
# A disk on which one small write has taken so long is slow.
SLOW_SECONDS = 1
# A peer that has not answered for so long counts as silent for a broker that asks whether it is to go itself. Longer
# than ZooKeeper takes to elect, and about as long as a session lives, so that a broker that is dead is no longer
# registered when its silence counts.
SILENT_SECONDS = 6
# A broker that went while it was silent, and falls silent again within this time, is left to its session: a link that
# comes and goes costs one expulsion in so long.
EXPELLED_SECONDS = 60
# Silence counts only while ZooKeeper answers. After an absence of its that was longer, no silence counts as longer than
# this: where all were away, there is time for several answers more.
ABSENCE_SECONDS = 3
# One small write has not ended, and neither has any other on that device: four times as long as the slowest one of the
# last ten minutes, within these bounds. The upper one while little is known of the disk.
LEAST_HANG_SECONDS, MOST_HANG_SECONDS, SLOWEST_TIMES = 3, 8, 4
# One small write has not ended, though others do: a disk that is busy beyond use.
CRAWL_SECONDS = 30
# Kafka's JVM has not counted on: six times the longest collection that was seen on heaps of 512 MiB.
STILL_SECONDS = 2
# Every write fails: more than one that met a moment's trouble.
FAILING_SECONDS = 2
# Kafka runs and is not registered, though ZooKeeper answers: it does not register again by itself, and who still asks
# it is told what was true once. Longer than Kafka takes to begin a new session when its own has expired.
UNREGISTERED_SECONDS = 10
# The fault must have been over for so long before the broker comes back; twice as long with each fence that follows
# within QUIET_SECONDS of the one before, so that a link that comes and goes does not take the broker in and out.
WELL_SECONDS = 5
MOST_WELL_SECONDS = 300
QUIET_SECONDS = 600

# Failed writes that tell of a lost device or a filesystem that has given up. ENOSPC is none: Kafka halts by itself
# then.
DISK_ERRORS = frozenset(["EIO", "EROFS", "ENXIO", "ENODEV", "EUCLEAN", "EREMOTEIO", "ETIMEDOUT"])

# write_seconds: how long the running write has taken, 0 when none runs. idle_seconds: how long the device has completed
# no write. error: the last write's, since error_seconds; "" when it succeeded. ok: there was one and it succeeded.
# hang_seconds: how long a write takes on it that hangs, by hang_seconds().
Disk = namedtuple("Disk", "write_seconds idle_seconds error error_seconds ok hang_seconds",
                  defaults=(0, 0, "", 0, True, MOST_HANG_SECONDS))

# me: this broker's id. zookeeper: whether it answers; it tells registered, controller (None: there is none), claims.
# unanswered: for each other broker that was asked, the seconds for which it has not answered; 0: the last try
# succeeded.
# reports: for each other broker that certainly lives and watches, those that it reaches.
# claims: the brokers that go or have gone, in the order in which they said so.
# went_silent: the brokers that were silent when they were last registered, within EXPELLED_SECONDS.
# disk, root_disk: the data volume, and the disk that the machine itself runs from.
# still_seconds: how long Kafka's JVM has stood still, 0 when it gets on or none runs.
# unregistered_seconds: how long Kafka has listened here without being registered, ZooKeeper answering all the time.
# fenced: "", or the kind of the fault for which this broker is fenced now.
Observations = namedtuple("Observations", "me minimum_running zookeeper registered controller unanswered reports claims"
                          " went_silent disk root_disk still_seconds unregistered_seconds fenced")

# action: "run"; "claim" (and observe again), "fence"; "restart" (kill Kafka, which systemd starts again); when fenced
# "hold", "well" (for well_seconds(): release) or "needed" (for WELL_SECONDS: release).
# kind: the fault's; reason: "" when there is nothing to say. A reason holds no figure that changes every second.
Decision = namedtuple("Decision", "action kind reason", defaults=("", ""))


def decide(seen):
    if seen.fenced:
        return _while_fenced(seen)
    # Without ZooKeeper its session ends soon, or everybody's.
    if not seen.zookeeper:
        return Decision("run")
    # A broker that is not registered leads nothing, and nobody waits for it.
    if seen.me not in seen.registered:
        return _while_unregistered(seen)
    kind, reason = (_disk_fault("disk", "data disk", seen.disk) or _disk_fault("root-disk", "root disk", seen.root_disk)
                    or _network_fault(seen) or _jvm_fault(seen) or ("", ""))
    if not kind:
        return Decision("run")
    against = _what_speaks_against(kind, seen)
    if against:
        return Decision("run", kind, "%s; not fenced: %s" % (reason, against))
    return Decision("fence" if seen.me in seen.claims else "claim", kind, reason)


def silent_to_all(seen):
    """The brokers to expel: those that answer nobody, while the others are enough and all reach one another. Whatever
    is unknown speaks against it, as their sessions end in any case."""
    silent = frozenset(peer for peer in seen.registered if seen.unanswered.get(peer, 0) > 0)
    left = seen.registered - silent
    staying = left - frozenset(seen.claims)
    if (not seen.zookeeper or seen.fenced or not silent or silent & seen.went_silent or seen.me not in staying
            or len(staying) < seen.minimum_running or not _most(staying, seen.registered)):
        return frozenset()
    # Each says so itself. One whose report is lacking may be about to be silent too.
    agreed = all(_says(one, other, seen) is (other in left) for one in left for other in seen.registered - {one})
    return silent if agreed else frozenset()


def hurries(seen):
    """Whether something begins that may have to be acted upon: the next look comes soon."""
    return (seen.still_seconds > HURRIED_SECONDS
            or any(SLOW_SECONDS < disk.write_seconds < MOST_HANG_SECONDS for disk in (seen.disk, seen.root_disk))
            or any(0 < seconds < SILENT_SECONDS for seconds in seen.unanswered.values()))


def well_seconds(fences_before):
    """How long the fault must have been over, after so many fences shortly before this one."""
    return min(MOST_WELL_SECONDS, WELL_SECONDS * 2 ** fences_before)


def _while_unregistered(seen):
    # While it starts, and when it has been stopped.
    if not seen.unregistered_seconds:
        return Decision("run")
    silent = {peer for peer in seen.registered if seen.unanswered.get(peer, 0) > 0}
    if silent == seen.registered and len(silent) >= seen.minimum_running:
        # They have expelled it, and would do so again after a restart. Whom it still tells what it knows is misled.
        return Decision("fence" if seen.me in seen.claims else "claim", "network",
                        "Kafka runs and is not registered, and there is no answer from %s" % _names(seen.registered))
    if seen.unregistered_seconds < UNREGISTERED_SECONDS:
        return Decision("run")
    return Decision("restart", "unregistered",
                    "Kafka runs and is not registered, for %d s" % UNREGISTERED_SECONDS)


def hang_seconds(slowest_write):
    """After how long a write hangs; the slowest one of late, None while there were too few."""
    if slowest_write is None:
        return MOST_HANG_SECONDS
    return min(MOST_HANG_SECONDS, max(LEAST_HANG_SECONDS, SLOWEST_TIMES * slowest_write))


def _disk_fault(kind, name, disk):
    if disk.error in DISK_ERRORS and disk.error_seconds >= FAILING_SECONDS:
        return kind + "-gone", "writing on the %s fails: %s" % (name, disk.error)
    if disk.write_seconds >= disk.hang_seconds and disk.idle_seconds >= disk.hang_seconds:
        return kind + "-hangs", "no write on the %s has ended for %.1f s" % (name, disk.hang_seconds)
    if disk.write_seconds >= CRAWL_SECONDS:
        return kind + "-hangs", "a write of a few bytes on the %s has not ended for %d s" % (name, CRAWL_SECONDS)
    return None


def _jvm_fault(seen):
    if seen.still_seconds < STILL_SECONDS:
        return None
    return "stands-still", "Kafka's JVM has stood still for %d s" % STILL_SECONDS


def _network_fault(seen):
    others = seen.registered - {seen.me}
    silent = {peer for peer in others if seen.unanswered.get(peer, 0) >= SILENT_SECONDS}
    # Most are silent: worth a line, be it that this broker stays.
    if not silent or (_most(others - silent, others) and not _has_to_go(seen)):
        return None
    if silent == {seen.controller}:
        return "network", "the controller, %s, answers the others but has not answered this broker for %d s" % (
            _names(silent), SILENT_SECONDS)
    return "network", "ZooKeeper answers, but not %s for %d s" % (_names(silent), SILENT_SECONDS)


def _has_to_go(seen):
    """Whether those that stay do not answer this broker. One broken path between two brokers is no reason, but for the
    controller's: Kafka leaves the copy behind, after replica.lag.time.max.ms."""
    staying = _staying(seen)
    missed = {peer for peer in staying if seen.unanswered.get(peer, 0) >= SILENT_SECONDS}
    return seen.me not in staying and (len(missed) > 1 or seen.controller in missed)


def _staying(seen):
    """The brokers that are to stay in a network in which not all reach one another: those that are left when, again and
    again, the one goes that misses most of the rest. All come to the same result, each for itself, as all read the same
    reports; and as claims are seen by all in the same order, those that claimed first go first where they don't."""
    staying = set(seen.registered - _before(seen))
    while True:
        misses = {one: [other for other in staying if other != one and not _reach_each_other(one, other, seen)]
                  for one in staying}
        worst = max(staying, default=None, key=lambda one: (
            # Of two that miss as many, the one that misses the controller; that says so itself; then the higher id.
            len(misses[one]), one != seen.controller, seen.controller in misses[one],
            sum(_says(one, other, seen) is False for other in misses[one]), one))
        if worst is None or not misses[worst]:
            return frozenset(staying)
        staying.remove(worst)


def _reach_each_other(one, other, seen):
    """One that is not known to live and watch is believed what the other one says of it."""
    said = {_says(one, other, seen), _says(other, one, seen)}
    return True in said and False not in said


def _says(one, other, seen):
    """Whether it says that it reaches the other; None: it is not known."""
    if one == seen.me:
        return seen.unanswered[other] == 0 if other in seen.unanswered else None
    return other in seen.reports[one] if one in seen.reports else None


def _what_speaks_against(kind, seen):
    if kind == "network":
        left, what = _staying(seen) - {seen.me}, "known to reach one another"
    else:
        others = seen.registered - {seen.me}
        # The dead are registered until their sessions end.
        living = {peer for peer in others if seen.unanswered.get(peer) == 0 or peer in seen.reports}
        left, what = living - _before(seen), "known to run"
    if len(left) < seen.minimum_running:
        gone = _before(seen)
        return "only %d others are %s%s, and %d are to" % (
            len(left), what, " beside %s that may be fenced" % _names(gone) if gone else "", seen.minimum_running)
    if kind == "network" and not _has_to_go(seen):
        return "the others reach one another less than this broker reaches them"
    return ""


def _before(seen):
    """Those that have claimed to go, before this broker has."""
    claims = list(seen.claims)
    return frozenset(claims[:claims.index(seen.me)] if seen.me in claims else claims)


def _while_fenced(seen):
    others = seen.registered - {seen.me}
    reason = _why_still_fenced(seen, others)
    if not reason:
        return Decision("well", seen.fenced)
    if seen.fenced == "network" and seen.zookeeper and len(others) < seen.minimum_running:
        return Decision("needed", seen.fenced, "only %d others are registered, and %d are to run" % (
            len(others), seen.minimum_running))
    return Decision("hold", seen.fenced, reason)


def _why_still_fenced(seen, others):
    for kind, name, disk in (("disk", "data disk", seen.disk), ("root-disk", "root disk", seen.root_disk)):
        its_own = seen.fenced.startswith(kind + "-")
        # A JVM may stand still as it waits for either.
        if its_own or seen.fenced == "stands-still":
            if disk.error in DISK_ERRORS:
                return "writing on the %s fails: %s" % (name, disk.error)
            # Full is not a fault of the disk: Kafka says so itself.
            if disk.write_seconds >= SLOW_SECONDS or (its_own and not (disk.ok or disk.error)):
                return "no write on the %s has succeeded" % name
    if seen.fenced != "network":
        return ""
    if not seen.zookeeper:
        return "ZooKeeper does not answer"
    answering = {peer for peer in others if seen.unanswered.get(peer) == 0}
    # One that others reach, and this broker does not: it would be fenced again.
    missed = {peer for peer in others - answering if any(peer in seen.reports.get(other, ()) for other in others)}
    if missed or not _most(answering, others) or (seen.controller in others and seen.controller not in answering):
        return "no answer from %s" % _names(missed or others - answering)
    return ""


def _most(some, all_of_them):
    return 2 * len(some) > len(all_of_them)


def _names(brokers):
    return "broker" + ("s " if len(brokers) > 1 else " ") + ", ".join(str(broker) for broker in sorted(brokers))
