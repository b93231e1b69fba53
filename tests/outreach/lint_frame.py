"""What the linter's test modules share: the smallest accepted HTML frame and the codes of a text."""

from outreach.notifications.linter import Channel, Part, lint

FRAME = (
    '<!doctype html><html lang="fr"><head><meta charset="utf-8"><meta name="format-detection" '
    'content="telephone=no, date=no, address=no, email=no, url=no"><title>Information</title></head>'
    "<body>{}</body></html>"
)


def codes(text: str, *, channel: Channel = "email", part: Part = "text") -> set[str]:
    return {str(found.code) for found in lint(text, channel=channel, part=part)}
