"""Addresses: each app brings its own pages and its own part of the API."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import DefaultRouter

import core.api.schema  # noqa: F401 (tells the API's description of our tokens)
import evidence.api
import lineage.api
import maturity.api
import monitoring.api
from config.health import health

router = DefaultRouter()
for app in (maturity.api, lineage.api, monitoring.api, evidence.api):
    for prefix, viewset, basename in app.routes:
        router.register(prefix, viewset, basename=basename)

api = [
    path("schema/", login_not_required(SpectacularAPIView.as_view()), name="schema"),
    *router.urls,
]

FAVICON = RedirectView.as_view(url=f"{settings.STATIC_URL}img/favicon.svg")

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("favicon.ico", login_not_required(FAVICON)),  # where browsers look on pages that name none
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("api/v1/", include((api, "api"))),
    path("", include("core.urls")),
    path("sources/", include("evidence.urls")),
    path("monitoring/", include("monitoring.urls")),
    path("samples/", include("samples.urls")),
    path("", include("lineage.urls")),
    path("", include("maturity.urls")),
]
