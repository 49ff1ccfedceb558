"""Starts the AWS emulator of the lab: moto in one process on one port, with what EC2 does and moto does not (shim/).

    python lab/emulator/server.py --host 127.0.0.1 --port 4500

State is in memory only. SIGTERM ends it at once.
"""

import argparse
import functools
import gzip
import json
import os
import signal
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="the AWS API emulator of the lab")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4500, help="0 takes a free one; it is printed")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION", "us-east-1"))
    parser.add_argument(
        "--images", default=str(HERE / "images.json"), help="the lab's own images (JSON, see images.json)"
    )
    parser.add_argument(
        "--replace-delay", type=float, default=3.0, help="seconds until a group replaces a lost instance"
    )
    parser.add_argument(
        "--account", default="", help='what the account is like: "NAME=VALUE NAME=VALUE", see shim/account.py'
    )
    parser.add_argument(
        "--auto-lifecycle",
        action="store_true",
        help="without a lab daemon: instances and volumes reach their next state at once",
    )
    parser.add_argument("--log-requests", action="store_true")
    return parser.parse_args()


def refuse(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(2)


def check_moto() -> None:
    from shim import MOTO_VERSION

    try:
        found = metadata.version("moto")
    except metadata.PackageNotFoundError:
        refuse(
            f"moto is not installed for {sys.executable}; the Python environment of the lab's set-up "
            "has it (lab/setup/moto.ts)"
        )
    if found != MOTO_VERSION:
        # shim/ overrides parts of moto that are not its public interface
        refuse(f"this emulator is written for moto {MOTO_VERSION} and found {found}; see lab/setup/moto.ts")


def load_models_once() -> None:
    """Three parts of moto and boto3 each read EC2's API model (4 MB of JSON) for themselves: once is enough."""
    from botocore.loaders import JSONFileLoader

    @functools.cache
    def load(path: str) -> object:
        for name, opener in ((f"{path}.json.gz", gzip.open), (f"{path}.json", open)):
            if os.path.isfile(name):
                with opener(name, "rb") as file:
                    return json.loads(file.read())
        return None

    JSONFileLoader.load_file = lambda _, path: load(path)


def main() -> None:
    options = arguments()
    sys.dont_write_bytecode = True  # no __pycache__ in the clone
    check_moto()
    load_models_once()
    # moto asks botocore for regions: it must not look for the machine's own AWS configuration or metadata service
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull
    )
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))

    from shim.world import world

    world.region = options.region
    world.auto_lifecycle = options.auto_lifecycle
    world.replace_delay = options.replace_delay
    world.images_file = options.images

    from shim.account import account

    try:
        account.change_by(options.account)
    except ValueError as error:
        refuse(str(error))

    from shim import cloud, objects, public_parameters

    cloud.install()
    objects.install()
    public_parameters.install()

    from shim.alerts import start_alarms
    from shim.autoscaling_api import start_scaler
    from shim.front import application
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"
        # an answer goes out in two writes: without this the second one waits 40 ms for the client's acknowledgement
        disable_nagle_algorithm = True

        def log_request(self, *args: object, **kwargs: object) -> None:
            if options.log_requests:
                super().log_request(*args, **kwargs)

    cloud.ec2()
    start_scaler()
    start_alarms()
    try:
        server = make_server(options.host, options.port, application, threaded=True, request_handler=Handler)
    except SystemExit:
        refuse(f"port {options.port} on {options.host} can't be used")
    print(
        f"emulator ready on {options.host}:{server.server_port} (moto {metadata.version('moto')}, "
        f"region {options.region})",
        flush=True,
    )
    server.serve_forever()


if __name__ == "__main__":
    main()
