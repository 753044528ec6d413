"""Records and their tracks."""

from hotclub.db import models


class Record(models.Model):
    title = models.CharField(max_length=30)
    sold = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.title


class Track(models.Model):
    record = models.ForeignKey(Record, models.CASCADE)
    name = models.CharField(max_length=30)
