"""A bucket in memory that speaks as much of S3 as an export needs, and refuses requests that are not signed rightly."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

ACCESS, SECRET, REGION = "access", "secret", "eu-teapot-1"


class Bucket(ThreadingHTTPServer):
    """Objects by key, and the requests that were made."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.asked: list[str] = []
        self.page_size = 1000
        self.is_broken = False


def sign(method: str, url: str, headers: dict[str, str]) -> str:
    """The authorization that botocore gives a request of this shape."""
    from botocore.auth import S3SigV4Auth  # noqa: PLC0415  # optional, as boto3 is
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415  # likewise
    from botocore.credentials import Credentials  # noqa: PLC0415  # likewise

    auth = S3SigV4Auth(Credentials(ACCESS, SECRET), "s3", REGION)
    request = AWSRequest(method, url, headers=headers)
    request.context["timestamp"] = headers["X-Amz-Date"]
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return str(auth.signature(text, request))


class _Handler(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"  # or botocore would wait a second for leave to send each body

    def _is_signed(self) -> bool:
        given = self.headers.get("Authorization", "")
        if "SignedHeaders=" not in given:
            return False
        names = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        headers = {name.title(): self.headers[name] for name in names}
        url = f"http://{self.headers['Host']}{self.path}"
        return given.endswith(f"Signature={sign(self.command, url, headers)}")

    def _read_body(self) -> bytes:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return body
        whole, rest = b"", body
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            n_bytes = int(size.partition(b";")[0], 16)
            if not n_bytes:
                break
            whole, rest = whole + rest[:n_bytes], rest[n_bytes + 2 :]
        return whole

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _begin(self) -> str | None:
        """The key, or None where the request has been refused."""
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(f"{self.command} {path}")
        if self.server.is_broken or not self._is_signed():
            self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>")
            return None
        return path.removeprefix("/pots").removeprefix("/")

    def do_PUT(self) -> None:
        body, key = self._read_body(), self._begin()
        if key is not None:
            facts = {name: self.headers.get(name, "") for name in ("Content-Type", "Cache-Control")}
            self.server.objects[key] = (body, facts)
            self._answer(200, ETag=f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"')

    def do_GET(self) -> None:
        key = self._begin()
        if key == "":
            self._list()
        elif key is not None:
            found = self.server.objects.get(key)
            self._answer(200, found[0]) if found else self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def _list(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        keys = sorted(key for key in self.server.objects if key.startswith(asked.get("prefix", "")))
        start = int(asked.get("continuation-token", 0))
        shown, rest = keys[start : start + self.server.page_size], keys[start + self.server.page_size :]
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.server.objects[key][0])}</Size></Contents>"
            for key in shown
        )
        token = f"<NextContinuationToken>{start + len(shown)}</NextContinuationToken>" if rest else ""
        more = f"<IsTruncated>{'true' if rest else 'false'}</IsTruncated>{token}"
        self._answer(200, f"<ListBucketResult>{more}{entries}</ListBucketResult>".encode(), Content_Type="text/xml")

    def do_DELETE(self) -> None:
        key = self._begin()
        if key is not None:
            self.server.objects.pop(key, None)
            self._answer(204)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serve_bucket() -> Iterator[Bucket]:
    """A bucket on a free port of this machine."""
    bucket = Bucket()
    thread = threading.Thread(target=bucket.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield bucket
    finally:
        bucket.shutdown()
        thread.join()
        bucket.server_close()
