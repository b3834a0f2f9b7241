"""What a call of a model that does nothing costs behind catwalk, LitServe and Ray Serve, in the same run.

    python -m benchmarks.peers [--only catwalk,litserve,ray] [--rounds 3] [--seconds 4] [--wrk] [--json]

**The no-op** is a POST with a tiny JSON body that goes from an HTTP server to the process that holds the model and
comes back. The peers hand ``{"input": "Hi."}`` back as ``{"output": "Hi."}``. catwalk speaks ``Hi.`` with its built-in
fake model by ``/v1/audio/speech`` as ``pcm``, which is more work than the peers have: a tone of 0.2 s is computed,
crosses as 19.2 kB of float32 and is answered as 9.6 kB of audio.

| name | what it is |
|---|---|
| catwalk | as ``catwalk serve`` runs it: one server process, one worker process |
| litserve | one worker, one API server (its default: as many as workers), ``fast_queue=True`` as its docs advise |
| litserve-2 | the same with two API servers, one a core: slower alone, faster under load |
| litserve-zmq | litserve-2 with the fast queue mended, which the release ignores: see ``litserve_noop.py`` |
| ray | one replica, ``max_ongoing_requests=1000``, access log off, ``RAY_SERVE_THROUGHPUT_OPTIMIZED=1`` |
| ray-haproxy | the same with ``RAY_SERVE_ENABLE_HA_PROXY=1``: HAProxy before a replica that speaks HTTP itself |
| bare | FastAPI on uvicorn, one process that answers by itself: no crossing; the limit for a server in Python |

**The load** is the same for all, from this process, on the same cores: one connection, then 64, each for about
``--seconds``. ``generator`` is the share of a core that it took: far below 1, it holds nobody back. ``cpu ms`` is what
all processes of a server spent on a call at 64, which says more than the rate does while the machine has other work.

**Rounds** are interleaved, and every server is started anew in each. ``times better`` is catwalk's rate over the
peer's, or the peer's latency over catwalk's, in the same round: above 1, catwalk is better; the median of the rounds,
and the least. What cannot be installed is named with its reason under ``left_out``, what broke down in a round under
``broke_down``.

Peers are installed once, in environments of their own, below ``CATWALK_BENCH_HOME`` or the platform's cache folder.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import secrets
import signal
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import uvloop

from benchmarks.measurement import describe_machine, own_home, print_table, quantile, running_server, write_result
from benchmarks.peer_servers import wrk
from benchmarks.peer_servers.environments import NotInstalledError, prepare, versions
from benchmarks.peer_servers.processes import PeerFailedError, adopt_orphans, end_all, running, spent_cpu_s
from benchmarks.wire import load, make_request

OURS = "catwalk"
LITSERVE, RAY = ("litserve==0.2.19",), ("ray[serve]==2.60.0",)
CONNECTIONS = 64
WARM_UP, LEAST_CALLS = 256, 640
CALLS_TIMEOUT_S = 120.0
HIGHER_IS_BETTER = {"calls/s": True, "p50 ms": False, "p99 ms": False, "p99 ms at 64": False}
"""Measures that are compared; without another word, latencies are those of one connection and rates those of 64."""

SERVERS = Path(__file__).parent / "peer_servers"
_RAY_ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token", "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1"}
_HAPROXY_ENVIRONMENT = {
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    "RAY_SERVE_HAPROXY_NBTHREAD": "2",
    "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
    "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": "{folder}/haproxy.cfg",
    "RAY_SERVE_HAPROXY_SOCKET_PATH": "{folder}/admin.sock",
    "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": "{folder}",
    "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": "{folder}/server-state",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """One row of the table."""

    name: str
    script: str = ""
    """A file of ``peer_servers``; empty for catwalk itself."""

    arguments: tuple[str, ...] = ("{port}",)
    packages: tuple[str, ...] = ()
    """What its environment holds; none for this one."""

    home: str = ""
    """Name of that environment."""

    environment: Mapping[str, str] = field(default_factory=dict)
    path: str = "/predict"
    body: Mapping[str, Any] = field(default_factory=lambda: {"input": "Hi."})
    settle_s: float = 1.0


PEERS = (
    Peer(OURS, path="/v1/audio/speech", body={"model": "fake", "input": "Hi.", "response_format": "pcm"}),
    Peer("litserve", "litserve_noop.py", ("{port}", "1"), LITSERVE, "litserve"),
    Peer("litserve-2", "litserve_noop.py", ("{port}", "2"), LITSERVE, "litserve"),
    Peer(
        "litserve-zmq",
        "litserve_noop.py",
        ("{port}", "2", "--mend-queue"),
        LITSERVE,
        "litserve",
        settle_s=3.0,  # an answer published before a server has subscribed is lost
    ),
    Peer("ray", "ray_noop.py", ("{port}", "{folder}"), RAY, "ray", _RAY_ENVIRONMENT),
    Peer(
        "ray-haproxy",
        "ray_noop.py",
        ("{port}", "{folder}"),
        RAY,
        "ray",
        _RAY_ENVIRONMENT | _HAPROXY_ENVIRONMENT,
        settle_s=6.0,  # HAProxy is reloaded some seconds after its first answer, and closes its connections then
    ),
    Peer("bare", "fastapi_noop.py"),
)


# --- measuring


@contextlib.contextmanager
def start(peer: Peer, python: Path) -> Iterator[str]:
    """Run a peer; yields its address."""
    if peer.name == OURS:
        with own_home() as home, running_server(home, preload=("fake",)) as url:
            yield url
        return
    environment = dict(peer.environment)
    if peer.packages == RAY:
        environment["RAY_AUTH_TOKEN"] = secrets.token_hex(32)  # or Ray would leave one in the person's home
    command = [str(python), "-P", str(SERVERS / peer.script), *peer.arguments]
    with running(command, path=peer.path, body=peer.body, environment=environment, settle_s=peer.settle_s) as url:
        yield url


def _send(url: str, request: bytes, connections: int, n_calls: int) -> tuple[list[float], float]:
    """Seconds of each call, and of all of them together."""

    async def bounded() -> tuple[list[tuple[float, float]], float]:
        calls = load(url, request, concurrency=connections, n_requests=n_calls)
        return await asyncio.wait_for(calls, CALLS_TIMEOUT_S)

    try:
        times, wall_s = uvloop.run(bounded())
    except (OSError, EOFError, RuntimeError, ValueError) as error:  # TimeoutError is an OSError
        raise PeerFailedError(f"{type(error).__name__} over {connections} connections: {error}") from error
    return [end_s for _, end_s in times], wall_s


def measure(url: str, peer: Peer, seconds: float) -> dict[str, float]:
    """Latency over one connection; rate, latency and processor time over 64."""
    request = make_request(url, peer.path, peer.body)
    ends_s, wall_s = _send(url, request, CONNECTIONS, WARM_UP)
    _, alone_s = _send(url, request, 1, WARM_UP // 8)
    alone, _ = _send(url, request, 1, max(LEAST_CALLS // 8, round(seconds * (WARM_UP // 8) / alone_s)))
    n_calls = max(LEAST_CALLS, round(seconds * WARM_UP / wall_s))
    before, own_s = spent_cpu_s(), time.process_time()
    ends_s, wall_s = _send(url, request, CONNECTIONS, n_calls)
    own_s, after = time.process_time() - own_s, spent_cpu_s()
    return {
        "p50 ms": 1000 * quantile(alone, 0.5),
        "p99 ms": 1000 * quantile(alone, 0.99),
        "calls/s": n_calls / wall_s,
        "p50 ms at 64": 1000 * quantile(ends_s, 0.5),
        "p99 ms at 64": 1000 * quantile(ends_s, 0.99),
        "cpu ms": 1000 * sum(spent_s - before.get(pid, 0.0) for pid, spent_s in after.items()) / n_calls,
        "generator": own_s / wall_s,
    }


def cross_check(url: str, peer: Peer, seconds: float) -> dict[str, float]:
    """The same by wrk, under the same names."""
    alone = wrk.measure(url + peer.path, peer.body, connections=1, seconds=seconds)
    many = wrk.measure(url + peer.path, peer.body, connections=CONNECTIONS, seconds=seconds)
    return {
        "wrk p50 ms": alone["p50 ms"],
        "wrk p99 ms": alone["p99 ms"],
        "wrk calls/s": many["calls/s"],
        "wrk p50 ms at 64": many["p50 ms"],
        "wrk p99 ms at 64": many["p99 ms"],
    }


def run_rounds(
    peers: Sequence[Peer], pythons: Mapping[str, Path], *, n_rounds: int, seconds: float, with_wrk: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """One row a round and peer, and what broke down instead."""
    rows: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []
    for number in range(1, n_rounds + 1):
        for peer in peers:
            which = {"round": number, "name": peer.name}
            try:
                with start(peer, pythons[peer.name]) as url:
                    figures = measure(url, peer, seconds)
                    if with_wrk:
                        figures |= cross_check(url, peer, seconds)
            except (PeerFailedError, TimeoutError) as error:
                failures.append(which | {"reason": str(error)})
                say(f"round {number}, {peer.name} broke down: {error}")
                continue
            finally:
                end_all()
            rows.append(which | figures)
            say(f"round {number}, {peer.name}: {figures['calls/s']:.0f} calls/s, p50 {figures['p50 ms']:.2f} ms")
    return rows, failures


# --- reckoning


def take_medians(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row a name, in the order in which they come: the median over its rounds of everything measured."""
    names = list(dict.fromkeys(row["name"] for row in rows))
    measures = [key for key in (rows[0] if rows else ()) if key not in {"round", "name"}]
    return [
        {"name": name} | {key: statistics.median(row[key] for row in rows if row["name"] == name) for key in measures}
        for name in names
    ]


def compare(rows: Sequence[Mapping[str, Any]], ours: str = OURS) -> list[dict[str, Any]]:
    """How many times better ``ours`` is than each other, round by round; above 1 is better.

    Rounds in which either is missing are left out. Empty when ``ours`` was not measured.
    """
    found = {(row["round"], row["name"]): row for row in rows}
    rounds = sorted({row["round"] for row in rows})
    names = dict.fromkeys(row["name"] for row in rows if row["name"] != ours)
    compared = []
    for name in names:
        pairs = [
            (found[number, ours], found[number, name])
            for number in rounds
            if {(number, ours), (number, name)} <= found.keys()
        ]
        for key, higher_is_better in HIGHER_IS_BETTER.items():
            times = [us[key] / them[key] if higher_is_better else them[key] / us[key] for us, them in pairs]
            if times:
                compared.append(
                    {
                        "times better than": name,
                        "in": key,
                        "least": min(times),
                        "median": statistics.median(times),
                        "rounds": times,
                    }
                )
    return compared


def lay_out(compared: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What :func:`compare` gave as one row a peer, for people: the median, and the least in brackets."""
    rows: dict[str, dict[str, Any]] = {}
    for each in compared:
        row = rows.setdefault(each["times better than"], {"times better than": each["times better than"]})
        row[each["in"]] = f"{each['median']:.2f} ({each['least']:.2f})"
    return list(rows.values())


# --- the command


def say(message: str) -> None:
    """Tell how far it is; stdout is for results."""
    print(message, file=sys.stderr, flush=True)


def choose(names: str | None) -> list[Peer]:
    """The peers of a comma-separated list; all when there is none.

    Raises:
        ValueError: a name is unknown.
    """
    known = {peer.name: peer for peer in PEERS}
    wanted = list(known) if names is None else [name.strip() for name in names.split(",")]
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(f"there is no peer {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in dict.fromkeys(wanted)]


def install(peers: Sequence[Peer]) -> tuple[dict[str, Path], dict[str, str]]:
    """The Python of each peer, and why others have none."""
    pythons: dict[str, Path] = {}
    left_out: dict[str, str] = {}
    for peer in peers:
        try:
            pythons[peer.name] = prepare(peer.home, peer.packages) if peer.packages else Path(sys.executable)
        except NotInstalledError as error:
            left_out[peer.name] = str(error)
            say(f"{peer.name} is left out: {error}")
    return pythons, left_out


def _end_in_order(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 0 when all that was wanted was measured, 1 when something was not, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", metavar="NAMES", help=f"some of {','.join(peer.name for peer in PEERS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="of load, over one connection and over 64")
    parser.add_argument("--wrk", action="store_true", help="measure once more by wrk, which must be installed")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else; write no file")
    options = parser.parse_args(arguments)
    try:
        peers = choose(options.only)
    except ValueError as error:
        parser.error(str(error))
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be above 0")
    if options.wrk and not wrk.is_there():
        parser.error("wrk is not installed")
    signal.signal(signal.SIGTERM, _end_in_order)
    adopt_orphans()
    machine, (pythons, left_out) = describe_machine(), install(peers)
    rows, failures = run_rounds(
        [peer for peer in peers if peer.name in pythons],
        pythons,
        n_rounds=options.rounds,
        seconds=options.seconds,
        with_wrk=options.wrk,
    )
    result = {
        "machine": machine,
        "versions": {peer.home or OURS: versions(pythons[peer.name]) for peer in peers if peer.name in pythons},
        "left_out": left_out,
        "broke_down": failures,
        "medians": take_medians(rows),
        "times_better": compare(rows),
        "rounds": rows,
    }
    _show(result, options.json, is_whole=options.only is None)
    return 1 if left_out or failures else 0


def _show(result: dict[str, Any], as_json: bool, *, is_whole: bool) -> None:
    if as_json:
        print(json.dumps(result))
        return
    for rows in (result["medians"], lay_out(result["times_better"])):
        if rows:
            print_table(rows)
            print()
    for name, reason in result["left_out"].items():
        print(f"left out: {name}: {reason}")
    for each in result["broke_down"]:
        print(f"broke down: {each['name']} in round {each['round']}: {each['reason']}")
    if is_whole:
        write_result("peers", result)


if __name__ == "__main__":
    sys.exit(main())
