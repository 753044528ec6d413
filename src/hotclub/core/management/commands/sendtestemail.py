"""`sendtestemail`: find out whether mail arrives."""

from __future__ import annotations

import socket
from typing import Any

from hotclub.core.mail import mail_admins, mail_managers, send_mail
from hotclub.core.management.base import BaseCommand, CommandParser
from hotclub.utils import timezone


class Command(BaseCommand):
    """Send a message to addresses, and to the managers and administrators if asked."""

    help = "Sends a test email to the email addresses specified as arguments."
    missing_args_message = "You must specify some email recipients, or pass the --managers or --admin options."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="*", help="One or more email addresses to send a test email to.")
        parser.add_argument(
            "--managers", action="store_true", help="Send a test email to the addresses specified in settings.MANAGERS."
        )
        parser.add_argument(
            "--admins", action="store_true", help="Send a test email to the addresses specified in settings.ADMINS."
        )
        parser.add_argument("--using", help="Alias of the mailer in MAILERS to send with. Defaults to the default one.")

    def handle(self, *args: Any, **kwargs: Any) -> None:
        subject = f"Test email from {socket.gethostname()} on {timezone.now()}"
        text = "If you're reading this, it was successful."
        using = {"using": kwargs["using"]} if kwargs["using"] else {}
        send_mail(subject=subject, message=text, from_email=None, recipient_list=kwargs["email"], **using)
        if kwargs["managers"]:
            mail_managers(subject, "This email was sent to the site managers.", **using)
        if kwargs["admins"]:
            mail_admins(subject, "This email was sent to the site admins.", **using)
