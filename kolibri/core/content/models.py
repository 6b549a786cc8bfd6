"""Channels, their folders and resources, and the files behind them.

Local to this computer and never synced: a peer imports the same channel from its own stick.
Column names are the channel format's own, so that what is read is what is kept; the columns
after "worked out here" are this computer's and are filled in by `availability`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any
from typing import ClassVar

from django.db import models
from morango.models import UUIDField

from kolibri.core.auth.permissions import ModelPermissions
from kolibri.core.content import constants
from kolibri.core.content.permissions import FOR_LEARNERS
from kolibri.core.content.permissions import ChannelPermissions
from kolibri.core.content.permissions import NodePermissions
from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import JSONTextField
from kolibri.core.fields import local_now

if TYPE_CHECKING:
    from kolibri.core.auth.models import Person
    from kolibri.core.content.constants import Activity


class Language(models.Model):
    """A language of resources or captions, for example `pt-BR`."""

    id = models.CharField(max_length=14, primary_key=True)
    lang_code = models.CharField(max_length=3)
    lang_subcode = models.CharField(max_length=10, null=True)
    lang_name = models.CharField(max_length=100, null=True)
    lang_direction = models.CharField(max_length=3, default="ltr")

    def __str__(self) -> str:
        return self.lang_name or self.id


class ContentTag(models.Model):
    """A word that the channel's makers hung on resources."""

    id = UUIDField(primary_key=True)
    tag_name = models.CharField(max_length=30)

    def __str__(self) -> str:
        return self.tag_name


class ContentNodeQuerySet(models.QuerySet["ContentNode"]):
    """Chains in any order."""

    def resources(self) -> ContentNodeQuerySet:
        """Return what can be opened: everything but folders."""
        return self.exclude(kind=constants.TOPIC)

    def available(self) -> ContentNodeQuerySet:
        """Return resources whose files are on this computer, and folders that hold some."""
        return self.filter(available=True)

    def for_learners(self) -> ContentNodeQuerySet:
        """Return what is not kept for coaches, and folders that hold more than that."""
        return self.filter(FOR_LEARNERS)

    def below(self, node: ContentNode) -> ContentNodeQuerySet:
        """Return everything under `node`, at any depth, without `node` itself."""
        return self.filter(tree_id=node.tree_id, lft__gt=node.lft, rght__lt=node.rght)


class Readable(models.Model):
    """What the API shows: narrowed by `permissions`, as every record of a school is."""

    permissions: ModelPermissions

    class Meta:
        abstract = True

    @classmethod
    def readable_by(cls, user: Person, queryset: models.QuerySet[Any] | None = None) -> models.QuerySet[Any]:
        """Return those of `queryset` (default: all) that `user` may read."""
        everything: models.QuerySet[Any] = cls._default_manager.all()
        return cls.permissions.readable_by(user, everything if queryset is None else queryset)


class ContentNode(Readable):
    """A folder ("topic") or a resource: one place in one channel's tree.

    `content_id` is the work itself: its copies in other places and channels share it.
    """

    permissions = NodePermissions()
    parent_id: str | None

    id = UUIDField(primary_key=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    lft = models.PositiveIntegerField()
    rght = models.PositiveIntegerField()
    tree_id = models.PositiveIntegerField()
    level = models.PositiveIntegerField()
    sort_order = models.FloatField(null=True)
    kind = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    description = models.TextField(null=True)
    content_id = UUIDField(db_index=True)
    channel_id = UUIDField(db_index=True)
    coach_content = models.BooleanField(default=False)
    license_name = models.CharField(max_length=50, null=True)
    license_description = models.TextField(null=True)
    license_owner = models.CharField(max_length=200, default="")
    author = models.CharField(max_length=200, default="")
    lang = models.ForeignKey(Language, models.SET_NULL, null=True, related_name="content_nodes")
    options = JSONTextField(null=True)
    learning_activities = models.TextField(null=True)
    grade_levels = models.TextField(null=True)
    resource_types = models.TextField(null=True)
    categories = models.TextField(null=True)
    learner_needs = models.TextField(null=True)
    accessibility_labels = models.TextField(null=True)
    duration = models.PositiveIntegerField(null=True)
    tags = models.ManyToManyField(ContentTag, related_name="tagged_content")
    has_prerequisite = models.ManyToManyField("self", related_name="prerequisite_for", symmetrical=False)
    related = models.ManyToManyField("self", symmetrical=True)

    # Worked out here. A folder counts what is below it; a resource counts itself.
    available = models.BooleanField(default=False)
    # From the channel's `chosen`: it stays away even when its files are here for another resource.
    left_out = models.BooleanField(default=False)
    on_device_resources = models.PositiveIntegerField(default=0)
    coach_resources = models.PositiveIntegerField(default=0)
    on_device_size = models.PositiveBigIntegerField(default=0)
    search_title = models.CharField(max_length=800, default="")
    search_text = models.TextField(default="")

    objects = ContentNodeQuerySet.as_manager()

    class Meta:
        ordering = ("tree_id", "lft")
        indexes = [
            models.Index(fields=["tree_id", "lft"], name="content_tree"),
            models.Index(fields=["parent", "lft"], name="content_children"),
            # The kinds that a search can be narrowed to are counted at each key, over all channels.
            models.Index(fields=["kind"], name="content_kinds", condition=models.Q(available=True)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_topic(self) -> bool:
        """Whether this is a folder."""
        return self.kind == constants.TOPIC

    @property
    def activities(self) -> list[Activity]:
        """What a learner does here, in the channel's words or, when it gives none, by kind."""
        return constants.activities(self.kind, self.learning_activities)


class LocalFile(models.Model):
    """A file of the storage: `id` is the MD5 of its bytes, so the same file is kept once.

    `available` is written after the file is safely on the disk.
    """

    id = models.CharField(max_length=32, primary_key=True)
    extension = models.CharField(max_length=40)
    file_size = models.PositiveBigIntegerField(null=True)
    available = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.id}.{self.extension}"


class File(models.Model):
    """The use of a file by a folder or resource: as its main file, captions, thumbnail."""

    contentnode_id: str

    id = UUIDField(primary_key=True)
    contentnode = models.ForeignKey(ContentNode, models.CASCADE, related_name="files")
    local_file = models.ForeignKey(LocalFile, models.CASCADE, related_name="files")
    preset = models.CharField(max_length=150)
    lang = models.ForeignKey(Language, models.SET_NULL, null=True, related_name="files")
    supplementary = models.BooleanField(default=False)
    thumbnail = models.BooleanField(default=False)
    priority = models.IntegerField(null=True)

    class Meta:
        ordering = ("priority", "id")

    def __str__(self) -> str:
        return f"{self.preset}: {self.local_file_id}"


class AssessmentMetadata(models.Model):
    """The questions of an exercise and when it counts as mastered."""

    contentnode_id: str

    id = UUIDField(primary_key=True)
    contentnode = models.ForeignKey(ContentNode, models.CASCADE, related_name="assessmentmetadata")
    assessment_item_ids = JSONTextField(default=list)
    number_of_assessments = models.PositiveIntegerField(default=0)
    mastery_model = JSONTextField(default=dict)
    randomize = models.BooleanField(default=False)
    is_manipulable = models.BooleanField(default=False)


class ChannelMetadata(Readable):
    """A channel that was imported; `version` grows with each publication by its makers."""

    permissions = ChannelPermissions()
    root_id: str

    id = UUIDField(primary_key=True)
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=400, default="", blank=True)
    tagline = models.CharField(max_length=150, null=True)
    author = models.CharField(max_length=400, default="", blank=True)
    version = models.PositiveIntegerField()
    thumbnail = models.TextField(default="", blank=True)
    last_updated = DateTimeTzField(null=True)
    min_schema_version = models.CharField(max_length=50)
    root = models.ForeignKey(ContentNode, models.CASCADE, related_name="rooted_channels")

    # Worked out here: resources on this computer, of how many, and their bytes with thumbnails.
    on_device_resources = models.PositiveIntegerField(default=0)
    total_resource_count = models.PositiveIntegerField(default=0)
    on_device_size = models.PositiveBigIntegerField(default=0)
    imported_at = DateTimeTzField(default=local_now)
    # The ids of the folders and resources that were chosen, the uppermost ones only; None: all of the channel.
    chosen = JSONTextField(null=True)

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class GoneNode(models.Model):
    """The name of a resource that left this computer, so that a lesson can say what it lost."""

    id = UUIDField(primary_key=True)
    content_id = UUIDField(db_index=True)
    channel_id = UUIDField(db_index=True)
    channel_name = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=200)
    gone_at = DateTimeTzField(default=local_now)

    def __str__(self) -> str:
        return self.title


class OwnChannel(models.Model):
    """Which channel holds the files that people of this computer added themselves; one row, absent before the first.

    Its id is drawn by lot, so that the files of two computers never take one another's place.
    """

    ONLY: ClassVar[int] = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    channel_id = UUIDField()

    def __str__(self) -> str:
        return str(self.channel_id)
