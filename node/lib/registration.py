"""A broker's registration in ZooKeeper, and how it is taken away: /brokers/ids/ID, and /controller when it names the
broker.

Both at once, so that the cluster never sees a controller that is no broker. A registration is deleted only as what it
was seen as: never one that a newer start of the broker made."""
import json

from zookeeper import NoNode


class Node:
    """A node that names a broker, as it was read."""

    def __init__(self, path, content, stat):
        self.path = path
        self.czxid = stat.czxid
        self.version = stat.version
        self.session = stat.ephemeral_owner
        fields = json.loads(content.decode())
        self.broker_id = fields.get("brokerid")
        # When it was written, by the clock of the broker's machine; 0 when it does not say.
        self.timestamp_ms = int(fields.get("timestamp") or 0)
        self.endpoints = fields.get("endpoints") or []


def read_node(zookeeper, path):
    """None when there is none, or none that can be understood."""
    try:
        return Node(path, *zookeeper.get(path))
    except (NoNode, ValueError, AttributeError, TypeError):
        return None


def read_registration(zookeeper, broker_id):
    return read_node(zookeeper, "/brokers/ids/%d" % broker_id)


def read_controller(zookeeper):
    return read_node(zookeeper, "/controller")


def nodes_of(zookeeper, broker_id):
    """What of /brokers/ids/ID and /controller there is, and names this broker."""
    return naming(broker_id, read_registration(zookeeper, broker_id), read_controller(zookeeper))


def naming(broker_id, registration, controller):
    """The same of what has been read; None: there is none."""
    if controller is not None and controller.broker_id != broker_id:
        controller = None
    return [node for node in (registration, controller) if node is not None]


def delete(zookeeper, nodes):
    zookeeper.delete_all([(node.path, node.version) for node in nodes])
