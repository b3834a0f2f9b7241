"""``catwalk archive --dry-run``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from catwalk.podcast.discovery.posts import Post
from sites.blog_server import serve_blog
from sites.crawling import score
from sites.substack import make_substack


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CATWALK_HOME": str(home), "CATWALK_URL": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "catwalk", "archive", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)


def test_a_dry_run_prints_one_document_a_post_and_nothing_else(tmp_path: Path) -> None:
    with serve_blog(make_substack()) as server:
        done = run(tmp_path, server.root, "--dry-run", "--json", "--pause", "0")

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    posts = tuple(Post(row["url"], row["title"], row["published"], row["author"]) for row in rows)
    assert done.returncode == 0
    assert score(posts, server.site.truth, server.root).faults == {}
    assert "of audio" in done.stderr
    assert {hit.agent.partition("/")[0] for hit in server.hits} == {"Mozilla"}
    assert all("catwalk/" in hit.agent for hit in server.hits)


def test_a_selection_is_applied(tmp_path: Path) -> None:
    with serve_blog(make_substack()) as server:
        done = run(tmp_path, server.root, "--dry-run", "--pause", "0", "--limit", "2", "--until", "2024-01-01")

    assert done.stdout.count("http://") == 2
    assert "2024-" not in done.stdout


def test_a_site_that_is_not_there_fails_and_wrong_usage_is_told_apart(tmp_path: Path) -> None:
    assert run(tmp_path, "http://127.0.0.1:9/", "--dry-run").returncode == 1
    assert run(tmp_path, "http://127.0.0.1:9/", "--dry-run", "--match", "(").returncode == 2
    assert run(tmp_path, "example.com", "--dry-run").returncode == 2
