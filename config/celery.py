"""The Celery application and its timetable.

By the clock, not by intervals: a restart resets no countdown. A message that nobody took expires.
"""

import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# The warning is of pickled messages, which would run what they carry; ours are JSON and nothing else.
warnings.filterwarnings("ignore", "You're running the worker with superuser", SecurityWarning)
app = Celery("rashinban")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

EVERY_MINUTE, HOURLY, NIGHTLY = crontab(), crontab(minute="17"), crontab(hour="3", minute="41")
app.conf.beat_schedule = {
    "start-due-syncs": {
        "task": "evidence.tasks.start_due_syncs_task",
        "schedule": EVERY_MINUTE,
        "options": {"expires": 90},
    },
    "check-due-monitors": {
        "task": "monitoring.tasks.check_due_monitors_task",
        "schedule": EVERY_MINUTE,
        "options": {"expires": 90},
    },
    "assess-all": {
        "task": "maturity.tasks.assess_all_task",
        "schedule": HOURLY,
        "options": {"expires": 5400},
    },
    "prune-snapshots": {
        "task": "maturity.tasks.prune_snapshots_task",
        "schedule": NIGHTLY,
        "options": {"expires": 5400},
    },
}
