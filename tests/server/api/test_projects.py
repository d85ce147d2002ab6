"""Projects over HTTP: who may do what, in which municipality."""

import pytest

from server.accounts.actor import Role
from tests.server.conftest import signed, talking
from tests.server.installation import someone

PROJECTS = "/v1/municipalities/dordrecht/projects"


@pytest.fixture
def client(platform):
    with talking(platform) as client:
        yield client


def test_a_planner_begins_describes_and_archives_a_project(platform, client):
    planner = signed(someone(platform)[1])
    made = client.post(PROJECTS, json={"name": "Havenkwartier"}, headers=planner)
    assert made.status_code == 201
    project = made.json()
    assert (project["name"], project["status"], project["municipalityId"]) == ("Havenkwartier", "sketch", "dordrecht")
    address = f"/v1/projects/{project['id']}"
    changed = client.put(address, json={"name": "Haven", "status": "permitted"}, headers=planner).json()
    assert (changed["name"], changed["status"]) == ("Haven", "permitted")
    assert [each["id"] for each in client.get(PROJECTS, headers=planner).json()["projects"]] == [project["id"]]
    assert client.delete(address, headers=planner).status_code == 204
    assert client.get(PROJECTS, headers=planner).json()["projects"] == []


def test_residents_are_asked_to_sign_in(client):
    answer = client.get(PROJECTS)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_moderator_sees_and_changes_nothing(platform, client):
    moderator = signed(someone(platform, Role.MODERATOR)[1])
    assert client.get(PROJECTS, headers=moderator).status_code == 200
    refused = client.post(PROJECTS, json={"name": "x"}, headers=moderator)
    assert refused.status_code == 403
    assert "plans:write" in refused.json()["detail"]


def test_a_request_from_another_site_is_refused(platform, client):
    headers = signed(someone(platform)[1]) | {"X-CSRF-Token": "guessed"}
    assert client.post(PROJECTS, json={"name": "x"}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x", "statuus": "sketch"}, {"name": "x", "status": "built"}]
)
def test_what_does_not_fit_is_said_and_nothing_is_kept(platform, client, body):
    planner = signed(someone(platform)[1])
    refused = client.post(PROJECTS, json=body, headers=planner)
    assert refused.status_code == 400
    assert client.get(PROJECTS, headers=planner).json()["projects"] == []
