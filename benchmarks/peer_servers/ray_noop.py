"""The no-op behind Ray Serve, a cluster of one node; runs in an environment of its own.

python ray_noop.py PORT FOLDER
"""

from __future__ import annotations

import signal
import sys
from typing import Any

import ray  # type: ignore[import-not-found]  # installed only where this file runs
from ray import serve

QUIET = {"enable_access_log": False, "log_level": "WARNING"}


class Noop:
    """Hands its input back."""

    async def __call__(self, request: Any) -> dict[str, Any]:
        body = await request.json()
        return {"output": body["input"]}


def main() -> None:
    port, folder = int(sys.argv[1]), sys.argv[2]
    ray.init(
        address="local",
        num_cpus=2,
        object_store_memory=100 * 2**20,
        include_dashboard=False,
        log_to_driver=False,
        _node_ip_address="127.0.0.1",
        _temp_dir=folder,
    )
    serve.start(http_options={"host": "127.0.0.1", "port": port}, logging_config=QUIET)
    deploy = serve.deployment(
        num_replicas=1, max_ongoing_requests=1000, ray_actor_options={"num_cpus": 1}, logging_config=QUIET
    )
    serve.run(deploy(Noop).bind(), name="noop", route_prefix="/predict")
    signal.pause()


if __name__ == "__main__":
    main()
