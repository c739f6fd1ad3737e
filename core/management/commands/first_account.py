"""`manage.py first_account`: an administrator and a first team, made once."""

from django.conf import settings
from django.core.management import BaseCommand

from core.accounts import first_account


class Command(BaseCommand):
    help = "Make the first account, an administrator with a first team, and print its sign-in."

    def handle(self, **_: object) -> None:
        name, password = first_account(settings.DATA_DIR / "password", name="admin", with_team=True)
        self.stdout.write(f"Sign in as {name} with the password {password}")
