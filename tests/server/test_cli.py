"""The command, as people run it."""

import signal
import socket
import subprocess
import sys

import pytest

from tests import make

VOORLAND = [sys.executable, "-c", "from server.cli import main; main()"]


def voorland(*arguments, **options):
    command = [*VOORLAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_help_lists_the_commands():
    shown = voorland("--help").stdout
    assert all(word in shown for word in ("tile", "locate", "serve", "demo", "check"))


def test_locate_reads_standard_input():
    result = voorland("locate", input="108360.8790 415757.2745 258.0057 NSGI 30010000\n")
    latitude, longitude, height, *rest = result.stdout.split()
    assert (float(latitude), float(longitude)) == pytest.approx((51.728601274, 4.712120126), abs=1e-8)
    assert float(height) == pytest.approx(301.7981, abs=1e-3)
    assert rest == ["NSGI", "30010000"]


def test_points_are_tiled_and_summed_up(tmp_path):
    laz = make.write_las(tmp_path / "town.laz", make.town(3_000))
    result = voorland("tile", "points", laz, "--out", tmp_path / "tiles")
    assert result.returncode == 0, result.stderr
    assert "no reference system stated; EPSG:7415 taken." in result.stdout
    assert voorland("check", tmp_path / "tiles").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tile", "points", "none.laz", "--out", "o"], "none.laz."),
        (["tile", "points", ".", "--out", "o"], "holds no LAS or LAZ files"),
        (["tile", "points", "x.laz", "--out", "o", "--step", "5"], "--step 5 is no useful step"),
        (
            ["tile", "points", "x.laz", "--out", "o", "--crs", "Dordrecht"],
            "'Dordrecht' is no coordinate reference system",
        ),
        (["tile", "model", "x.obj", "--out", "o", "--at", "1;2;3"], "--at 1;2;3 is not x,y,NAP"),
        (["locate", "none.txt"], "There is no file none.txt."),
        (["serve", "none"], "There is no folder none"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(arguments, said, tmp_path):
    result = voorland(*arguments, cwd=tmp_path, env=None)
    assert result.returncode == 2
    assert said in result.stderr
    assert result.stderr.count("\n") <= 2
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_said(tilesets):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = voorland("serve", tilesets, "--port", port)
    assert result.returncode == 2
    assert f"Port {port} on 127.0.0.1 is in use" in result.stderr


def test_ctrl_c_ends_the_server_quietly(tilesets):
    command = [*VOORLAND, "serve", str(tilesets), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode in {0, 130}
    assert "Traceback" not in errors
