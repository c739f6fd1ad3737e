"""The API of lineage: graph views, nodes with their edges, events, search."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import PlainViewSet, ReadOnlyViewSet
from evidence.models import Edge, Event, Node
from lineage.answers_api import AnswerViewSet
from lineage.document import graph_document
from lineage.exports import FORMATS
from lineage.figure import CONFIG, lineage_figure
from lineage.gaps import find_gaps
from lineage.graph import MOST_FAN, MOST_HOPS, MOST_NODES, Bounds, GraphTooSlowError, neighbourhood
from lineage.search import LONGEST, found_nodes
from lineage.state import group_ids
from lineage.subgraph import Subgraph

MOST_EDGES = 100
USUAL = Bounds()


class TooSlowError(APIException):
    """The database did not answer in time."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "too_slow"
    default_detail = "The view could not be read in two seconds. Ask for fewer hops or a smaller fan."


class GraphQuery(serializers.Serializer[Any]):
    """Which view: a node, hops each way, neighbours of each kind, nodes in all, groups to show more of."""

    node = serializers.IntegerField(min_value=1)
    up = serializers.IntegerField(min_value=0, max_value=MOST_HOPS, default=USUAL.up)
    down = serializers.IntegerField(min_value=0, max_value=MOST_HOPS, default=USUAL.down)
    fan = serializers.IntegerField(min_value=1, max_value=MOST_FAN, default=USUAL.fan)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_NODES, default=USUAL.limit)
    expand = serializers.CharField(
        default="",
        allow_blank=True,
        help_text="Ids of groups to show as far as possible, with commas between.",
    )


class ExportQuery(GraphQuery):
    """Which view, and as what."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            **super().get_fields(),
            "as": serializers.ChoiceField(choices=list(FORMATS)),
        }  # a word of Python


class GraphNodeDocument(serializers.Serializer[Any]):
    """A node of a view; `hop` is its distance from the focus, negative upstream."""

    id = serializers.IntegerField()
    uid = serializers.CharField()
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    sub = serializers.CharField()
    state = serializers.CharField()
    url = serializers.CharField()
    hop = serializers.IntegerField()
    gone = serializers.BooleanField()
    chips = serializers.ListField(child=serializers.CharField())
    col = serializers.IntegerField()
    x = serializers.FloatField()
    y = serializers.FloatField()


class GraphEdgeDocument(serializers.Serializer[Any]):
    """An edge from cause `s` to effect `t`, as stored; a side edge is not followed."""

    s = serializers.IntegerField()
    t = serializers.IntegerField()
    k = serializers.CharField()
    side = serializers.BooleanField()
    confidence = serializers.CharField()
    method = serializers.CharField()


class GroupDocument(serializers.Serializer[Any]):
    """Neighbours that are not shown; `more_is_min` means at least that many."""

    id = serializers.CharField()
    parent = serializers.IntegerField()  # type: ignore[assignment]
    dir = serializers.CharField()
    edge_kind = serializers.CharField()
    kind = serializers.CharField()
    shown = serializers.IntegerField()
    more = serializers.IntegerField()
    more_is_min = serializers.BooleanField()


class GapDocument(serializers.Serializer[Any]):
    """A hop that ought to be there, the nodes that miss it, and what to do."""

    id = serializers.CharField()
    nodes = serializers.ListField(child=serializers.IntegerField())
    dir = serializers.CharField()
    missing = serializers.CharField()
    why = serializers.CharField()
    remedy = serializers.CharField()


class GraphDocument(serializers.Serializer[Any]):
    """A bounded view around a node. Never more than 200 nodes."""

    focus = serializers.IntegerField()
    truncated = serializers.BooleanField()
    nodes = GraphNodeDocument(many=True)
    edges = GraphEdgeDocument(many=True)
    groups = GroupDocument(many=True)
    gaps = GapDocument(many=True)


class FigureDocument(serializers.Serializer[Any]):
    """A Plotly figure, and the configuration that keeps it away from Plotly's cloud."""

    data = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]
    layout = serializers.DictField()
    config = serializers.DictField()


class NodeSerializer(serializers.ModelSerializer[Node]):
    """A node without its attributes."""

    system = serializers.CharField(source="system.slug", read_only=True, default=None)
    source = serializers.CharField(source="source.slug", read_only=True, default=None)  # type: ignore[assignment]

    class Meta:
        model = Node
        fields: ClassVar = [
            "id", "uid", "kind", "label", "system", "source", "url", "state",
            "started_at", "ended_at", "first_seen", "last_seen", "gone_at",
        ]  # fmt: skip


class EdgeSerializer(serializers.ModelSerializer[Edge]):
    """An edge and how it is known."""

    source = serializers.CharField(source="source.slug", read_only=True, default=None)  # type: ignore[assignment]

    class Meta:
        model = Edge
        fields: ClassVar = ["src", "kind", "dst", "source", "method", "confidence", "first_seen", "last_seen"]


class NodeDetailSerializer(NodeSerializer):
    """A node with its attributes and its newest visible edges."""

    edges = EdgeSerializer(many=True)

    class Meta(NodeSerializer.Meta):
        fields: ClassVar = [*NodeSerializer.Meta.fields, "attrs", "edges"]


class EventSerializer(serializers.ModelSerializer[Event]):
    """Something that happened to a node."""

    system = serializers.CharField(source="system.slug", read_only=True, default=None)
    source = serializers.CharField(source="source.slug", read_only=True, default=None)  # type: ignore[assignment]

    class Meta:
        model = Event
        fields: ClassVar = ["id", "kind", "node", "system", "source", "at", "recorded_at", "actor", "attrs"]


class SearchQuery(serializers.Serializer[Any]):
    """The beginning of a name, version, SHA or id."""

    q = serializers.CharField(max_length=LONGEST)


class NodeFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Nodes of a kind, of a system (slug), gone or not, by the beginning of their label."""

    kind = django_filters.CharFilter()
    system = django_filters.CharFilter(field_name="system__slug")
    q = django_filters.CharFilter(field_name="label", lookup_expr="istartswith")
    gone = django_filters.BooleanFilter(field_name="gone_at", lookup_expr="isnull", exclude=True)


class EventFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Events of a kind, of a node (id) or system (slug), from a moment (inclusive) to another."""

    kind = django_filters.CharFilter()
    node = django_filters.NumberFilter(field_name="node_id")
    system = django_filters.CharFilter(field_name="system__slug")
    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")


class LineageViewSet(PlainViewSet):
    """Views of the lineage graph."""

    @extend_schema(parameters=[GraphQuery], responses=GraphDocument)
    @action(detail=False)
    def graph(self, request: Request) -> Response:
        """The bounded view around a node, with places for drawing it."""
        asked = GraphQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        bounds = dict(asked.validated_data)
        view = self._view(bounds)
        return Response(GraphDocument(graph_document(view, gaps=find_gaps(view))).data)

    @extend_schema(parameters=[ExportQuery], responses={(200, "text/plain"): str})
    @action(detail=False)
    def export(self, request: Request) -> HttpResponse:
        """The same view as a file: CSV, GraphML, Mermaid, W3C PROV-JSON or OpenLineage events."""
        asked = ExportQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        bounds = dict(asked.validated_data)
        chosen = FORMATS[bounds.pop("as")]
        return HttpResponse(chosen.write(self._view(bounds)), content_type=chosen.media_type)

    @extend_schema(parameters=[GraphQuery], responses=FigureDocument)
    @action(detail=False)
    def figure(self, request: Request) -> Response:
        """The same view as a Plotly figure: give `data` and `layout` to `plotly.graph_objects.Figure`."""
        asked = GraphQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        view = self._view(dict(asked.validated_data))
        return Response({**lineage_figure(view, gaps=find_gaps(view)), "config": CONFIG})

    @extend_schema(parameters=[SearchQuery], responses=NodeSerializer(many=True))
    @action(detail=False)
    def search(self, request: Request) -> Response:
        """Nodes by the beginning of their name, version, SHA or id; at most eight of a kind."""
        asked = SearchQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        nodes = found_nodes(asked.validated_data["q"], principal=self.principal)
        return Response(NodeSerializer(nodes, many=True).data)

    def _view(self, asked: dict[str, Any]) -> Subgraph:
        focus = get_object_or_404(Node.objects.visible_to(self.principal), pk=asked["node"])
        numbers = {name: asked[name] for name in ("up", "down", "fan", "limit")}
        bounds = Bounds(**numbers, expanded=frozenset(group_ids(asked["expand"])))
        try:
            return neighbourhood(focus, principal=self.principal, bounds=bounds)
        except GraphTooSlowError as error:
            raise TooSlowError from error


class NodeViewSet(ReadOnlyViewSet):
    """Everything that sources have told of, gone things included."""

    filterset_class = NodeFilter
    queryset = Node.objects.none()

    def get_queryset(self) -> "QuerySet[Node]":
        nodes = Node.objects.visible_to(self.principal).select_related("system", "source")
        return nodes if self.action == "retrieve" else nodes.defer("attrs")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return NodeDetailSerializer if self.action == "retrieve" else NodeSerializer

    def get_object(self) -> Node:
        node: Node = super().get_object()
        visible = Node.objects.visible_to(self.principal).values("pk")
        edges = Edge.objects.filter(Q(src=node, dst__in=visible) | Q(dst=node, src__in=visible))
        node.edges = list(edges.select_related("source").order_by("-pk")[:MOST_EDGES])  # type: ignore[attr-defined]
        return node


class EventViewSet(ReadOnlyViewSet):
    """What happened to nodes: aliases moved, deployments, alerts."""

    filterset_class = EventFilter
    serializer_class = EventSerializer
    queryset = Event.objects.none()

    def get_queryset(self) -> "QuerySet[Event]":
        return Event.objects.visible_to(self.principal).select_related("system", "source")


routes: list[tuple[str, type, str]] = [
    ("lineage", LineageViewSet, "lineage"),
    ("lineage", AnswerViewSet, "lineage-answers"),
    ("nodes", NodeViewSet, "nodes"),
    ("events", EventViewSet, "events"),
]
