"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BYTEWISE = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_MOMENT = sa.DateTime(timezone=True)

# Which versions of lines contain a word. SQLite's index reads the texts where they are, and is kept by triggers;
# versions never change, so that there is no trigger for changes. Only which rows have a word is kept, not where
# (detail=none): that is looked at in the texts.
_SQLITE_SEARCH = (
    """CREATE VIRTUAL TABLE line_search USING fts5(
        text, spoken, content='line_version', content_rowid='id',
        tokenize='unicode61 remove_diacritics 0', detail=none, columnsize=0)""",
    """CREATE TRIGGER line_search_insert AFTER INSERT ON line_version BEGIN
        INSERT INTO line_search (rowid, text, spoken) VALUES (new.id, new.text, new.spoken); END""",
    """CREATE TRIGGER line_search_delete AFTER DELETE ON line_version BEGIN
        INSERT INTO line_search (line_search, rowid, text, spoken) VALUES ('delete', old.id, old.text, old.spoken);
        END""",
)
# PostgreSQL's own parser would make one word of "example.com/feed"; so letters and digits alone are handed to it.
_POSTGRESQL_SEARCH = """CREATE INDEX line_search ON line_version USING gin (to_tsvector('simple'::regconfig,
    regexp_replace(lower(text || ' ' || spoken), '[^[:alnum:]]+', ' ', 'g')))"""


def upgrade() -> None:
    """Make the tables, and the index of words."""
    _make_shows()
    _make_articles()
    _make_episodes()
    _make_lines()
    _make_search()


def _make_search() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in _SQLITE_SEARCH:
            op.execute(statement)
    else:
        op.get_bind().exec_driver_sql(_POSTGRESQL_SEARCH)  # op.execute would see parameters behind its colons


def _make_shows() -> None:
    op.create_table(
        "show",
        sa.Column("id", _ID, nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column(
            "kind", sa.Enum("blog", "list", "mix", name="showkind", native_enum=False, length=16), nullable=False
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("source_url", sa.String(), nullable=True),
        sa.Column("feed_url", sa.String(), nullable=True),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("cover", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("podcast_guid", sa.String(), nullable=True),
        sa.Column("follow_every_s", sa.Double(), nullable=True),
        sa.Column("next_poll_at", _MOMENT, nullable=True),
        sa.Column("following", sa.JSON(), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_show")),
        sa.UniqueConstraint("slug", name=op.f("uq_show_slug")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_show_cover"), "show", ["cover"])
    op.create_index(op.f("ix_show_next_poll_at"), "show", ["next_poll_at"])
    op.create_table(
        "membership",
        sa.Column("mix_id", _ID, nullable=False),
        sa.Column("show_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["mix_id"], ["show.id"], name=op.f("fk_membership_mix_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["show_id"], ["show.id"], name=op.f("fk_membership_show_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("mix_id", "show_id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_show_id"), "membership", ["show_id"])


def _make_articles() -> None:
    op.create_table(
        "article",
        sa.Column("id", _ID, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("published", _MOMENT, nullable=True),
        sa.Column("version_id", _ID, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
        sa.UniqueConstraint("url", name=op.f("uq_article_url")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "article_version",
        sa.Column("id", _ID, nullable=False),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("notes", sa.JSON(), nullable=True),
        sa.Column("fetched_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_article_version_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_version")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_article_version_article_id_id"), "article_version", ["article_id", "id"])
    op.create_table(
        "script",
        sa.Column("id", _ID, nullable=False),
        sa.Column("article_version_id", _ID, nullable=False),
        sa.Column("policy_digest", sa.String(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_version_id"],
            ["article_version.id"],
            name=op.f("fk_script_article_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script")),
        sa.UniqueConstraint(
            "article_version_id", "policy_digest", name=op.f("uq_script_article_version_id_policy_digest")
        ),
        sqlite_autoincrement=True,
    )


def _make_episodes() -> None:
    op.create_table(
        "episode",
        sa.Column("id", _ID, nullable=False),
        sa.Column("show_id", _ID, nullable=False),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting", "reading", "ready", "failed", "withdrawn", name="episodestate", native_enum=False, length=16
            ),
            nullable=False,
        ),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("published", _MOMENT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("script_id", _ID, nullable=True),
        sa.Column("render_id", _ID, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_episode_article_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["show_id"], ["show.id"], name=op.f("fk_episode_show_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episode")),
        sa.UniqueConstraint("guid", name=op.f("uq_episode_guid")),
        sa.UniqueConstraint("show_id", "article_id", name=op.f("uq_episode_show_id_article_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_episode_article_id"), "episode", ["article_id"])
    op.create_index(op.f("ix_episode_published_id"), "episode", ["published", "id"])
    op.create_index(op.f("ix_episode_show_id_published_id"), "episode", ["show_id", "published", "id"])
    op.create_index(op.f("ix_episode_state_published_id"), "episode", ["state", "published", "id"])
    op.create_table(
        "render",
        sa.Column("id", _ID, nullable=False),
        sa.Column("episode_id", _ID, nullable=False),
        sa.Column("audio", sa.String(), nullable=False),
        sa.Column("transcript", sa.String(), nullable=True),
        sa.Column("chapters", sa.String(), nullable=True),
        sa.Column("cover", sa.String(), nullable=True),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("n_bytes", _ID, nullable=False),
        sa.Column("lufs", sa.Double(), nullable=True),
        sa.Column("made_of", sa.JSON(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["episode_id"], ["episode.id"], name=op.f("fk_render_episode_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_render")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_render_episode_id_id"), "render", ["episode_id", "id"])
    for blob in ("audio", "chapters", "cover", "transcript"):
        op.create_index(op.f(f"ix_render_{blob}"), "render", [blob])
    op.create_table(
        "edit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("episode_id", _ID, nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("done", "undone", "dropped", name="editstate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["episode_id"], ["episode.id"], name=op.f("fk_edit_episode_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edit")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_edit_episode_id_state_id"), "edit", ["episode_id", "state", "id"])


def _make_lines() -> None:
    op.create_table(
        "line",
        sa.Column("id", _ID, nullable=False),
        sa.Column("episode_id", _ID, nullable=False),
        sa.Column("rank", _BYTEWISE, nullable=False),
        sa.Column("version_id", _ID, nullable=True),
        sa.Column("take_id", _ID, nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("scripted_id", _ID, nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("block", sa.String(), nullable=True),
        sa.Column("bundle", _ID, nullable=True),
        sa.ForeignKeyConstraint(["episode_id"], ["episode.id"], name=op.f("fk_line_episode_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_line_episode_id_rank_id"), "line", ["episode_id", "rank", "id"])
    op.create_index(op.f("ix_line_version_id"), "line", ["version_id"])
    op.create_table(
        "line_version",
        sa.Column("id", _ID, nullable=False),
        sa.Column("line_id", _ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("spoken", sa.String(), nullable=False),
        sa.Column("pause_s", sa.Double(), nullable=False),
        sa.Column("chapter", sa.String(), nullable=True),
        sa.Column("voice", sa.String(), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_line_version_line_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_version")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_line_version_line_id_id"), "line_version", ["line_id", "id"])
    op.create_table(
        "take",
        sa.Column("id", _ID, nullable=False),
        sa.Column("line_id", _ID, nullable=True),
        sa.Column("version_id", _ID, nullable=True),
        sa.Column("audio", sa.String(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum("voice", "microphone", "upload", name="origin", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("voice", sa.String(), nullable=True),
        sa.Column("speed", sa.Double(), nullable=True),
        sa.Column("backend", sa.String(), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_take_line_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["line_version.id"], name=op.f("fk_take_version_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_take")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_take_line_id_id"), "take", ["line_id", "id"])
    op.create_index(op.f("ix_take_version_id_id"), "take", ["version_id", "id"])
