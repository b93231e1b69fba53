"""What a person wants to receive, for each purpose: asked, changed, dated and kept.

The digest has a channel; follow-up calls and information are accepted or refused. A refusal of one is no refusal of
the others. Messages about the account's security are no purpose: they cannot be refused.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.people.enums import PreferenceAnswer, PreferredChannel, Purpose
from accounts.people.models import InsuredPerson, PreferenceChange


class UnreachableError(ValueError):
    """The channel that was chosen has no address to write to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """One answer for each purpose."""

    digest: PreferredChannel
    accepts_calls: bool
    accepts_information: bool

    def answers(self) -> dict[Purpose, PreferenceAnswer]:
        return {
            Purpose.DIGEST: PreferenceAnswer(self.digest),
            Purpose.CALLS: _consent(self.accepts_calls),
            Purpose.INFORMATION: _consent(self.accepts_information),
        }


def preferences_of(person: InsuredPerson) -> Preferences:
    """What holds now."""
    return Preferences(
        digest=PreferredChannel(person.preferred_channel),
        accepts_calls=person.accepts_calls,
        accepts_information=person.accepts_information,
    )


def digest_channels(person: InsuredPerson) -> tuple[PreferredChannel, ...]:
    """On what the digest can be had: where there is an address, and nothing at all."""
    possible = {
        PreferredChannel.EMAIL: person.has_email,
        PreferredChannel.SMS: person.has_mobile,
        PreferredChannel.POST: person.postcode != "",
        PreferredChannel.NONE: True,
    }
    return tuple(channel for channel, can in possible.items() if can)


@transaction.atomic
def change_preferences(insured_id: int, wanted: Preferences, *, by: str) -> list[PreferenceChange]:
    """Take over the answers that differ, each with a dated row of history; returns these.

    ``by``: the identifier of the account that answered. Raises UnreachableError.
    """
    person = InsuredPerson.objects.select_for_update().get(pk=insured_id)
    before, after = preferences_of(person).answers(), wanted.answers()
    if wanted.digest != person.preferred_channel and wanted.digest not in digest_channels(person):
        raise UnreachableError("no address for this channel")
    now = timezone.now()
    changes = [
        PreferenceChange(
            insured=person,
            purpose=purpose,
            old_channel=before[purpose],
            new_channel=answer,
            changed_at=now,
            changed_by=by,
        )
        for purpose, answer in after.items()
        if answer != before[purpose]
    ]
    if changes:
        PreferenceChange.objects.bulk_create(changes)
        person.preferred_channel = wanted.digest
        person.accepts_calls = wanted.accepts_calls
        person.accepts_information = wanted.accepts_information
        person.save(update_fields=["preferred_channel", "accepts_calls", "accepts_information", "updated_at"])
    return changes


def _consent(is_given: bool) -> PreferenceAnswer:
    return PreferenceAnswer.YES if is_given else PreferenceAnswer.NONE
