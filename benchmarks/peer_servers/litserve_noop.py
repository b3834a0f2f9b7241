"""The no-op behind LitServe; runs in an environment of its own.

python litserve_noop.py PORT N_API_SERVERS [--mend-queue]
"""

from __future__ import annotations

import sys
from typing import Any

import litserve  # type: ignore[import-not-found]  # installed only where this file runs
from litserve.transport import factory, zmq_transport  # type: ignore[import-not-found]  # likewise


class Noop(litserve.LitAPI):  # type: ignore[misc]  # no types here, see above
    """Hands its input back."""

    def setup(self, device: str) -> None:
        del device

    def decode_request(self, request):  # type: ignore[no-untyped-def]  # it would be taken for the body's schema
        return request["input"]

    def predict(self, x: Any) -> Any:
        return x

    def encode_response(self, output: Any) -> dict[str, Any]:
        return {"output": output}


def mend_queue(server: Any) -> None:
    """Make ``fast_queue=True`` do what it says.

    0.2.19 ignores it: it is passed on under a name that nobody reads, and the transport behind it gets its two
    addresses in the wrong order (Lightning-AI/LitServe #751; #752 mends it and is not released).
    """
    server.transport_config.transport_type = "zmq"
    factory.ZMQTransport = lambda frontend, backend: zmq_transport.ZMQTransport(
        backend_address=backend, frontend_address=frontend
    )


def main() -> None:
    port, n_api_servers = int(sys.argv[1]), int(sys.argv[2])
    server = litserve.LitServer(
        Noop(), accelerator="cpu", devices=1, workers_per_device=1, fast_queue=True, timeout=False
    )
    if "--mend-queue" in sys.argv:
        mend_queue(server)
    server.run(
        host="127.0.0.1",
        port=port,
        num_api_servers=n_api_servers,
        generate_client_file=False,
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
