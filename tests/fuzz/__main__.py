"""Fuzz one reader with atheris, which sees what code each input reaches: ``python -m tests.fuzz TARGET WORK SECONDS``.

WORK gets ``corpus/TARGET`` and ``found/TARGET``: what was raised and was no `Problem`, one input of each kind.
atheris is installed by hand (``pip install atheris``); tests replay what it found without it.
"""

import hashlib
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["models", "pipeline.othertiles", "tiles.glb", "ezdxf", "zipfile"]):
    # Readers load when the first file comes, which is too late to be seen into.
    for module in ("citygml", "cityjson", "package"):
        import_module(f"models.{module}")
    for module in ("gltf", "obj", "collada", "stl", "ply", "threemf", "dxf", "usd"):
        import_module(f"models.meshes.{module}")
    from tests.fuzz.damage import damaged
    from tests.fuzz.targets import TARGETS, Target
    from tiles.errors import Problem

SLOW_S = 10.0
_MOST_BYTES = 100_000


def attempt(target: Target, path: Path, found: Path, data: bytes) -> None:
    """Read an input, and keep it where something else than a `Problem` came of it."""
    path.write_bytes(data)
    start = time.process_time()
    said = ""
    try:
        target.attempt(path)
    except Problem as problem:
        said = "" if "\n" not in str(problem).strip() and len(str(problem)) < 700 else f"no sentence: {problem}"
    except Exception:  # noqa: BLE001 - whatever a reader raises is what is looked for
        said = traceback.format_exc()
    if time.process_time() - start > SLOW_S:
        said = f"took {time.process_time() - start:.0f} s\n{said}"
    if said:
        keep(found, data, said)


def keep(found: Path, data: bytes, said: str) -> None:
    """The smallest input of a kind, which is where and what was raised."""
    kind = "\n".join(said.splitlines()[-7:-1]) if "Traceback" in said else said[:12]
    name = hashlib.sha256(kind.encode()).hexdigest()[:12]
    path = found / f"{name}.bin"
    if not path.exists() or path.stat().st_size > len(data):
        path.write_bytes(data)
        (found / f"{name}.txt").write_text(said)


def main() -> None:
    """Fuzz until the time is up."""
    name, work, seconds = sys.argv[1], Path(sys.argv[2]).resolve(), sys.argv[3]
    target = TARGETS[name]
    folders = {each: work / each / name for each in ("corpus", "found", "scratch")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds(folders["scratch"])):
        (folders["corpus"] / f"seed{number}").write_bytes(seed)
    path = folders["scratch"] / target.file

    def one(data: bytes) -> None:
        attempt(target, path, folders["found"], data)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        dice = Random(seed)
        return atheris.Mutate(data, most) if dice.random() < 0.4 else damaged(data, target.file, dice)[:most]

    options = [f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=3000", f"-max_len={_MOST_BYTES}"]
    options += ["-print_final_stats=1", f"-artifact_prefix={folders['found']}/", "-len_control=0"]
    atheris.Setup([sys.argv[0], *options, str(folders["corpus"])], one, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
