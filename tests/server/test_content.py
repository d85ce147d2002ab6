"""Tile bytes over HTTP, on a real server; RFC 9110."""

import gzip
import json

import pytest

TILESET = "/t/the-town/tileset.json"


@pytest.fixture(scope="module")
def content(tilesets):
    """Where the root's content is, as the tileset says."""
    document = json.loads((tilesets / "The Town" / "tileset.json").read_text())
    return document["root"]["content"]["uri"]


@pytest.fixture(scope="module")
def glb(content):
    return f"/t/the-town/{content}"


@pytest.fixture(scope="module")
def whole(tilesets, content):
    return (tilesets / "The Town" / content).read_bytes()


def test_a_tile_comes_whole_with_its_media_type(client, glb, whole):
    response = client.get(glb)
    assert (response.status_code, response.content) == (200, whole)
    assert response.headers["content-type"] == "model/gltf-binary"
    assert response.headers["content-length"] == str(len(whole))
    assert response.headers["accept-ranges"] == "bytes"


def test_any_site_may_read_tiles(client, glb):
    assert client.get(glb).headers["access-control-allow-origin"] == "*"
    preflight = client.options(glb)
    assert preflight.status_code == 204
    assert "Range" in preflight.headers["access-control-allow-headers"]


def test_head_gives_the_headers_of_get_and_no_bytes(client, glb):
    head, get = client.head(glb), client.get(glb)
    assert head.content == b""
    names = ("content-length", "content-type", "etag", "cache-control")
    assert [head.headers[name] for name in names] == [get.headers[name] for name in names]


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-3", slice(0, 4)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=0-999999999", slice(None)),
    ],
)
def test_a_range_gives_that_part(client, glb, whole, header, part):  # 14.2
    response = client.get(glb, headers={"Range": header})
    assert (response.status_code, response.content) == (206, whole[part])
    start, stop, _ = part.indices(len(whole))
    assert response.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(whole)}"


@pytest.mark.parametrize("header", ["bytes=abc", "lines=1-2", "bytes=0-1,4-5", "bytes=5-2", "bytes=-"])
def test_a_range_that_is_not_understood_is_ignored(client, glb, whole, header):  # 14.2
    response = client.get(glb, headers={"Range": header})
    assert (response.status_code, response.content) == (200, whole)


def test_a_range_past_the_end_cannot_be_satisfied(client, glb, whole):  # 15.5.17
    response = client.get(glb, headers={"Range": f"bytes={len(whole)}-"})
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{len(whole)}"
    assert response.headers["content-type"] == "application/problem+json"


def test_if_range_gives_the_whole_when_the_tile_has_changed(client, glb, whole):  # 13.1.5
    tag = client.get(glb).headers["etag"]
    same = client.get(glb, headers={"Range": "bytes=0-3", "If-Range": tag})
    other = client.get(glb, headers={"Range": "bytes=0-3", "If-Range": '"other"'})
    weak = client.get(glb, headers={"Range": "bytes=0-3", "If-Range": f"W/{tag}"})
    assert (same.status_code, other.status_code, weak.status_code) == (206, 200, 200)
    assert other.content == whole


def test_the_tag_is_strong_and_answers_with_304(client, glb):  # 8.8.3, 13.1.2
    tag = client.get(glb).headers["etag"]
    assert tag.startswith('"')
    for header in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        response = client.get(glb, headers={"If-None-Match": header})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == tag
    assert client.get(glb, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_tileset_made_anew_has_another_tag(client, tilesets):
    path = tilesets / "The Town" / "tileset.json"
    before = client.get(TILESET).headers["etag"]
    document = path.read_bytes()
    path.with_suffix(".new").write_bytes(document)
    path.with_suffix(".new").replace(path)
    assert client.get(TILESET).headers["etag"] != before


def test_json_is_compressed_for_those_who_take_it_and_tagged_apart(client, tilesets):  # 8.8.3.3
    plain = client.get(TILESET, headers={"Accept-Encoding": "identity"})
    with client.stream("GET", TILESET, headers={"Accept-Encoding": "gzip"}) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content == (tilesets / "The Town" / "tileset.json").read_bytes()
    assert response.headers["etag"] != plain.headers["etag"]
    assert response.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert json.loads(plain.content)["asset"]["version"] == "1.1"


def test_a_tile_is_not_compressed_again(client, glb):
    assert "content-encoding" not in client.get(glb).headers


@pytest.mark.parametrize(
    "path",
    [
        "/t/the-town/none.glb",
        "/t/none/tileset.json",
        "/t/the-town/",
        "/t/the-town",
        "/t/the-town/top",
        "/t/the-town/..%2f..%2ftown.laz",
        "/t/the-town/%2e%2e/%2e%2e/town.laz",
        "/t/the-town/top//0-0-0.glb",
        "/t/the-town/.hidden",
        "/t/the-town/tileset.json%00.glb",
        "/t/the-town/link",
    ],
)
def test_what_is_not_a_file_of_the_tileset_is_not_there(client, tilesets, path):
    link = tilesets / "The Town" / "link"
    if not link.is_symlink():
        link.symlink_to(tilesets.parent / "town.laz")
        (tilesets / "The Town" / ".hidden").write_text("secret")
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_a_tile_cannot_be_changed(client, glb):
    response = client.put(glb, content=b"x")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
