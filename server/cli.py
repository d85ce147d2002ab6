"""The whole command `voorland`: what the pipeline offers, and serving."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import app
from pipeline.summary import size
from tiles.errors import Problem

from . import catalogue
from .settings import Settings

EXIT_PROBLEM = 2
EXIT_INTERRUPTED = 130


@app.command()
def serve(
    folders: Annotated[list[Path], typer.Argument(help="Tilesets, or folders of tilesets.", metavar="DIR…")],
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 lets phones in.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65535)] = None,
) -> None:
    """Serve tilesets and the viewer until Ctrl-C."""
    run_server(folders, host, port)


def run_server(folders: list[Path], host: str | None, port: int | None) -> None:
    """Serve `folders`, and say where."""
    from .serve import free_port  # noqa: PLC0415 - granian is slow to import, and only serving needs it
    from .serve import serve as run  # noqa: PLC0415

    settings = Settings()
    served = list(catalogue.read(folders))
    chosen_host = host or settings.host
    chosen_port = free_port(chosen_host, port or settings.port, exactly=port is not None)
    settings = settings.model_copy(update={"tilesets": tuple(folders), "host": chosen_host, "port": chosen_port})

    def ready() -> None:
        shown_host = "localhost" if chosen_host in {"127.0.0.1", "0.0.0.0"} else chosen_host  # noqa: S104 - only shown
        typer.echo(f"Open http://{shown_host}:{chosen_port}/ (Ctrl-C ends)")
        for tileset in served:
            typer.echo(f"  {tileset.title}: {tileset.folder} ({size(tileset.bytes)})")

    run(settings, ready)


def main() -> None:
    """Run the command; a `Problem` is one sentence on stderr and exit status 2."""
    try:
        app()
    except Problem as problem:
        typer.echo(f"voorland: {problem}", err=True)
        sys.exit(EXIT_PROBLEM)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
