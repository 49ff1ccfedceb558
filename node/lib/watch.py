"""What ZooKeeper says of the brokers, and what the self-fence daemons of the brokers tell one another through it.

/kafka-on-ec2/watch/ID   ephemeral: {"reaches": [ids]}, which of the registered brokers broker ID reaches. Its daemon keeps
                         the session alive in the same loop in which it looks, so what is there is fresh.
/kafka-on-ec2/fenced     ephemeral: the id of the one broker that may be fenced."""
import json

from registration import read_controller, read_node
from zookeeper import NodeExists, NoNode, SessionExpired, ZooKeeperError

ROOT = "/kafka-on-ec2"
WATCH = ROOT + "/watch"
LOCK = ROOT + "/fenced"
NOBODY = -1


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

    def refresh(self):
        """Reads the registrations (only when there is a change) and the controller. Bounded by the client's timeouts."""
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

    def publish(self, reaches):
        """Tells the others which brokers this one reaches; writes only what has changed."""
        content = json.dumps({"reaches": reaches}).encode()
        if not self.answers or self._published == (self.zookeeper.session_id, content):
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

    def reports(self):
        """{id: the brokers that it says it reaches}"""
        reports = {}
        try:
            for name in self.zookeeper.children(WATCH)[0] if self.answers else ():
                try:
                    reports[int(name)] = frozenset(json.loads(self.zookeeper.get("%s/%s" % (WATCH, name))[0])["reaches"])
                except (NoNode, ValueError, KeyError, TypeError):
                    continue
        except NoNode:
            pass
        except ZooKeeperError as error:
            self._lost(error)
        return reports

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


def endpoint_of(node):
    """(czxid, host, port) of a registration's first listener."""
    host, _, port = node.endpoints[0].partition("://")[2].rpartition(":")
    return node.czxid, host.strip("[]"), int(port)
