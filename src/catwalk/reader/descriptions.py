"""What models said of a post's blocks, and of the post as a whole: made before the script, which then uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WHOLE_POST = "post"
"""The key of what was said of the whole post; no block has this id."""


@dataclass(frozen=True, slots=True)
class Description:
    """A model's words on one block, or on the whole post."""

    text: str
    """A sentence or two for a listener, without markup; empty only where ``remark`` says why."""

    model: str
    """Name of the model that said it, as the ledger shows it."""

    lead: str | None = None
    """What is spoken before it; None for the words that are usual before a block of its kind."""

    remark: str | None = None
    """Why there is no text, for the ledger."""


Descriptions = Mapping[str, Description]
"""By block id, or under :data:`WHOLE_POST`; a block that no model described is not in it."""
