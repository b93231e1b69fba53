"""The app's models, each kept in the room of its subject."""

from outreach.channels.models import InboxMessage, PostListEntry
from outreach.digest.models import CollectedBatch, DigestDue, DigestRun, DigestRunRecipient
from outreach.notifications.models import MessageTemplate, Notification, NotificationChunk

__all__ = [
    "CollectedBatch",
    "DigestDue",
    "DigestRun",
    "DigestRunRecipient",
    "InboxMessage",
    "MessageTemplate",
    "Notification",
    "NotificationChunk",
    "PostListEntry",
]
