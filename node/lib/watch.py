"""What ZooKeeper says of the brokers, and what the self-fence daemons of the brokers tell one another through it.

/kafka-on-ec2/watch/ID   ephemeral: {"reaches": [ids]}, which of the registered brokers broker ID reaches. Written when
                         that changes, and at each look while it misses one: the report of a broker that has just died
                         is still there for as long as its session, and must not count.
/kafka-on-ec2/claims/ID  ephemeral: broker ID is to be fenced, or is; or another broker is about to expel it. Of two,
                         the one that was made first counts first: who has made its own and then reads them all has
                         seen every one that was made before."""
import json
import socket
import time

from registration import naming, read_controller, read_node
from zookeeper import NodeExists, NoNode, SessionExpired, ZooKeeperError

ROOT = "/kafka-on-ec2"
WATCH = ROOT + "/watch"
CLAIMS = ROOT + "/claims"
# The brokers' own listener, where they have one.
INTERNAL = "INTERNAL://"
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
        # Whether there may be a claim of this broker: the answer to a request may be lost.
        self.may_have_claimed = False
        # The others that this broker may have claimed are to be expelled.
        self._claimed_for = set()
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

    def lacks_me(self):
        """Whether it is certain that this broker is not registered."""
        return self.answers and self._registered_at is not None and self.me not in self.registered

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
            # An ensemble that has lost its data, or is being made.
            self.registered, self._registered_at = {}, None
            return
        if stat.pzxid != self._registered_at:
            found = {int(name): read_node(self.zookeeper, "/brokers/ids/" + name) for name in names}
            self.registered = {broker_id: node for broker_id, node in found.items() if node is not None}
            self._registered_at = stat.pzxid

    def listeners(self):
        """(id, (czxid, host, port)) of each broker's own listener, or its first. Not where that is a name: to look it
        up may take as long as it likes."""
        for broker_id, node in self.registered.items():
            internal = [endpoint for endpoint in node.endpoints if endpoint.startswith(INTERNAL)]
            host, _, port = "".join((internal or node.endpoints)[:1]).partition("://")[2].rpartition(":")
            if port.isdigit() and _is_address(host):
                yield broker_id, (node.czxid, host, int(port))

    def nodes_of(self, broker_id):
        """What was last read of /brokers/ids/ID and /controller, and names this broker."""
        return naming(broker_id, self.registered.get(broker_id), self.controller)

    def publish(self, reaches, again):
        """Tells the others which brokers this one reaches: what has changed, or again what has not."""
        content = json.dumps({"reaches": reaches}).encode()
        if not self.answers or (not again and self._published == (self.zookeeper.session_id, content)):
            return
        try:
            if self._published and self._published[0] == self.zookeeper.session_id:
                self.zookeeper.set("%s/%d" % (WATCH, self.me), content)
            else:
                self._create_own(WATCH, content)
            self._published = (self.zookeeper.session_id, content)
        except ZooKeeperError as error:
            self._published = None
            self._lost(error)

    def _create_own(self, folder, content):
        """In place of one that a session of an earlier run of this program has left."""
        self._create_folder(folder)
        path = "%s/%d" % (folder, self.me)
        try:
            self.zookeeper.delete(path)
        except NoNode:
            pass
        self.zookeeper.create(path, content, ephemeral=True)

    def _create_folder(self, folder):
        for path in (ROOT, folder):
            try:
                self.zookeeper.create(path)
            except NodeExists:
                pass

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

    def claims(self):
        """The brokers that claim to go, in the order in which they did. What an earlier run of this program has left is
        none, as it ends at any moment."""
        claims = []
        try:
            for name in self.zookeeper.children(CLAIMS)[0] if self.answers else ():
                try:
                    stat = self.zookeeper.get("%s/%s" % (CLAIMS, name))[1]
                    if int(name) != self.me or stat.ephemeral_owner == self.zookeeper.session_id:
                        claims.append((stat.czxid, int(name)))
                except (NoNode, ValueError):
                    continue
        except NoNode:
            pass
        except ZooKeeperError as error:
            self._lost(error)
        claims = tuple(broker_id for _, broker_id in sorted(claims))
        if self.answers and self.me not in claims:
            self.may_have_claimed = False
        return claims

    def claim(self):
        """Whether it is there now."""
        self.may_have_claimed = True
        try:
            self._create_own(CLAIMS, b"")
            return True
        except ZooKeeperError as error:
            self._lost(error)
            return False

    def give_up_claim(self):
        if self._delete_claim(self.me):
            self.may_have_claimed = False

    def claim_for(self, brokers):
        """Claims that these are to be expelled. Whether it is said of all of them now, be it by others."""
        try:
            self._create_folder(CLAIMS)
            for broker_id in brokers:
                before = frozenset(self._claimed_for)
                # Before it is there, as the answer may be lost.
                self._claimed_for.add(broker_id)
                try:
                    self.zookeeper.create("%s/%d" % (CLAIMS, broker_id), ephemeral=True)
                except NodeExists:
                    # Of an answer that was lost, or somebody else's, who takes it away.
                    self._claimed_for &= before
            return True
        except ZooKeeperError as error:
            self._lost(error)
            return False

    def give_up_claims_for_others(self):
        self._claimed_for = {broker_id for broker_id in self._claimed_for if not self._delete_claim(broker_id)}

    def _delete_claim(self, broker_id):
        """Whether it is certain that there is none any more."""
        try:
            self.zookeeper.delete("%s/%d" % (CLAIMS, broker_id))
            return True
        except NoNode:
            return True
        except ZooKeeperError as error:
            self._lost(error)
            return False

    def _lost(self, error):
        self.answers, self.why_not = False, str(error)


def _is_address(host):
    try:
        socket.inet_aton(host)
        return host.count(".") == 3
    except OSError:
        return False
