"""Addresses of the sample workspace."""

from django.urls import path

from samples import views

app_name = "samples"
urlpatterns = [path("progress/", views.progress, name="progress")]
