from hotclub.apps import AppConfig


class PollsConfig(AppConfig):
    name = "polls"
