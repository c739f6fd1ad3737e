"""Pages of maturity."""

from django.urls import path

from maturity.views import cards, history

app_name = "maturity"
urlpatterns = [
    path("", cards.overview, name="overview"),
    path("systems/", cards.systems, name="systems"),
    path("systems/<slug:slug>/", cards.scorecard, name="scorecard"),
    path("systems/<slug:slug>/assess/", cards.assess, name="assess"),
    path("systems/<slug:slug>/badge.svg", cards.badge, name="badge"),
    path("systems/<slug:slug>/scorecard.json", cards.export_json, name="export_json"),
    path("systems/<slug:slug>/scorecard.csv", cards.export_csv, name="export_csv"),
    path("systems/<slug:slug>/history/", history.history, name="history"),
    path("systems/<slug:slug>/compare/", history.comparison, name="compare"),
    path("criteria/<slug:criterion_id>/", cards.criterion, name="criterion"),
]
