"""Pages of core."""

from django.urls import path

from core import views

app_name = "core"
urlpatterns = [
    path("reports/", views.reports, name="reports"),
    path("api/", views.api_reference, name="api-reference"),
    path("teams/switch/", views.switch_team, name="switch-team"),
    path("account/tokens/", views.token_list, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", views.revoke_token, name="revoke-token"),
]
