"""Pages of lineage."""

from django.urls import path

from lineage import answers, views

app_name = "lineage"
urlpatterns = [
    path("lineage/", views.home, name="home"),
    path("lineage/search/", views.search_page, name="search"),
    path("lineage/<int:node_id>/", views.node, name="node"),
    path("lineage/<int:node_id>/figure/", views.figure, name="figure"),
    path("lineage/<int:node_id>/export/<slug:name>/", views.export, name="export"),
    path("lineage/<int:node_id>/compare/", answers.compare_page, name="compare"),
    path("lineage/<int:node_id>/reproduce/", answers.reproduce_page, name="reproduce"),
    path("search/", views.search_page, name="search_all"),
]
