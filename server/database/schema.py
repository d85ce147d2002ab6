"""Every table. What is changed here needs a migration (`migrations/`), which a test compares with this."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from . import ids
from .columns import Document, Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = String(ids.LENGTH)
_SHA256 = String(64)
_BIG = BigInteger().with_variant(Integer(), "sqlite")


def _id() -> Column[str]:
    return Column("id", _ID, primary_key=True)


def _of(table: str, *, optional: bool = False) -> Column[str]:
    """The column that says which row of another table this one belongs to."""
    name = {"municipalities": "municipality", "surroundings": "surroundings"}.get(table, table[:-1])
    return Column(f"{name}_id", ForeignKey(f"{table}.id"), nullable=optional, index=True)


# ---------------------------------------------------------------------------------------------- whose it is

municipalities = Table(
    "municipalities",
    metadata,
    Column("id", String(64), primary_key=True),  # the `id` of its configuration file
    Column("created_at", Instant, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    _id(),
    Column("email", String(254), nullable=False, unique=True),  # lower case
    Column("name", String(200), nullable=False),
    Column("password_hash", String(200)),  # argon2id; none for those who sign in elsewhere
    Column("issuer", String(500)),  # OpenID Connect: who vouches for the account
    Column("subject", String(255)),  # and under what name
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    UniqueConstraint("issuer", "subject"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("municipality_id", ForeignKey("municipalities.id"), primary_key=True, index=True),
    Column("role", String(20), nullable=False),
    CheckConstraint("role IN ('administrator', 'planner', 'moderator')", name="role"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", _SHA256, primary_key=True),  # of the cookie's value, which is kept nowhere
    _of("accounts"),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    _id(),
    Column("hash", _SHA256, nullable=False, unique=True),
    _of("accounts"),
    _of("municipalities"),
    Column("name", String(200), nullable=False),
    Column("scopes", Document, nullable=False),  # names of rights
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

invitations = Table(
    "invitations",
    metadata,
    Column("hash", _SHA256, primary_key=True),  # of the link's secret
    Column("municipality_id", ForeignKey("municipalities.id")),  # none: every one (the first administrator)
    Column("role", String(20), nullable=False),
    Column("email", String(254)),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

attempts = Table(
    "attempts",
    metadata,
    # What is limited, hashed with the installation's secret: no address and no name is kept.
    Column("key", _SHA256, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("since", Instant, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", String(200), nullable=False),
)

# ---------------------------------------------------------------------------------------------- what is planned

projects = Table(
    "projects",
    metadata,
    _id(),
    _of("municipalities"),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False, default=""),
    Column("status", String(20), nullable=False, default="sketch"),
    Column("current_publication", _SHA256),  # the pointer: what residents see now
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("archived_at", Instant),
    CheckConstraint("status IN ('sketch', 'design', 'permitted')", name="status"),
)

uploads = Table(
    "uploads",
    metadata,
    _id(),
    _of("projects"),
    _of("accounts"),
    Column("file_name", String(255), nullable=False),
    Column("purpose", String(20), nullable=False, default="model"),  # model, points, photo, mask …
    Column("length", _BIG, nullable=False),
    Column("offset", _BIG, nullable=False, default=0),  # every byte below it is on disk
    Column("metadata", Document, nullable=False),
    Column("sha256", _SHA256),  # once it is whole
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("completed_at", Instant),
)

upload_parts = Table(
    "upload_parts",
    metadata,
    Column("upload_id", ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True),
    Column("offset", _BIG, primary_key=True),
    Column("length", _BIG, nullable=False),
    Column("key", String(100), nullable=False),  # where in the store it waits until the file is whole
)

jobs = Table(
    "jobs",
    metadata,
    _id(),
    _of("municipalities"),
    _of("projects", optional=True),
    Column("kind", String(40), nullable=False),
    Column("parameters", Document, nullable=False),
    Column("state", String(20), nullable=False),
    Column("priority", Integer, nullable=False, default=0),
    Column("attempt", Integer, nullable=False, default=0),  # the fencing token: grows with each lease
    Column("most_attempts", Integer, nullable=False, default=3),
    Column("lease_owner", String(100)),
    Column("lease_until", Instant),
    Column("is_cancel_asked", Boolean, nullable=False, default=False),
    Column("stage", String(200), nullable=False, default=""),
    Column("done", _BIG, nullable=False, default=0),
    Column("total", _BIG, nullable=False, default=0),
    Column("reason", Text),  # of its failure, one sentence
    Column("result", Document),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("changed_at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
    Index("ix_jobs_next", "state", "priority", "created_at"),
)

models = Table(
    "models",
    metadata,
    _id(),
    _of("projects"),
    Column("name", String(200), nullable=False),
    Column("placement", Document),  # by hand, for this and later versions; none where files say their place
    Column("created_at", Instant, nullable=False),
)

model_versions = Table(
    "model_versions",
    metadata,
    _id(),
    _of("models"),
    Column("number", Integer, nullable=False),
    _of("uploads"),
    Column("placement", Document),  # what it was converted with
    _of("jobs", optional=True),
    Column("report", Document),  # of the intake
    Column("built", _SHA256),  # the tiles (`publications.built`); none until its job is done
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("model_id", "number"),
)

masks = Table(
    "masks",
    metadata,
    _id(),
    _of("projects"),
    Column("name", String(200), nullable=False),
    Column("geometry", Document, nullable=False),  # GeoJSON MultiPolygon, CRS84
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

surroundings = Table(
    "surroundings",
    metadata,
    _id(),
    _of("municipalities"),
    Column("name", String(200), nullable=False),
    Column("parameters", Document, nullable=False),  # extent, sources, options
    _of("masks", optional=True),  # made for the city without what this mask takes away
    _of("jobs", optional=True),
    Column("built", Document),  # addresses by part: points, ground, buildings, trees, occluder; none until done
    Column("created_at", Instant, nullable=False),
)

variants = Table(
    "variants",
    metadata,
    _id(),
    _of("projects"),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False, default=""),
    Column("position", Integer, nullable=False),  # their order for people
    _of("masks", optional=True),
    _of("surroundings", optional=True),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

variant_models = Table(
    "variant_models",
    metadata,
    Column("variant_id", ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True),
    Column("model_version_id", ForeignKey("model_versions.id"), primary_key=True, index=True),
)

viewpoints = Table(
    "viewpoints",
    metadata,
    _id(),
    _of("projects"),
    Column("short", String(16), nullable=False, unique=True),  # of its link on the street, /z/<short>
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False, default=""),  # what a person there looks at
    Column("order", Integer, nullable=False),
    Column("lat", Float, nullable=False),  # ETRS89, degrees
    Column("lon", Float, nullable=False),
    Column("height", Float, nullable=False),  # of the eyes, metres above the ellipsoid
    Column("heading", Float, nullable=False),  # degrees from true north, clockwise
    Column("pitch", Float, nullable=False),  # degrees above the horizon
    Column("accuracy_m", Float),  # of the sign's survey
    Column("photo", _SHA256),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

# ---------------------------------------------------------------------------------------------- what was public

publications = Table(
    "publications",
    metadata,
    Column("address", _SHA256, primary_key=True),  # of its manifest
    _of("projects"),
    Column("number", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("contents", Document, nullable=False),  # variants, viewpoints, parts: what the viewer is told
    Column("bytes", _BIG, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("withdrawn_reason", Text),
    UniqueConstraint("project_id", "number"),
)

publication_log = Table(
    "publication_log",
    metadata,
    Column("sequence", _BIG, primary_key=True, autoincrement=False),
    _of("municipalities"),
    Column("project_id", _ID, nullable=False),
    Column("event", String(20), nullable=False),
    Column("address", _SHA256, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("previous", _SHA256, nullable=False),
    Column("hash", _SHA256, nullable=False, unique=True),
    CheckConstraint("event IN ('published', 'current', 'withdrawn')", name="event"),
)

reactions = Table(
    "reactions",
    metadata,
    _id(),
    _of("projects"),
    Column("publication", ForeignKey("publications.address"), nullable=False, index=True),
    Column("viewpoint_id", _ID),
    Column("variant_id", _ID),
    Column("element", String(64)),  # the GUID of what it is about
    Column("kind", String(20), nullable=False),  # thumb-up, thumb-down, choice, text
    Column("text", Text, nullable=False, default=""),
    Column("state", String(20), nullable=False, default="waiting"),
    Column("created_on", String(10), nullable=False),  # the day: the moment could identify someone
    CheckConstraint("state IN ('waiting', 'shown', 'hidden')", name="state"),
)
