from typing import ClassVar

from django.db import migrations

from core.append_only import append_only


class Migration(migrations.Migration):
    dependencies: ClassVar = [("maturity", "0001_initial")]
    operations: ClassVar = [
        append_only("maturity_assessment"),
        append_only("maturity_criterionresult"),
        append_only("maturity_rubrictext"),
    ]
