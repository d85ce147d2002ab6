"""Files broken at random: every reader gives a model or one sentence, in little time and memory.

`python -m tests.fuzz SECONDS SEED [NAME…]` runs it for longer, from a seed on; one that it names is broken the same way
again by `run(NAME, range(seed, seed + 1), …)`.
"""

import copy
import json
import re
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from random import Random

import models
from pipeline.confine import Limits, confined
from tests import makemeshes as make
from tiles.errors import Problem
from tiles.glb import read as read_glb

SLOW_S = 8.0
LIMITS = Limits(memory_bytes=4 << 30, cpu_s=600, wall_s=900)
_ODD_NUMBERS = [
    "0",
    "-1",
    "1e308",
    "-1e-320",
    "nan",
    "inf",
    "2147483648",
    "4294967295",
    "99999999999999999999",
    "0.5",
    "",
]
_ODD_VALUES = [None, -1, 0, 1e308, 2**31, 2**63, "", "x" * 50, [], {}, [[]], True, [1, 2], {"a": 1}, "../../etc/passwd"]
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_WORD = re.compile(rb"[A-Za-z_#:]{2,}")


def broken(data: bytes, name: str, seed: int) -> bytes:
    """A file with a few things wrong with it, the same for the same seed."""
    random = Random(seed)
    if name.endswith((".3mf", ".zip", ".usdz")) and random.random() < 0.8:
        return _broken_archive(data, name, random)
    if name.endswith((".glb", ".gltf")) and random.random() < 0.7:
        return _broken_gltf(data, name, random)
    return _broken_bytes(data, random)


def _broken_bytes(data: bytes, random: Random) -> bytes:
    text = all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in data[:400])
    for _ in range(random.choice([1, 1, 2, 4, 16])):
        kinds = ["flip", "cut", "double", "insert", "end", "word"] + ["number", "number", "swap"] * (2 if text else 0)
        data = _once(data, random.choice(kinds), random)
    return data


def _once(data: bytes, kind: str, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    to = min(at + random.choice([1, 2, 4, 30, 300]), len(data))
    odd = random.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\x80\x7f", b"\0\0\xc0\x7f"])
    inserted = random.choice([b"\0", b"\xff\xff\xff\xff", b"\n", b"<a>", b'"', b" -9 ", b"//"])
    made = {
        "flip": lambda: data[:at] + bytes([random.randrange(256)]) + data[at + 1 :],
        "cut": lambda: data[:at] + data[to:],
        "double": lambda: data[:to] + data[at:to] * random.choice([1, 2, 50]) + data[to:],
        "insert": lambda: data[:at] + inserted + data[at:],
        "end": lambda: data[:at] if random.random() < 0.3 else data,
        "word": lambda: data[:at] + odd + data[at + 4 :],
        "number": lambda: _other(data, _NUMBER, random),
        "swap": lambda: _other(data, _WORD, random),
    }
    return made[kind]()


def _other(data: bytes, pattern: re.Pattern[bytes], random: Random) -> bytes:
    """A number replaced by an odd one, or a word by another of the file."""
    found = list(pattern.finditer(data))
    if not found:
        return data
    match = random.choice(found)
    other = random.choice(_ODD_NUMBERS).encode() if pattern is _NUMBER else random.choice(found)[0]
    return data[: match.start()] + other + data[match.end() :]


def _broken_archive(data: bytes, name: str, random: Random) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as given, zipfile.ZipFile(out, "w") as made:
        entries = given.infolist()
        chosen = random.choice(entries)
        for entry in entries:
            inside = given.read(entry)
            if entry is chosen and inside:
                inside = _broken_bytes(inside, random)
            # A USD package holds its files as they are, each at a multiple of 64 bytes; one that is not is a fault too.
            made.writestr(entry.filename, inside, zipfile.ZIP_STORED if name.endswith("usdz") else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _broken_gltf(data: bytes, name: str, random: Random) -> bytes:
    if name.endswith(".gltf"):
        return json.dumps(_broken_json(json.loads(data), random)).encode()
    glb = read_glb(data)
    return make.pack_glb(_broken_json(glb.document, random), glb.bin)


def _broken_json(document: dict, random: Random) -> dict:
    document = copy.deepcopy(document)
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        places = list(_places(document))
        holder, key = random.choice(places)
        if random.random() < 0.2:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(random.choice([*_ODD_VALUES, random.choice(places)[0]]))
    return document


def _places(value) -> Iterator:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)) and value[key]:
            yield from _places(value[key])


def run(name: str, seeds: range, report) -> list[str]:
    """What went wrong for the seeds of one kind of file: tracebacks, and what took too long."""
    warnings.simplefilter("error")
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        whole = sources(name, path)
        for seed in seeds:
            report(name, seed, seeds.stop)
            path.write_bytes(broken(whole[seed % len(whole)], name, seed))
            start = time.process_time()
            try:
                models.read(path, models.Reading(), lambda _done, _total: None)
            except Problem as problem:
                if not str(problem).rstrip().endswith(".") or "\n" in str(problem).strip():
                    faults.append(f"{name} seed {seed}: no sentence: {problem}")
            except Exception:
                faults.append(f"{name} seed {seed}: {traceback.format_exc()}")
            if time.process_time() - start > SLOW_S:
                faults.append(f"{name} seed {seed}: took {time.process_time() - start:.0f} s")
    return faults


def sources(name: str, path: Path) -> list[bytes]:
    """The sound files that are broken, of one kind."""
    found = [make.ALL[name](path).read_bytes()]
    if name.endswith(".ply"):
        found.append(make.ply(path, text=False).read_bytes())
    return found


def fuzz(name: str, seeds: range) -> list[str]:
    """The same in a process of its own, since a crash is a fault as well."""
    last = [seeds.start]

    def report(_name: str, seed: int, _stop: int) -> None:
        last[0] = seed

    try:
        return confined(run, (name, seeds), LIMITS, report)
    except Problem as problem:
        return [f"{name} seed {last[0]}: {problem}"]


if __name__ == "__main__":
    end = time.monotonic() + float(sys.argv[1])
    start = int(sys.argv[2])
    while time.monotonic() < end:
        for chosen in sys.argv[3:] or make.ALL:
            for fault in fuzz(chosen, range(start, start + 200)):
                sys.stdout.write(f"{fault}\n")
        start += 200
    sys.stdout.write(f"up to seed {start}\n")
