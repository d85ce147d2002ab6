"""What the server is told from outside: environment variables `VOORLAND_…`, or options of `voorland serve`."""

from pathlib import Path

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How and what to serve."""

    model_config = SettingsConfigDict(env_prefix="VOORLAND_", frozen=True)

    tilesets: tuple[Path, ...] = ()
    """Tileset folders, or folders of them, to serve without projects; in the environment a JSON list."""
    home: Path = Field(default_factory=lambda: platformdirs.user_data_path("voorland"))
    """The folder of all that is kept: database, uploads, tiles; and of work in hand."""
    database_url: str = ""
    """The database; empty is SQLite in `home`, postgresql://user:password@host/name for a city."""
    store_url: str = ""
    """Where uploads and tiles are kept; empty is a folder in `home`, s3://bucket/folder for a city."""
    scheduler: str = ""
    """A Dask scheduler that spreads tiling over machines, tcp://host:8786; empty is processes of this machine."""
    municipalities: tuple[str, ...] = ()
    """The municipalities of this installation, names or files; empty is the one of VOORLAND_MUNICIPALITY."""
    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 lets other machines in."""
    port: int = 8000
    """The port to listen on."""
    public_url: str = ""
    """The address residents use, behind a proxy; for the API's description. HSTS is sent when it is https."""
    contact_url: str = "https://github.com/voorland/voorland"
    """Where users of the API can ask."""
    contact_email: str = "voorland@example.org"
    """Whom to write about the API and about security."""
    upload_bytes: int = 10 << 30
    """The largest file that may be uploaded."""
    quota_bytes: int = 500 << 30
    """What the uploads of one municipality may take together."""
    open_uploads: int = 100
    """How many uploads of one project may be unfinished at a time."""
    upload_days: int = 7
    """How long an unfinished upload waits for its next byte."""
