"""What waits in the person's reports: messages of ours that they have not read, and a report not sent yet."""

from django.urls import reverse

from ameli_notify.my_space.alerts import Alert
from fraud.intake.pages import my_reports


def report_alerts(insured_id: int) -> tuple[Alert, ...]:
    """At most one of each kind, however many wait."""
    drafts, sent = my_reports(insured_id)
    unread = sum(row.unread for row in sent)
    alerts = []
    if unread:
        text = "Un message vous attend" if unread == 1 else f"{unread} messages vous attendent"
        alerts.append(_alert(f"{text} dans vos signalements.", link_text="Lire", is_urgent=True))
    if drafts:
        text = "Un signalement est commencé" if len(drafts) == 1 else f"{len(drafts)} signalements sont commencés"
        alerts.append(_alert(f"{text} et pas encore envoyé{'s' if len(drafts) > 1 else ''}.", link_text="Reprendre"))
    return tuple(alerts)


def _alert(text: str, *, link_text: str, is_urgent: bool = False) -> Alert:
    return Alert(text=text, link=reverse("reports"), link_text=link_text, is_urgent=is_urgent)
