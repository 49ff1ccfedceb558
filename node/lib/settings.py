"""The node's settings: /etc/kafka-node/node.env, or the environment that systemd has made of it."""
import os


def read_settings(path="/etc/kafka-node/node.env"):
    settings = {}
    try:
        with open(path) as file:
            for line in file:
                name, equals, value = line.strip().partition("=")
                if equals and not name.startswith("#"):
                    settings[name] = value.strip('"')
    except OSError:
        pass
    settings.update(os.environ)
    return settings
