"""The whole command `voorland`: what the pipeline offers, and serving."""

import atexit
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from pipeline.cli import app
from tiles.errors import Problem

Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 is any that is free.", min=0, max=65535)]

EXIT_PROBLEM = 2
_OBJECTS_BETWEEN_COLLECTIONS = 100_000
EXIT_INTERRUPTED = 130


@app.command()
def serve(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Tilesets, or folders of tilesets; without any, projects are kept and served.", metavar="DIR…"
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 lets phones in.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 is any that is free.", min=0, max=65535)
    ] = None,
) -> None:
    """Serve projects, or folders of tilesets, and the viewer until Ctrl-C."""
    run_server(folders or [], host, port)


@app.command("demo")
def demo_command(
    folder: Annotated[Path | None, typer.Option("--dir", help="Where the demo keeps its files.")] = None,
    ahn: Annotated[bool, typer.Option(help="Fetch real AHN points when the source answers.")] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="Make everything anew.")] = False,
    prepare_only: Annotated[bool, typer.Option("--prepare-only", help="Make the tiles and stop.")] = False,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 is any that is free.", min=0, max=65535)
    ] = None,
) -> None:
    """Show the municipality's inner city with a proposed building in it: one command, nothing to prepare."""
    from pipeline.municipality import municipality
    from pipeline.progress import bars

    from .demo import DemoOptions, Listener, open_browser, prepare

    kept = folder or platformdirs.user_cache_path("voorland") / "demo"
    options = DemoOptions(kept, ahn=ahn and os.environ.get("AHN") != "0", fresh=fresh)
    with bars() as report:
        tilesets = prepare(municipality(), options, Listener(report, typer.echo))
    if not prepare_only:
        run_server(tilesets, None, port, open_browser if browser else None)


def run_server(
    folders: list[Path], host: str | None, port: int | None, show: Callable[[str], None] | None = None
) -> None:
    """Serve `folders`, say where, and `show` the page."""
    from pipeline.report import size

    from . import catalogue
    from .serve import free_port
    from .serve import serve as run
    from .settings import Settings

    settings = Settings()
    served = list(catalogue.read(folders))
    chosen_host = host or settings.host
    chosen_port = free_port(chosen_host, settings.port if port is None else port, exactly=port is not None)
    settings = settings.model_copy(update={"tilesets": tuple(folders), "host": chosen_host, "port": chosen_port})

    def ready() -> None:
        shown_host = "localhost" if chosen_host in {"127.0.0.1", "0.0.0.0"} else chosen_host  # noqa: S104 - only shown
        address = f"http://{shown_host}:{chosen_port}/"
        typer.echo(f"Open {address} (Ctrl-C ends)")
        for tileset in served:
            typer.echo(f"  {tileset.title}: {tileset.folder} ({size(tileset.bytes)})")
        if show is not None:
            show(address)

    run(settings, ready)


def main() -> None:
    """Run the command; a `Problem` is one sentence on stderr and exit status 2."""
    # What is imported lives to the end: looking through all of it for garbage, again and again on the way in and once
    # more on the way out, took a second of every run.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    atexit.register(gc.freeze)
    try:
        app()
    except Problem as problem:
        typer.echo(f"voorland: {problem}", err=True)
        sys.exit(EXIT_PROBLEM)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
