from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from morango.models import UUIDField

from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import JSONTextField


class Shelf(models.Model):
    name = models.CharField(max_length=100)
    number = models.IntegerField(unique=True, null=True)

    class Meta:
        app_label = "guide"


class Tag(models.Model):
    word = models.CharField(max_length=100)
    rank = models.IntegerField(default=0)

    class Meta:
        app_label = "guide"


class Note(models.Model):
    about_type = models.ForeignKey(ContentType, models.CASCADE, db_constraint=False, related_name="guide_notes")
    about_id = models.IntegerField()
    about = GenericForeignKey("about_type", "about_id")
    text = models.CharField(max_length=100)

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
    tags = models.ManyToManyField(Tag, related_name="books")
    notes = GenericRelation(Note, "about_id", "about_type")

    class Meta:
        app_label = "guide"


class Mark(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="marks")
    text = models.CharField(max_length=100, null=True)
    page = models.IntegerField(default=0)
    key = UUIDField(null=True)
    at = DateTimeTzField(null=True)
    clock = models.DateTimeField(null=True)
    sure = models.BooleanField(null=True)
    price = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    extra = JSONTextField(null=True)
    shelf = models.ForeignKey(Shelf, models.CASCADE, null=True, to_field="number", related_name="marks")

    class Meta:
        app_label = "guide"


class Event(models.Model):
    """Keyed by morango's ids, as all that syncs; ordered as the guide's lessons."""

    id = UUIDField(primary_key=True)
    name = models.CharField(max_length=20)
    at = DateTimeTzField()
    active = models.BooleanField(default=False)
    place = models.ForeignKey("Event", models.CASCADE, null=True, related_name="parts")

    class Meta:
        app_label = "guide"
        ordering = ["-at"]
