from typing import ClassVar

from django.db import migrations

from core.append_only import append_only


class Migration(migrations.Migration):
    dependencies: ClassVar = [("monitoring", "0001_initial")]
    operations: ClassVar = [append_only("monitoring_baseline")]
