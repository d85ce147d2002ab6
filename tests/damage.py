"""Point files with damaged bytes, and the command run on many of them in a process that may die of it."""

import contextlib
import io
import json
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.fuzz.damage import bytes_damaged

ROOT = Path(__file__).parent.parent
MOST_MEMORY = 4 << 30
_SLOW_S = 20


def points_at(data: bytes) -> int:
    """Where the points begin."""
    return int.from_bytes(data[96:100], "little")


def table_at(data: bytes) -> int:
    """Where the chunk table of a LAZ file begins."""
    return int.from_bytes(data[points_at(data) :][:8], "little")


def patched(at: int | Callable[[bytes], int], new: bytes) -> Callable[[bytes], bytes]:
    """Bytes written over what is there."""

    def patch(data: bytes) -> bytes:
        place = at(data) if callable(at) else at
        return data[:place] + new + data[place + len(new) :]

    return patch


def _laszip(field: int) -> Callable[[bytes], int]:
    return lambda data: data.index(b"laszip encoded") + 52 + field


def _chunk(data: bytes) -> int:
    return points_at(data) + 8


NAN, HUGE = struct.pack("<d", float("nan")), struct.pack("<d", 1e300)
# What a reader once ended on: by a traceback, for want of memory, or never.
KNOWN: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "more chunks than memory holds": ("laz6", patched(lambda data: table_at(data) + 4, b"\xf0\xff\xff\xff")),
    "chunks of no points": ("laz6", patched(_laszip(12), bytes(4))),
    "one chunk of all the world": ("laz1", patched(_laszip(12), b"\xfe\xff\xff\xff")),
    "chunks said to vary": ("laz1", patched(_laszip(12), b"\xff\xff\xff\xff")),
    "chunks said to vary, and more than memory holds": (
        "laz1",
        lambda data: patched(table_at(data) + 4, b"\xf0\xff\xff\xff")(patched(_laszip(12), b"\xff" * 4)(data)),
    ),
    "a point of no parts": ("laz1", patched(_laszip(32), bytes(2))),
    "a part of another size": ("laz6", patched(_laszip(36), b"\xff\x00")),
    "a layer larger than memory": ("laz6", patched(lambda data: _chunk(data) + 30 + 4, b"\xf0\xff\xff\xff")),
    "a damaged chunk table": ("laz6", patched(lambda data: table_at(data) + 8, b"\xff" * 8)),
    "a chunk table out of reach": ("laz1", patched(points_at, b"\xff" * 7 + b"\x7f")),
    "points without end, LAS": ("las6", patched(247, b"\xff" * 7 + b"\x0f")),
    "points without end, LAZ": ("laz6", patched(247, b"\xff" * 7 + b"\x0f")),
    "records without end": ("las1", patched(100, b"\xff\xff\xff\xff")),
    "records after the points without end": ("las6", patched(235, bytes(8) + b"\xff\xff\xff\xff")),
    "a record larger than memory": ("las6", patched(235, struct.pack("<QI", 375, 1))),
    "records far behind the file": ("las6", patched(235, b"\xff" * 8 + b"\x01\x00\x00\x00")),
    "a scale of nothing": ("las1", patched(131, bytes(8))),
    "a scale that is no number": ("laz6", patched(139, NAN)),
    "a scale without end": ("las1", patched(131, HUGE)),
    "an offset that is no number": ("las6", patched(155, NAN)),
    "an extent that is no number": ("las6", patched(179, NAN)),
    "a point format that does not exist": ("las1", patched(104, b"\x3f")),
    "a header of no length": ("las1", patched(94, bytes(2))),
    "a date that does not exist": ("las1", patched(90, b"\xff\xff\xff\xff")),
    "nothing at all": ("las1", lambda _: b""),
    "four letters": ("las1", lambda _: b"LASF"),
    "a header alone": ("laz6", lambda data: data[: points_at(data)]),
}


def damaged(data: bytes, seed: int) -> bytes:
    """A file with some of its bytes changed, most of them where it says how to read it; or cut off."""
    start = points_at(data)
    places = [(0, 375), (0, 375), (375, start), (start, start + 120), (start, len(data)), (len(data) - 120, len(data))]
    places = [(first, last) for first, last in places if first < last]  # LAS needs no records before its points
    return bytes_damaged(data, random.Random(seed), places)


def outcomes(originals: dict[str, Path], cases: Iterable[str], folder: Path) -> Iterator[dict[str, object]]:
    """What becomes of each case, a known one or ``seed kind``: exit status, what was said, what was left behind.

    A case that ends its process has that process's status.
    """
    todo = list(cases)
    program = f"from {__name__} import serve; serve()"
    given = {"originals": {kind: str(path) for kind, path in originals.items()}, "folder": str(folder)}
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    while todo:
        asked = json.dumps(given | {"cases": todo})
        process = subprocess.run(
            [sys.executable, "-c", program], input=asked, capture_output=True, text=True, check=False, env=environment
        )
        found = [json.loads(line) for line in process.stdout.splitlines()]
        yield from found
        todo = todo[len(found) :]
        if todo:
            yield {"case": todo.pop(0), "status": process.returncode, "said": process.stderr[-2_000:], "left": []}


def serve() -> None:
    """Run the command on each case in turn, with limits."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.load(sys.stdin)
    originals = {kind: Path(path) for kind, path in asked["originals"].items()}
    for case in asked["cases"]:
        kind, damage = (
            KNOWN[case] if case in KNOWN else (case.split()[1], lambda data, c=case: damaged(data, int(c.split()[0])))
        )
        path = Path(asked["folder"]) / f"damaged{originals[kind].suffix}"
        path.write_bytes(damage(originals[kind].read_bytes()))
        out = Path(asked["folder"]) / "out"
        status, said = _run(path, out)
        left = sorted(each.name for each in out.rglob("*")) if status else []
        shutil.rmtree(out, ignore_errors=True)
        sys.stdout.write(json.dumps({"case": case, "status": status, "said": said, "left": left}) + "\n")
        sys.stdout.flush()


def _run(path: Path, out: Path) -> tuple[object, str]:
    import signal  # noqa: PLC0415 - all this only in a process of its own
    import traceback  # noqa: PLC0415

    from server.cli import main  # noqa: PLC0415

    sys.argv = ["voorland", "tile", "points", str(path), "--out", str(out)]
    said = io.StringIO()
    signal.signal(signal.SIGALRM, _too_slow)
    signal.alarm(_SLOW_S)
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            status: object = end.code or 0
        except BaseException:  # noqa: BLE001 - also what Rust throws
            status = "traceback"
            traceback.print_exc()
        finally:
            signal.alarm(0)
    return status, said.getvalue()


def _too_slow(*_: object) -> None:
    raise TimeoutError("too slow")
