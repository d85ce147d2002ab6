"""Parts of uploads through crashes: what was acknowledged is there, what was left behind goes."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from server.database.columns import now
from server.database.schema import uploads as table
from server.errors import Conflict, Gone, TooMany
from server.plans import projects
from server.plans.projects import Described
from server.uploads import parts, uploads
from tests.server.installation import installation, someone
from tiles.errors import LimitExceeded

DATA = b"0123456789" * 10


@pytest.fixture
def actor(platform):
    return someone(platform)[0]


@pytest.fixture
def upload(platform, actor):
    return begin(platform, actor)


def begin(platform, actor, length=100):
    with platform.database.writing() as connection:
        project = projects.create(connection, actor, "dordrecht", Described("Haven"))
        return uploads.create(connection, platform, actor, project.id, (length, {"filename": "plan.ifc"}))


def send(platform, upload, start, end):
    part = parts.keep(platform.store, upload.id, start, DATA[start:end])
    with platform.database.writing() as connection:
        uploads.acknowledge(connection, upload, [part], upload.expires_at)
    return replace(upload, offset=end)


def expire(platform, upload):
    with platform.database.writing() as connection:
        late = now() - timedelta(seconds=1)
        connection.execute(update(table).where(table.c.id == upload.id).values(expires_at=late))


def test_parts_that_a_crash_left_unacknowledged_are_no_part_of_the_file(platform, upload):
    upload = send(platform, upload, 0, 40)
    parts.keep(platform.store, upload.id, 40, b"lost with the server")
    upload = send(platform, upload, 40, 100)
    sha256 = parts.whole(platform, upload)
    assert sha256 == hashlib.sha256(DATA).hexdigest()
    assert platform.store.get(parts.key(sha256)) == DATA
    assert list(platform.store.keys("incoming")) == []


def test_a_file_whose_making_a_crash_broke_off_is_made_when_it_is_asked_for_again(platform, upload):
    upload = send(platform, upload, 0, 100)
    platform.store.put(parts.key(hashlib.sha256(DATA).hexdigest()), DATA[:50])  # as if written half
    assert platform.store.get(parts.key(parts.whole(platform, upload))) == DATA
    assert parts.whole(platform, upload) == hashlib.sha256(DATA).hexdigest()  # and once more


def test_a_second_writer_at_the_same_place_is_refused(platform, upload):
    send(platform, upload, 0, 40)
    with pytest.raises(Conflict, match="Another one"):
        send(platform, upload, 0, 50)


def test_an_upload_that_waited_too_long_is_gone_and_swept_with_its_parts(platform, actor, upload):
    other = send(platform, begin(platform, actor), 0, 40)
    send(platform, upload, 0, 40)
    expire(platform, upload)
    with platform.database.reading() as connection, pytest.raises(Gone, match="expired"):
        uploads.get(connection, actor, upload.id)
    assert parts.sweep(platform) == 1
    assert {key.split("/")[1] for key in platform.store.keys("incoming")} == {other.id}
    assert parts.sweep(platform) == 0


def test_the_quota_counts_what_was_promised(tmp_path, servers):
    with installation("small", tmp_path, servers, quota_bytes=150) as platform:
        actor = someone(platform)[0]
        begin(platform, actor)
        with pytest.raises(LimitExceeded, match="50 bytes are left"):
            begin(platform, actor, 51)
        begin(platform, actor, 50)


def test_too_many_unfinished_uploads_are_refused(tmp_path, servers):
    with installation("small", tmp_path, servers, open_uploads=2) as platform:
        actor = someone(platform)[0]
        with platform.database.writing() as connection:
            project = projects.create(connection, actor, "dordrecht", Described("Haven"))
            for _ in range(2):
                uploads.create(connection, platform, actor, project.id, (1, {"filename": "a.ifc"}))
            with pytest.raises(TooMany, match="2 uploads"):
                uploads.create(connection, platform, actor, project.id, (1, {"filename": "a.ifc"}))
