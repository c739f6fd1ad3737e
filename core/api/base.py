"""Base classes of the API's views.

A view set's `get_queryset` starts with `Model.objects.visible_to(self.principal)`, so that a thing of
another team does not exist (404) rather than being forbidden.
"""

from typing import Any

from rest_framework import mixins, viewsets

from core.permissions import Principal, principal_of


class PrincipalMixin:
    """Gives a view the person or program that calls it."""

    request: Any

    @property
    def principal(self) -> Principal:
        return principal_of(self.request)


class ReadOnlyViewSet(
    PrincipalMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """List and detail."""


class CreateReadViewSet(mixins.CreateModelMixin, ReadOnlyViewSet):
    """List, detail and create; `perform_create` calls a service."""


class PlainViewSet(PrincipalMixin, viewsets.ViewSet):
    """A view set without a model behind it."""
