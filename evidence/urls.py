"""Pages of evidence, under /sources/."""

from django.urls import path

from evidence import views

app_name = "evidence"
urlpatterns = [
    path("", views.sources, name="sources"),
    path("new/", views.connect, name="connect"),
    path("<slug:slug>/", views.source, name="source"),
    path("<slug:slug>/settings/", views.change, name="change"),
    path("<slug:slug>/check/", views.check, name="check"),
    path("<slug:slug>/sync/", views.sync, name="sync"),
    path("<slug:slug>/syncs/<int:pk>/", views.sync_row, name="sync-row"),
    path("<slug:slug>/bind/", views.bind, name="bind"),
    path("<slug:slug>/unbind/<int:pk>/", views.unbind, name="unbind"),
]
