"""Users and sessions in a database file, as on a real site: its connections are opened and closed, and shared by threads."""

LABELS = {"auth", "contenttypes", "sessions"}


class UsersInFile:
    def db_for_read(self, model, **hints):
        return "file" if model._meta.app_label in LABELS else None

    db_for_write = db_for_read
