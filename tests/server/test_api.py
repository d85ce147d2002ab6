"""The HTTP interface, by the NL GOV API Design Rules."""

import pytest

import assets


def test_tilesets_are_listed_with_what_a_viewer_needs(client):
    (tileset,) = client.get("/v1/tilesets").json()["tilesets"]
    assert (tileset["id"], tileset["title"], tileset["kind"]) == ("the-town", "Town", "points")
    assert tileset["url"] == "/t/the-town/tileset.json"
    assert tileset["attribution"] == "AHN"
    assert tileset["sourceCrs"] == "EPSG:7415"
    assert "ITRF2020" in tileset["epoch"]
    # The middle of the town at RD (104950, 425300), NAP about 7, which is 50.7 m above the ellipsoid.
    centre = tileset["centre"]
    assert (centre["lat"], centre["lon"]) == pytest.approx((51.81408, 4.66138), abs=1e-4)
    assert centre["height"] == pytest.approx(50.7, abs=2)
    assert tileset["radius"] == pytest.approx(71, abs=5)
    assert client.get("/v1/tilesets/the-town").json() == tileset


def test_the_municipality_is_configuration(client):
    said = client.get("/v1/municipality").json()
    assert said["name"] == "Dordrecht"
    assert set(said["languages"]) == {"nl", "en"}


@pytest.mark.parametrize("path", ["/v1/tilesets/", "/v1/nothing", "/nothing", "/v1/tilesets/none", "/viewer/none.js"])
def test_what_is_not_there_is_said_as_problem_details(client, path):  # RFC 9457; no redirect of a slash
    response = client.get(path, follow_redirects=False)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json().keys() >= {"status", "title", "detail"}


def test_every_answer_carries_the_version_and_is_safe(client):
    for path in ("/v1/tilesets", "/v1/nothing"):
        headers = client.get(path).headers
        assert headers["api-version"] == "1.0.0"
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]


def test_a_method_that_is_not_offered_is_refused(client):
    response = client.post("/v1/tilesets")
    assert response.status_code == 405
    assert response.headers["content-type"] == "application/problem+json"


class TestDescription:
    """The OpenAPI document."""

    @pytest.fixture
    def document(self, client):
        response = client.get("/v1/openapi.json")
        assert response.headers["access-control-allow-origin"] == "*"
        return response.json()

    def test_it_names_a_contact_and_the_versioned_server(self, document):
        assert document["info"]["contact"].keys() == {"name", "url", "email"}
        assert document["info"]["version"] == "1.0.0"
        assert document["servers"][0]["url"].endswith("/v1")

    def test_paths_are_kebab_case_without_version_slash_or_extension(self, document):
        for path in document["paths"]:
            words = [part for part in path.split("/") if part and not part.startswith("{")]
            assert all(word.replace("-", "").islower() for word in words)
            assert not path.startswith("/v1")
            assert not path.endswith("/")
            assert "." not in path

    def test_answers_are_versioned_and_problems_are_problem_details(self, document):
        for item in document["paths"].values():
            for operation in item.values():
                assert operation["operationId"]
                assert "422" not in operation["responses"]
                for status, response in operation["responses"].items():
                    if status.startswith("2"):
                        assert "API-Version" in response["headers"]
                    else:
                        assert list(response["content"]) == ["application/problem+json"]


class TestPage:
    """The viewer's page."""

    @pytest.fixture(autouse=True)
    def _built(self):
        if not assets.path("viewer/dist/index.html").is_file():
            pytest.skip("the viewer is not built; install the package with pip, which builds it")

    def test_it_is_served_with_a_strict_policy_and_uncompressed(self, client):
        response = client.get("/", headers={"Accept-Encoding": "gzip"})
        policy = response.headers["content-security-policy"]
        assert response.headers["content-type"].startswith("text/html")
        assert "unsafe-inline" not in policy
        assert "'unsafe-eval'" not in policy
        assert "content-encoding" not in response.headers
        assert "strict-transport-security" not in response.headers  # plain http on a laptop

    def test_its_files_carry_their_hash_and_are_kept_for_a_year(self, client):
        page = client.get("/").text
        script = page.split('src="')[1].split('"')[0]
        response = client.get(script)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]

    def test_security_txt_says_whom_to_write(self, client):
        assert "Contact: mailto:" in client.get("/.well-known/security.txt").text
