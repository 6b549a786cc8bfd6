from django.db import models
from morango.models import UUIDField

from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import JSONTextField


class Shelf(models.Model):
    name = models.CharField(max_length=100)

    class Meta:
        app_label = "guide"


class Book(models.Model):
    title = models.CharField(max_length=100)
    pages = models.IntegerField(default=0)
    is_open = models.BooleanField(default=False)
    extra = JSONTextField(null=True)
    written = DateTimeTzField(null=True)
    key = UUIDField(null=True)
    shelf = models.ForeignKey(Shelf, models.CASCADE, null=True, related_name="books")

    class Meta:
        app_label = "guide"


class Mark(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="marks")
    text = models.CharField(max_length=100, null=True)
    page = models.IntegerField(default=0)
    key = UUIDField(null=True)
    at = DateTimeTzField(null=True)

    class Meta:
        app_label = "guide"
