"""What ZooKeeper says of the brokers, and what the self-fence daemons of the brokers tell one another through it.

/kafka-on-ec2/watch/ID   ephemeral: {"reaches": [ids]}, which of the registered brokers broker ID reaches. Written when
                         that changes, and each second while it misses one: the report of a broker that has just died
                         is still there for as long as its session, and must not count.
/kafka-on-ec2/fenced     ephemeral: the id of the one broker that may be fenced."""
import json
import time

from registration import read_controller, read_node
from zookeeper import NodeExists, NoNode, SessionExpired, ZooKeeperError

ROOT = "/kafka-on-ec2"
WATCH = ROOT + "/watch"
LOCK = ROOT + "/fenced"
NOBODY = -1
# A report counts when it has been written again within this time, or when its broker answers.
FRESH_SECONDS = 3


class Watch:
    def __init__(self, zookeeper, me):
        self.zookeeper = zookeeper
        self.me = me
        self.answers = False
        self.why_not = ""
        # {id: Node}, as last read; kept while ZooKeeper does not answer.
        self.registered = {}
        self.controller = None
        self._registered_at = None
        self._published = None
        # {id: (which writing of its report was seen last, when it was first seen)}
        self._writings = {}
        self._reports_read = 0

    def refresh(self):
        """Reads the registrations (only after a change) and the controller. Bounded by the client's timeouts."""
        try:
            self._connect()
            self._read_registered()
            self.controller = read_controller(self.zookeeper)
            self.answers, self.why_not = True, ""
        except ZooKeeperError as error:
            self._lost(error)

    def _connect(self):
        if not self.zookeeper.connected:
            try:
                self.zookeeper.connect(1.5)
            except SessionExpired:
                self._published = None
                self.zookeeper.connect(1.5)

    def _read_registered(self):
        try:
            names, stat = self.zookeeper.children("/brokers/ids")
        except NoNode:
            self.registered, self._registered_at = {}, None
            return
        if stat.pzxid != self._registered_at:
            found = {int(name): read_node(self.zookeeper, "/brokers/ids/" + name) for name in names}
            self.registered = {broker_id: node for broker_id, node in found.items() if node is not None}
            self._registered_at = stat.pzxid

    def listeners(self):
        """(id, (czxid, host, port)) of each broker's first listener."""
        for broker_id, node in self.registered.items():
            host, _, port = "".join(node.endpoints[:1]).partition("://")[2].rpartition(":")
            if port.isdigit():
                yield broker_id, (node.czxid, host.strip("[]"), int(port))

    def publish(self, reaches, again):
        """Tells the others which brokers this one reaches: what has changed, or again what has not."""
        content = json.dumps({"reaches": reaches}).encode()
        if not self.answers or (not again and self._published == (self.zookeeper.session_id, content)):
            return
        path = "%s/%d" % (WATCH, self.me)
        try:
            if self._published and self._published[0] == self.zookeeper.session_id:
                self.zookeeper.set(path, content)
            else:
                self._create_own(path, content)
            self._published = (self.zookeeper.session_id, content)
        except ZooKeeperError as error:
            self._published = None
            self._lost(error)

    def _create_own(self, path, content):
        """In place of one that a session of an earlier run of this program has left."""
        for parent in (ROOT, WATCH):
            try:
                self.zookeeper.create(parent)
            except NodeExists:
                pass
        try:
            self.zookeeper.delete(path)
        except NoNode:
            pass
        self.zookeeper.create(path, content, ephemeral=True)

    def reports(self, answering):
        """{id: the brokers that it says it reaches}, of those of whom it is certain that they live. To be called each
        second while it matters."""
        reports, now = {}, time.monotonic()
        if now - self._reports_read > FRESH_SECONDS:
            self._writings = {}
        self._reports_read = now
        try:
            for name in self.zookeeper.children(WATCH)[0] if self.answers else ():
                try:
                    content, stat = self.zookeeper.get("%s/%s" % (WATCH, name))
                    if self._is_fresh(int(name), stat.mzxid, now) or int(name) in answering:
                        reports[int(name)] = frozenset(json.loads(content)["reaches"])
                except (NoNode, ValueError, KeyError, TypeError):
                    continue
        except NoNode:
            pass
        except ZooKeeperError as error:
            self._lost(error)
        return reports

    def _is_fresh(self, broker_id, writing, now):
        """The first that is seen may be of any age; one that follows it is new."""
        last, since = self._writings.get(broker_id, (writing, None))
        if writing != last:
            since = now
        self._writings[broker_id] = (writing, since)
        return since is not None and now - since <= FRESH_SECONDS

    def lock(self):
        """The id of the broker that may be fenced; None when that is free; NOBODY for what an earlier run has left."""
        try:
            content, stat = self.zookeeper.get(LOCK)
            holder = int(content)
            return NOBODY if holder == self.me and stat.ephemeral_owner != self.zookeeper.session_id else holder
        except NoNode:
            return None
        except ValueError:
            return NOBODY
        except ZooKeeperError as error:
            self._lost(error)
            return NOBODY

    def take_lock(self):
        """Whether this broker has it now."""
        try:
            self.zookeeper.create(LOCK, b"%d" % self.me, ephemeral=True)
            return True
        except NodeExists:
            return False
        except ZooKeeperError as error:
            self._lost(error)
            return False

    def free_lock(self):
        try:
            if self.lock() == self.me:
                self.zookeeper.delete(LOCK)
        except ZooKeeperError as error:
            self._lost(error)

    def _lost(self, error):
        self.answers, self.why_not = False, str(error)
