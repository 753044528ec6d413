"""Bring the example site up from nothing: tables, sample data, a login, and the server."""

import secrets
from pathlib import Path

from people.models import Profile

from hotclub.conf import settings
from hotclub.contrib.auth import get_user_model
from hotclub.core.management import call_command
from hotclub.core.management.base import BaseCommand

LOGIN = "admin"


class Command(BaseCommand):
    help = "Migrate, load the sample data, create a login and serve the site. May be run again and again."

    def add_arguments(self, parser):
        parser.add_argument("addrport", nargs="?", default="127.0.0.1:8000", help="address and port to serve on")
        parser.add_argument("--no-serve", action="store_true", help="prepare the site only")

    def handle(self, *args, addrport, no_serve, **options):
        call_command("migrate", verbosity=1)
        call_command("load_sample")
        password = self.login()
        self.stdout.write("")
        self.stdout.write(self.style.SUCCESS("The site is ready."))
        self.stdout.write(f"  the site    http://{addrport}/")
        self.stdout.write(f"  the admin   http://{addrport}/admin/")
        self.stdout.write(f"  the login   {LOGIN} / {password}")
        self.stdout.write("")
        if not no_serve:
            call_command("runserver", addrport)

    def login(self):
        """Create the login on the first run. Its password is made on this machine and kept beside the database."""
        kept = Path(settings.DATABASES["default"]["NAME"]).with_suffix(".login")
        User = get_user_model()
        if User.objects.filter(username=LOGIN).exists():
            return kept.read_text() if kept.exists() else "(the password you chose)"
        password = secrets.token_urlsafe(9)
        user = User.objects.create_superuser(LOGIN, f"{LOGIN}@example.com", password)
        Profile.objects.create(user=user, bio="Looks after the site.", hue=15)
        kept.touch(mode=0o600)
        kept.write_text(password)
        return password
