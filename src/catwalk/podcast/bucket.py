"""An S3-compatible bucket that a show is exported to, through boto3 (``pip install catwalk[s3]``).

Keys, region and endpoint come from where boto3 looks for them: ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``,
``AWS_ENDPOINT_URL_S3``, ``~/.aws`` and so on. Objects appear whole; that is what a bucket promises.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from catwalk.errors import BackendNotInstalled, ExportFailed, InvalidRequest

MEDIA_AGE = "public, max-age=31536000, immutable"
DOCUMENT_AGE = "public, no-cache"

_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")


class BucketTarget:
    """Objects of one bucket whose names begin alike."""

    def __init__(self, address: str) -> None:
        """Prepare for ``s3://BUCKET/PREFIX``; nothing is asked of the bucket yet.

        Raises:
            InvalidRequest: it is no such address.
            BackendNotInstalled: boto3 is missing.
        """
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise InvalidRequest(f"a bucket is s3://NAME or s3://NAME/PREFIX, not {address!r}", param="target")
        if find_spec("boto3") is None:
            raise BackendNotInstalled("exporting to a bucket needs boto3: pip install 'catwalk[s3]'")
        import boto3  # noqa: PLC0415  # heavy, and optional

        self._bucket = found[1]
        prefix = (found[2] or "").strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._client: Any = boto3.client("s3")

    def list_names(self) -> dict[str, int]:
        """Every object that is there, with its bytes."""
        found: dict[str, int] = {}
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        with _Translating(self._bucket):
            for page in pages:
                for each in page.get("Contents", ()):
                    found[each["Key"].removeprefix(self._prefix)] = each["Size"]
        return found

    def read(self, name: str) -> bytes:
        """Content of an object that is there."""
        with _Translating(self._bucket):
            content: bytes = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"].read()
        return content

    def put(self, name: str, content: bytes | Path, media_type: str) -> None:
        """Write an object, large ones in parts."""
        key = self._prefix + name
        facts = {"ContentType": media_type, "CacheControl": DOCUMENT_AGE if isinstance(content, bytes) else MEDIA_AGE}
        with _Translating(self._bucket):
            if isinstance(content, bytes):
                self._client.put_object(Bucket=self._bucket, Key=key, Body=content, **facts)
            else:
                self._client.upload_file(str(content), self._bucket, key, ExtraArgs=facts)

    def remove(self, name: str) -> None:
        """Take an object away."""
        with _Translating(self._bucket):
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)


class _Translating:
    """Turns what boto3 raises into an error of the tree."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        from boto3.exceptions import Boto3Error  # noqa: PLC0415  # optional
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # likewise

        if isinstance(error, BotoCoreError | ClientError | Boto3Error | OSError):
            raise ExportFailed(f"the bucket {self._bucket!r} failed: {error}") from error
