from django.urls import path

from monitoring import views

app_name = "monitoring"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.create, name="create"),
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/<int:pk>/", views.alert, name="alert"),
    path("alerts/<int:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("<slug:slug>/", views.monitor, name="monitor"),
]
