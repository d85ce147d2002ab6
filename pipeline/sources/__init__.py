"""Open data for an area, brought from where it is published: AHN, aerial photo, BAG, 3DBAG."""
