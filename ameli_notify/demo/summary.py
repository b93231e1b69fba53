"""The summary of a demo, as a person reads it: aligned, in French, short."""

import datetime as dt
import textwrap
from collections.abc import Iterator, Mapping
from typing import Final

from django.utils.formats import date_format

from ameli_notify.core.import_report import french_euros, french_number
from ameli_notify.demo.checks import Check
from ameli_notify.demo.figures import Figures, Handed, Imported
from ameli_notify.demo.words import in_words
from outreach.notifications.enums import CancelReason, Channel

WIDTH: Final = 88
_LABEL: Final = 34
_NUMBER: Final = 11
_SAMPLE_LINES: Final = 14
_MOST_CODES: Final = 6


def summary(figures: Figures, checks: list[Check]) -> str:
    """Everything that the demo has to say, ending in one line on whether it holds."""
    parts = [
        _section("Ce qui est arrivé", _came_in(figures)),
        _section("Qui est informé", _told(figures)),
        _section("À quelle vitesse", _speeds(figures)),
        _section("Ce qui a été refusé, et pourquoi", _refused(figures.lines)),
        _section("À qui nous n’avons pas écrit, et pourquoi", _not_told(figures.status.cancelled)),
        _section("Un message, tel que le serveur de courrier l’a reçu", _sample(figures)),
        _section("Les comptes sont-ils justes ?", _verdict(figures, checks)),
    ]
    return "\n\n".join(parts)


def _section(title: str, lines: Iterator[str]) -> str:
    return "\n".join([title, "─" * len(title), *lines])


def _line(label: str, number: int, remark: str = "") -> str:
    return f"  {label:<{_LABEL}}{french_number(number):>{_NUMBER}}   {remark}".rstrip()


def _files(count: int) -> str:
    return f"{count} fichier" + ("s" if count > 1 else "")


def _came_in(figures: Figures) -> Iterator[str]:
    yield _line("Personnes assurées", figures.persons.rows, _files(figures.persons.files))
    yield _line("Professionnels de santé", figures.professionals.rows, _files(figures.professionals.files))
    yield _line("Lignes de remboursement", figures.lines.rows, _files(figures.lines.files))
    yield _line("  chargées", figures.lines.lines_good, f"{french_euros(figures.lines.paid_total)} remboursés")
    yield _line("  déjà connues", figures.lines.duplicates)
    yield _line("  refusées", figures.lines.rejected_rows)


def _told(figures: Figures) -> Iterator[str]:
    runs = figures.status.runs
    first, last = (date_format(dt.date.fromisoformat(runs[place]["planned_on"])) for place in (0, -1))
    yield _line("Personnes avec un paiement", figures.planned_people, f"{len(runs)} vagues, du {first} au {last}")
    for channel in (Channel.EMAIL, Channel.SMS, Channel.POST):
        how = "sur la liste des courriers" if channel is Channel.POST else f"par {channel.label}"
        yield _line(f"  {how}", figures.status.channels.get(channel, {}).get("sending", 0))
    yield _line("  pas de message", sum(figures.status.cancelled.values()), "motifs ci-dessous")


def _speeds(figures: Figures) -> Iterator[str]:
    yield _speed("Annuaire des assurés", figures.persons.rows, figures.persons.seconds, "personnes")
    yield _speed("Lignes, tous contrôles faits", figures.lines.rows, figures.lines.seconds, "lignes")
    yield _speed("Planification des vagues", figures.planned_people, figures.plan_seconds, "personnes")
    for name, handed in figures.handed.items():
        yield from _channel_speed(Channel(name), handed)


def _channel_speed(channel: Channel, handed: Handed) -> Iterator[str]:
    where = "par SMTP" if channel is Channel.EMAIL else "en base"
    yield _speed(f"Remise : {channel.label} ({where})", handed.messages, handed.seconds, "messages")


def _speed(label: str, number: int, seconds: float, unit: str) -> str:
    rate = round(number / seconds) if seconds else 0
    duration = f"{seconds:.2f} s".replace(".", ",")
    return _line(label, rate, f"{unit} par seconde   ({duration})")


def _refused(lines: Imported) -> Iterator[str]:
    yield from _by_number(lines.rejects, most=_MOST_CODES)
    if lines.warnings:
        total = sum(lines.warnings.values())
        what = ", ".join(in_words(code) for code in sorted(lines.warnings))
        yield from textwrap.wrap(
            f"Chargées avec un avertissement : {french_number(total)} ({what}).",
            WIDTH, initial_indent="  ", subsequent_indent="  ",
        )  # fmt: skip


def _by_number(counts: Mapping[str, int], *, most: int) -> Iterator[str]:
    if not counts:
        yield "  Rien."
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    for code, number in ordered[:most]:
        yield _line(code, number, in_words(code))
    if rest := ordered[most:]:
        yield _line("autres motifs", sum(number for _, number in rest), ", ".join(code[:4] for code, _ in rest))


def _not_told(cancelled: Mapping[str, int]) -> Iterator[str]:
    if not cancelled:
        yield "  Tout le monde a pu être informé."
    for reason, number in sorted(cancelled.items(), key=lambda item: -item[1]):
        yield _line(str(CancelReason(reason).label), number)


def _sample(figures: Figures) -> Iterator[str]:
    received = figures.received
    if not received.subject:
        yield "  Aucun e-mail."
        return
    yield f"  De     {received.sender}"
    yield f"  Objet  {received.subject}"
    yield ""
    wrapped = [line for paragraph in received.text.splitlines() for line in textwrap.wrap(paragraph, WIDTH - 4) or [""]]
    yield from (f"  │ {line}".rstrip() for line in wrapped[:_SAMPLE_LINES])
    if len(wrapped) > _SAMPLE_LINES:
        yield "  │ […]"


def _verdict(figures: Figures, checks: list[Check]) -> Iterator[str]:
    broken = [check for check in checks if not check.holds]
    for check in broken:
        yield f"  ✘ {check.name} : attendu {check.expected}, trouvé {check.found}"
    held = sum(not count for count in figures.status.invariants.values())
    mark = "✘" if broken else "✔"
    yield (
        f"  {mark} {len(checks) - len(broken)} comptes sur {len(checks)} tombent juste ; "
        f"{held} invariants sur {len(figures.status.invariants)} tiennent."
    )
    if not broken:
        yield "  ✔ Chaque personne payée est informée une seule fois, ou ne l’est pas pour une raison comptée."
