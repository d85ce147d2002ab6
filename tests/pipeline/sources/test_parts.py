"""Files of which any part can be read."""

import io

import pytest

from pipeline.sources.parts import LocalFile
from pipeline.sources.ranges import remote
from tests.ahnsource import Source, served
from tests.pipeline.sources.conftest import QUICK
from tiles.errors import BadInput, Problem

DATA = bytes(range(251)) * 4_000


class PartsContract:
    """What every such file must do."""

    @pytest.fixture
    def file(self, tmp_path):
        raise NotImplementedError

    def test_a_part_is_what_stands_there_and_does_not_move_the_reader(self, file):
        file.seek(7)
        assert file.part(500_000, 1_000) == DATA[500_000:501_000]
        assert file.tell() == 7
        assert file.size == len(DATA)

    def test_it_reads_on_from_where_it_was_left(self, file):
        disk = io.BytesIO(DATA)
        for offset, whence, size in ((100, 0, 5), (3, 1, 300_000), (-70_000, 2, 100_000)):
            assert file.seek(offset, whence) == disk.seek(offset, whence)
            assert file.read(size) == disk.read(size)

    @pytest.mark.parametrize(("start", "size"), [(len(DATA) - 5, 10), (-1, 5), (10, -1)])
    def test_a_part_that_is_not_there_is_told(self, file, start, size):
        with pytest.raises(Problem, match=r"points.*bytes|bytes .* lie outside"):
            file.part(start, size)

    def test_what_is_damaged_is_named(self, file):
        assert "no COPC file that can be read (it is none)" in str(file.damaged("it is none"))
        assert str(file.damaged("")).startswith("points.laz")


class TestOnDisk(PartsContract):
    @pytest.fixture
    def file(self, tmp_path):
        (tmp_path / "points.laz").write_bytes(DATA)
        with LocalFile(tmp_path / "points.laz") as file:
            yield file

    def test_the_user_can_mend_it(self, file):
        assert isinstance(file.damaged(""), BadInput)


class TestOnAServer(PartsContract):
    @pytest.fixture
    def file(self):
        with (
            served(Source({"points.laz": DATA})) as template,
            remote(template.rsplit("/", 1)[0] + "/points.laz", QUICK) as file,
        ):
            yield file
