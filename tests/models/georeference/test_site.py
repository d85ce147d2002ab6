"""Latitude and longitude of a site, and points that are known, against NSGI's and IfcGref's own figures."""

import numpy as np
import pytest

from models.georeference import Pair, Site, known_points, site_candidates, site_hint
from tiles.frame import RD_NAP, points

centimetre, millimetre = 1e-2, 1e-3


def origin(candidate):
    return candidate.to_map(np.zeros((1, 3)))[0]


def test_bouwkunde_stands_where_ifcgref_puts_it():
    (candidate,) = site_candidates(Site(52.0052109, 4.3692479, (0.0, 0.0, 0.0), 0.0, (0.0, 1.0)))
    # IfcGref used PROJ without the Dutch grids, which is a centimetre off here.
    assert origin(candidate)[:2] == pytest.approx((85_104.702, 446_805.116), abs=2 * centimetre)


def test_a_site_at_nsgi_points_lies_at_their_rd(shared_data):
    rows = shared_data("geodesy/golden_points.csv").read_text().splitlines()
    golden = np.array([[float(number) for number in row.split(",")[1:]] for row in rows if row[0] != "#"])
    inside = golden[np.isfinite(golden).all(axis=1)]
    for lat, lon, _, x, y, nap in inside:
        (candidate,) = site_candidates(Site(lat, lon, (0.0, 0.0, 0.0), nap, (0.0, 1.0)))
        assert origin(candidate) == pytest.approx((x, y, nap), abs=1 * millimetre)


def test_latitude_and_longitude_are_of_the_sites_own_origin():
    (candidate,) = site_candidates(Site(51.8141, 4.6606, (100.0, 50.0, 3.0), 2.5))
    at = RD_NAP.from_geographic(points((51.8141, 4.6606, 43.0)))[0]
    assert candidate.to_map(np.array([[100.0, 50.0, 3.0]]))[0] == pytest.approx((*at[:2], 2.5), abs=1e-6)


def test_true_north_is_not_the_maps_north():
    # At Dordrecht grid north is −0.571° from true north (DESIGN.md 2): true north points west of the map's.
    (candidate,) = site_candidates(Site(51.8141, 4.6606, (0.0, 0.0, 0.0), 2.5, (0.0, 1.0)))
    assert candidate.heading_deg == pytest.approx(360 + 0.571 if candidate.heading_deg > 180 else 0.571, abs=0.002)
    # A point 100 m along the model's y axis has the longitude of its origin.
    ends = RD_NAP.to_geographic(candidate.to_map(np.array([[0.0, 0.0, 0.0], [0.0, 100.0, 0.0]])))
    assert ends[1, 1] == pytest.approx(ends[0, 1], abs=1e-7)


def test_a_model_turned_from_true_north_is_turned_back():
    # North lies along the model's x axis, so its y axis points west.
    (candidate,) = site_candidates(Site(51.8141, 4.6606, (0.0, 0.0, 0.0), 2.5, (1.0, 0.0)))
    x_axis = candidate.local_to_map[:2, 0]
    assert x_axis[1] > 0.999
    assert candidate.local_to_map[0, 1] < -0.999


@pytest.mark.parametrize("where", [(42.358, -71.060), (52.15, 5.38333), (49.1, 8.44), (0.0, 0.0)])
def test_a_default_or_a_place_elsewhere_is_no_candidate(where):
    assert site_candidates(Site(*where, (0.0, 0.0, 0.0))) == []


def test_a_hint_names_whose_default_it_is():
    assert "Revit's Boston, an exporter's default" in site_hint(42.3584, -71.0598)
    assert "no more than a hint" in site_hint(49.1, 8.44)


def test_known_points_that_do_not_fit_each_other_are_doubted():
    pairs = [Pair((0, 0, 0), (1e5, 4e5, 0)), Pair((10, 0, 0), (1e5 + 10, 4e5, 0)), Pair((0, 10, 0), (1e5, 4e5 + 14, 0))]
    (candidate,) = known_points(pairs, "points", heights=True)
    assert any("do not fit each other" in doubt.said for doubt in candidate.doubts)
