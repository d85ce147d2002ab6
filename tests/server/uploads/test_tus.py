"""tus 1.0, header by header, on both kinds of installation."""

import base64
import hashlib
import threading

import pytest

from server.accounts.actor import Role
from server.uploads import parts
from tests.server.conftest import signed, talking
from tests.server.installation import someone

DATA = bytes(range(256)) * 40
SIZE = len(DATA)
HALF = SIZE // 2
PROTOCOL = {"Tus-Resumable": "1.0.0"}
PART = PROTOCOL | {"Content-Type": "application/offset+octet-stream"}


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def named(name):
    return {"Upload-Metadata": f"filename {encoded(name)}".strip()}


class Planner:
    """Someone with a project, who uploads."""

    def __init__(self, client, platform):
        self.client, self.platform = client, platform
        self.headers = signed(someone(platform)[1])
        made = client.post("/v1/municipalities/dordrecht/projects", json={"name": "Haven"}, headers=self.headers)
        self.uploads = f"/v1/projects/{made.json()['id']}/uploads"

    def create(self, length=SIZE, name="plan.ifc", **headers):
        asked = self.headers | PROTOCOL | named(name) | {"Upload-Length": str(length)} | headers
        return self.client.post(self.uploads, headers=asked)

    def begin(self, length=SIZE):
        return self.create(length).headers["Location"]

    def send(self, address, offset, data, **headers):
        asked = self.headers | PART | {"Upload-Offset": str(offset)} | headers
        return self.client.patch(address, content=data, headers=asked)

    def offset(self, address):
        answer = self.client.head(address, headers=self.headers | PROTOCOL)
        return int(answer.headers["Upload-Offset"])

    def state(self, address):
        return self.client.get(address, headers=self.headers).json()

    def whole(self, address):
        return self.platform.store.get(parts.key(self.state(address)["sha256"]))

    def waiting(self):
        return list(self.platform.store.keys("incoming"))


@pytest.fixture
def planner(platform):
    with talking(platform) as client:
        yield Planner(client, platform)


@pytest.fixture
def local(small):
    with talking(small) as client:
        yield Planner(client, small)


def test_a_file_arrives_in_two_parts(planner):
    made = planner.create()
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "0")
    address = made.headers["Location"]
    first = planner.send(address, 0, DATA[:HALF])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(HALF))
    assert planner.offset(address) == HALF
    assert planner.state(address)["sha256"] is None
    assert planner.send(address, HALF, DATA[HALF:]).status_code == 204
    assert planner.state(address)["sha256"] == hashlib.sha256(DATA).hexdigest()
    assert planner.whole(address) == DATA
    assert planner.waiting() == []


def test_the_first_bytes_may_come_with_the_creation(planner):
    asked = planner.headers | PART | named("plan.glb") | {"Upload-Length": str(len(DATA))}
    made = planner.client.post(planner.uploads, content=DATA[:HALF], headers=asked)
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, str(HALF))
    planner.send(made.headers["Location"], HALF, DATA[HALF:])
    assert planner.whole(made.headers["Location"]) == DATA


def test_the_same_file_twice_is_kept_once_and_until_the_last_is_removed(planner):
    first, second = planner.begin(), planner.begin()
    for address in (first, second):
        planner.send(address, 0, DATA)
    assert len(list(planner.platform.store.keys("uploads"))) == 1
    for address, left in ((first, 1), (second, 0)):
        assert planner.client.delete(address, headers=planner.headers | PROTOCOL).status_code == 204
        assert planner.client.head(address, headers=planner.headers | PROTOCOL).status_code == 404
        assert len(list(planner.platform.store.keys("uploads"))) == left


def test_who_goes_on_elsewhere_than_the_upload_is_is_told_where(planner):
    address = planner.begin()
    planner.send(address, 0, DATA[:HALF])
    for offset in (0, HALF - 1, HALF + 1):
        refused = planner.send(address, offset, b"x")
        assert refused.status_code == 409
        assert f"{HALF:,}" in refused.json()["detail"]
    assert planner.offset(address) == HALF


def test_of_two_writers_at_once_one_is_refused_and_no_byte_is_mixed(planner):
    address = planner.begin()
    gate, answers = threading.Barrier(2), []

    def slowly(data):
        yield data[:100]
        gate.wait(10)
        yield data[100:]

    def send(data):
        asked = planner.headers | PART | {"Upload-Offset": "0"}
        answers.append(planner.client.patch(address, content=slowly(data), headers=asked).status_code)

    writers = [threading.Thread(target=send, args=(data,)) for data in (DATA, DATA[::-1])]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(answers) == [204, 409]
    assert planner.whole(address) in {DATA, DATA[::-1]}
    assert planner.waiting() == []


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
def test_a_right_checksum_passes_and_a_wrong_one_keeps_nothing(local, algorithm):
    def said(data):
        return {"Upload-Checksum": f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"}

    address = local.begin()
    wrong = local.send(address, 0, DATA[:HALF], **said(b"other bytes"))
    assert (wrong.status_code, wrong.json()["status"], wrong.json()["title"]) == (460, 460, "Checksum Mismatch")
    assert wrong.headers["content-type"] == "application/problem+json"
    assert local.offset(address) == 0
    assert local.waiting() == []
    assert local.send(address, 0, DATA, **said(DATA)).status_code == 204
    assert local.whole(address) == DATA


@pytest.mark.parametrize("said", ["md5 AAAA", "sha1", "sha1 !!!", "", "sha1 AAAA"])
def test_a_checksum_that_cannot_be_checked_is_refused(local, said):
    address = local.begin()
    assert local.send(address, 0, DATA, **{"Upload-Checksum": said}).status_code in {400, 460}
    assert local.offset(address) == 0


def test_more_bytes_than_said_are_refused_before_and_while_they_come(local):
    address = local.begin(100)
    refused = local.send(address, 0, DATA)
    assert refused.status_code == 400
    assert "100" in refused.json()["detail"]
    assert local.offset(address) == 0
    lying = local.client.patch(
        address, content=iter([DATA[:60], DATA[60:]]), headers=local.headers | PART | {"Upload-Offset": "0"}
    )
    assert lying.status_code == 400
    assert local.offset(address) <= 100
    rest = DATA[local.offset(address) : 100]
    assert local.send(address, local.offset(address), rest).status_code == 204
    assert local.whole(address) == DATA[:100]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Tus-Resumable": ""}, 412),
        ({"Content-Type": "application/json"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Upload-Offset": "-1"}, 400),
        ({"Upload-Offset": "1e3"}, 400),
        ({"Upload-Offset": "9" * 400}, 400),
    ],
)
def test_what_is_not_tus_is_a_problem_and_changes_nothing(local, headers, status):
    address = local.begin()
    answer = local.client.patch(address, content=DATA, headers=local.headers | PART | {"Upload-Offset": "0"} | headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if status == 412:
        assert answer.headers["Tus-Version"] == "1.0.0"
    assert local.offset(address) == 0


@pytest.mark.parametrize(
    ("length", "name", "status", "said"),
    [
        (0, "plan.ifc", 400, "empty"),
        ("x", "plan.ifc", 400, "number of bytes"),
        (10 << 40, "plan.ifc", 413, "is the most"),
        (100, "plan.skp", 400, "SketchUp exports IFC"),
        (100, "plan", 400, "no kind of model"),
        (100, "", 400, "name of a file"),
        (100, "../..", 400, "name of a file"),
        (100, ".ifc", 400, "name of a file"),
        (100, "a\x00b.ifc", 400, "name of a file"),
        (100, "é" * 130 + ".ifc", 400, "name of a file"),
    ],
)
def test_what_cannot_come_in_is_said_before_a_byte_is_sent(local, length, name, status, said):
    refused = local.create(length, name)
    assert refused.status_code == status
    assert said in refused.json()["detail"]
    assert local.client.get(local.uploads, headers=local.headers).json()["uploads"] == []


@pytest.mark.parametrize("name", ["../../etc/plan.ifc", "C:\\Users\\me\\plan.ifc", "/plan.ifc", "x/../plan.ifc"])
def test_of_a_path_only_the_name_is_kept(local, name):
    address = local.create(name=name).headers["Location"]
    assert local.state(address)["fileName"] == "plan.ifc"


def test_strangers_and_moderators_upload_nothing(local):
    address = local.begin()
    moderator = signed(someone(local.platform, Role.MODERATOR)[1])
    for headers, status in ((moderator, 403), ({}, 401)):
        asked = headers | PART | {"Upload-Offset": "0", "Upload-Length": "9"} | named("plan.ifc")
        assert local.client.patch(address, content=DATA, headers=asked).status_code == status
        assert local.client.post(local.uploads, headers=asked).status_code == status
        assert local.client.delete(address, headers=asked).status_code == status
    assert local.offset(address) == 0


def test_what_the_server_can_is_said(local):
    said = local.client.options(local.uploads).headers
    assert said["Tus-Version"] == "1.0.0"
    assert set(said["Tus-Extension"].split(",")) >= {"creation", "checksum", "expiration", "termination"}
    assert "sha1" in said["Tus-Checksum-Algorithm"].split(",")
    assert int(said["Tus-Max-Size"]) == local.platform.settings.upload_bytes
    limits = local.client.get(local.uploads.replace("uploads", "upload-limits"), headers=local.headers).json()
    assert limits["mostBytes"] == local.platform.settings.upload_bytes
    assert ".ifc" in limits["accepted"]


def test_a_proxy_that_lets_no_patch_through_is_got_around(local):
    address = local.begin()
    asked = local.headers | PART | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert local.client.post(address, content=DATA, headers=asked).status_code == 204
    assert local.whole(address) == DATA
    asked = local.headers | PROTOCOL | {"X-HTTP-Method-Override": "DELETE"}
    assert local.client.post(address, headers=asked).status_code == 204
    assert local.client.get(address, headers=local.headers).status_code == 404
