"""What is made of the rounds' figures, and how trouble with a peer is told."""

from __future__ import annotations

import pytest

from benchmarks.peer_servers.environments import describe_failure
from benchmarks.peer_servers.processes import PeerFailedError
from benchmarks.peer_servers.wrk import parse
from benchmarks.peers import PEERS, choose, compare, lay_out, main, take_medians


def row(number: int, name: str, rate: float, latency_ms: float) -> dict[str, object]:
    return {
        "round": number,
        "name": name,
        "calls/s": rate,
        "p50 ms": latency_ms,
        "p99 ms": 2 * latency_ms,
        "p99 ms at 64": 3 * latency_ms,
    }


ROUNDS = [
    row(1, "catwalk", 1000.0, 1.0),
    row(1, "other", 500.0, 3.0),
    row(2, "catwalk", 600.0, 2.0),
    row(2, "other", 800.0, 3.0),
    row(3, "catwalk", 900.0, 1.0),
    row(3, "other", 600.0, 4.0),
]

REPORT = """Running 1s test @ http://127.0.0.1:8000/predict
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    25.10ms    9.00ms   1.20s    90.00%
    Req/Sec     2.51k   100.00     2.60k    70.00%
  Latency Distribution
     50%  850.00us
     75%   26.00ms
     90%   40.00ms
     99%    1.10s
  2510 requests in 1.00s, 500.00KB read
Requests/sec:   2510.73
Transfer/sec:    500.00KB
"""


def test_the_median_of_each_name_is_taken_over_its_own_rounds() -> None:
    ours, other = take_medians(ROUNDS)

    assert (ours["name"], ours["calls/s"], ours["p50 ms"]) == ("catwalk", 900.0, 1.0)
    assert (other["name"], other["calls/s"], other["p50 ms"]) == ("other", 600.0, 3.0)


def test_above_one_is_better_for_rates_and_for_latencies() -> None:
    better = {each["in"]: each for each in compare(ROUNDS)}

    assert better["calls/s"]["rounds"] == [2.0, 0.75, 1.5]
    assert better["p50 ms"]["rounds"] == [3.0, 1.5, 4.0]
    assert (better["calls/s"]["least"], better["calls/s"]["median"]) == (0.75, 1.5)


def test_only_figures_of_the_same_round_are_compared() -> None:
    rows = [each for each in ROUNDS if (each["round"], each["name"]) not in {(1, "catwalk"), (2, "other")}]

    better = {each["in"]: each["rounds"] for each in compare(rows)}

    assert better["calls/s"] == [1.5]


def test_nothing_is_compared_without_ours() -> None:
    assert compare([each for each in ROUNDS if each["name"] != "catwalk"]) == []
    assert take_medians([]) == []


def test_people_see_one_row_a_peer_with_the_median_and_the_least() -> None:
    (shown,) = lay_out(compare(ROUNDS))

    assert shown["times better than"] == "other"
    assert shown["calls/s"] == "1.50 (0.75)"


def test_peers_are_chosen_by_name_in_the_order_given_and_once() -> None:
    assert [peer.name for peer in choose("ray, catwalk,ray")] == ["ray", "catwalk"]
    assert choose(None) == list(PEERS)


@pytest.mark.parametrize("arguments", [["--only", "nobody"], ["--rounds", "0"], ["--seconds", "-1"]])
def test_wrong_usage_ends_with_2_before_anything_is_installed(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


def test_a_report_of_wrk_is_read_in_milliseconds() -> None:
    assert parse(REPORT) == {"p50 ms": pytest.approx(0.85), "p99 ms": pytest.approx(1100.0), "calls/s": 2510.73}


@pytest.mark.parametrize(
    ("report", "complaint"),
    [
        (REPORT + "  Socket errors: connect 0, read 3, write 0, timeout 0\n", "Socket errors: connect 0, read 3"),
        (REPORT + "  Non-2xx or 3xx responses: 12\n", "Non-2xx or 3xx responses: 12"),
        ("unable to connect", "something else"),
    ],
)
def test_a_report_that_tells_of_errors_gives_no_figures(report: str, complaint: str) -> None:
    with pytest.raises(PeerFailedError, match=complaint):
        parse(report)


def test_why_an_installation_failed_is_told_without_addresses() -> None:
    said = "WARNING: slow\nERROR: No matching distribution found for x==9\nERROR: refused by (host='a.example')\n"

    assert describe_failure(said, 1) == "No matching distribution found for x==9"
    assert describe_failure("ERROR: 404 for https://a.example/x", 1) == "exit code 1, see its output"
