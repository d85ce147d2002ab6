"""A real S3 server on loopback (moto's), in a process of its own, that can go away and come back."""

import os
import subprocess
import sys
from pathlib import Path


class Server:
    """The server; what it holds lasts as long as its process."""

    def __init__(self) -> None:
        """Start it, on a port that is free."""
        root = Path(__file__).parent.parent
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": str(root)},
            cwd=root,
        )
        self.address = f"http://127.0.0.1:{self._ask('start 0')}"

    @property
    def environment(self) -> dict[str, str]:
        """What tells a client of it."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_REGION": "us-east-1",
        }

    def create(self, bucket: str) -> None:
        """Make a bucket."""
        import boto3  # noqa: PLC0415 - slow to import, and only buckets need it

        keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": "us-east-1"}
        boto3.client("s3", endpoint_url=self.address, **keys).create_bucket(Bucket=bucket)

    def go_away(self) -> None:
        """Stop listening, as when the network is cut."""
        self._ask("stop")

    def come_back(self) -> None:
        """Listen again where it did, with all that it held."""
        self._ask(f"start {self.address.rsplit(':', 1)[1]}")

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, what: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


def serve() -> None:
    """Start and stop as standard input says."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - only in the server's process

    running = None
    for line in sys.stdin:
        command, *port = line.split()
        if command == "start":
            running = ThreadedMotoServer("127.0.0.1", int(port[0]), verbose=False)
            running.start()
        else:
            running.stop()
            running._server.server_close()
        sys.stdout.write(f"{running.get_host_and_port()[1]}\n")
        sys.stdout.flush()
