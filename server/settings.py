"""What the server is told from outside: environment variables `VOORLAND_…`, or options of `voorland serve`."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How and what to serve."""

    model_config = SettingsConfigDict(env_prefix="VOORLAND_", frozen=True)

    tilesets: tuple[Path, ...] = ()
    """Tileset folders, or folders of them; in the environment a JSON list."""
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
