"""Pages of maturity."""

from django.urls import path

from maturity import views

app_name = "maturity"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("systems/", views.systems, name="systems"),
    path("systems/<slug:slug>/", views.scorecard, name="scorecard"),
    path("systems/<slug:slug>/assess/", views.assess, name="assess"),
    path("systems/<slug:slug>/badge.svg", views.badge, name="badge"),
    path("systems/<slug:slug>/scorecard.json", views.export_json, name="export_json"),
    path("systems/<slug:slug>/scorecard.csv", views.export_csv, name="export_csv"),
    path("criteria/<slug:criterion_id>/", views.criterion, name="criterion"),
]
