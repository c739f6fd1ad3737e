"""Pages of maturity."""

from django.urls import path

from maturity.views import bottlenecks, cards, drills, history, people, plans, replays, rollups, rubrics

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
    path("systems/<slug:slug>/bottleneck.json", bottlenecks.bottleneck_json, name="bottleneck_json"),
    path("systems/<slug:slug>/bottleneck.csv", bottlenecks.bottleneck_table, name="bottleneck_csv"),
    path("systems/<slug:slug>/plan/", plans.plan, name="plan"),
    path("systems/<slug:slug>/plan.json", plans.plan_json, name="plan_json"),
    path("systems/<slug:slug>/plan.csv", plans.plan_table, name="plan_csv"),
    path("systems/<slug:slug>/people/", people.people, name="people"),
    path("systems/<slug:slug>/people/dispute/<int:pk>/answer/", people.answer, name="answer"),
    path("systems/<slug:slug>/people/<slug:kind>/<int:pk>/<slug:verb>/", people.decide, name="decide"),
    path("systems/<slug:slug>/people/<slug:act>/<slug:criterion_id>/", people.say, name="say"),
    path("systems/<slug:slug>/drills/", drills.drills, name="drills"),
    path("systems/<slug:slug>/drills/<slug:kind>/start/", drills.start, name="start_drill"),
    path("systems/<slug:slug>/drills/<int:pk>/finish/", drills.finish, name="finish_drill"),
    path("systems/<slug:slug>/drills/<slug:kind>/record/", drills.record, name="record_drill"),
    path("teams/<slug:slug>/preview/", replays.preview, name="preview"),
    path("rubrics/", rubrics.rubrics, name="rubrics"),
    path("rubrics/<slug:rubric_id>/", rubrics.rubric, name="rubric"),
    path("teams/<slug:slug>/rubric/", rubrics.team, name="team_rubric"),
    path("teams/<slug:slug>/rubric/add/", rubrics.add, name="add_rubric"),
    path("reports/levels/", rollups.organisation, name="organisation"),
    path("reports/levels.json", rollups.organisation_json, name="organisation_json"),
    path("reports/levels.csv", rollups.organisation_table, name="organisation_csv"),
    path("reports/levels/<slug:slug>/", rollups.team, name="team"),
    path("reports/levels/<slug:slug>.json", rollups.team_json, name="team_json"),
    path("reports/levels/<slug:slug>.csv", rollups.team_table, name="team_csv"),
    path("reports/levels/<slug:slug>/compare/", rollups.compare, name="team_compare"),
    path("criteria/<slug:criterion_id>/", cards.criterion, name="criterion"),
]
