"""Addresses that belong to no app."""

import pytest
from django.test import Client


@pytest.mark.django_db
def test_favicon_leads_to_the_icon(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (302, "/static/img/favicon.svg")
