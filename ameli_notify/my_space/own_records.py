"""What is kept of one person beside payments and messages, as records for the file of all their data.

Names of fields are French: whoever opens the file reads them. All but ``account_record`` are read behind the wall.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from accounts.identity.events import AccountEvent
from accounts.identity.factors import factors_of
from accounts.identity.models import ContactChange, InsuredAccount
from accounts.identity.sessions import live_sessions
from accounts.my_information.contacts import own_contacts
from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import MemberConsent, PartnerMembership
from accounts.people.enums import ContactKind, ContactSource, EndReason, PreferenceAnswer, Purpose
from accounts.people.importing.upserting import CHANGED_BY
from accounts.people.models import InsuredPerson, LongTermCondition, PreferenceChange, contact_context, nir_context
from accounts.people.preferences import preferences_of
from ameli_notify.core.crypto import key_ring
from ameli_notify.my_space.information import doctor_fr, fund_fr
from reimbursements.reference.models import ConditionReference

Record = Mapping[str, object]
_SEXES: Final = {1: "homme", 2: "femme"}


def account_record(account: InsuredAccount) -> Record:
    """The account: its means of signing in (never their secrets), open sessions, and what happened to it."""
    events = AccountEvent.objects.filter(insured_id=account.insured_id).order_by("-at", "-pk")
    changes = ContactChange.objects.filter(insured_id=account.insured_id, confirmed_at__isnull=False)
    return {
        "cree_le": account.created_at,
        "moyens_de_connexion": [
            {"moyen": factor.label_fr, "detail": factor.detail_fr} for factor in factors_of(account)
        ],
        "sessions_ouvertes": [
            {
                "navigateur": one.browser,
                "systeme": one.system,
                "ouverte_le": one.started_at,
                "derniere_activite": one.last_seen_at,
            }
            for one in live_sessions(account)
        ],
        "activite": [
            {"date": one.at, "evenement": one.get_kind_display(), "navigateur": one.browser, "systeme": one.system}
            for one in events
        ],
        "changements_de_coordonnees": [
            {
                "type": ContactKind(one.kind).label,
                "demande_le": one.asked_at,
                "confirme_le": one.confirmed_at,
                "codes_envoyes_a_partir_du": one.codes_from_at,
            }
            for one in changes.order_by("-confirmed_at")
        ],
    }


def identity_record(person: InsuredPerson) -> Record:
    """Who the person is to the insurer. The postcode of a protected person is left out, as on the pages."""
    nir = key_ring().open(person.nir_sealed, context=nir_context(person.nir_lookup))
    return {
        "numero_de_securite_sociale": nir,
        "nom_de_naissance": person.birth_name,
        "nom_d_usage": person.usage_name,
        "prenoms": person.first_names,
        "date_de_naissance_declaree": person.birth_date_text,
        "rang_gemellaire": person.birth_rank,
        "sexe": _SEXES[person.sex],
        "caisse": fund_fr(person.fund_code),
        "code_postal": None if person.is_contact_protected else person.postcode,
        "territoire": person.territory or None,
        "coordonnees_protegees": person.is_contact_protected,
        "rattache_au_dossier_d_une_autre_personne": person.policyholder_id is not None,
        "connu_depuis": person.created_at,
        "mis_a_jour_le": person.updated_at,
        "organismes_complementaires": [
            {
                "numero": code,
                "nom": name or None,
                "numero_d_adherent": member_no,
                "du": starts_on,
                "au": ends_on,
            }
            for code, name, member_no, starts_on, ends_on in PartnerMembership.objects.filter(insured_id=person.pk)
            .order_by("starts_on")
            .values_list("partner__code", "partner__name", "member_no", "starts_on", "ends_on")
        ],
    }


def health_record(person: InsuredPerson) -> Record:
    """Long-term conditions and the declared doctor."""
    codes = list(LongTermCondition.objects.filter(insured_id=person.pk).order_by("code").values_list("code", flat=True))
    labels = dict(ConditionReference.objects.filter(code__in=codes).values_list("code", "label"))
    return {
        "affections_de_longue_duree": [{"code": code, "libelle": labels.get(code)} for code in codes],
        "medecin_traitant": doctor_fr(person.treating_rpps) or None,
    }


def contact_records(person: InsuredPerson) -> Iterator[Record]:
    """Every address, current and past, in clear: the person's own. Of a protected person, none."""
    if person.is_contact_protected:
        return
    for one in own_contacts(person.pk):
        yield {
            "type": ContactKind(one.kind).label,
            "adresse": key_ring().open(one.address_sealed, context=contact_context(one.insured_id, one.kind)),
            "origine": ContactSource(one.source).label,
            "depuis_le": one.started_at,
            "verifiee_le": one.verified_at,
            "terminee_le": one.ended_at,
            "raison_de_la_fin": EndReason(one.end_reason).label if one.end_reason else None,
        }


def preference_record(person: InsuredPerson) -> Record:
    """What holds, and each change."""
    return {
        "actuelles": {purpose.label: answer.label for purpose, answer in preferences_of(person).answers().items()},
        "changements": [
            {
                "objet": Purpose(one.purpose).label,
                "avant": PreferenceAnswer(one.old_channel).label,
                "apres": PreferenceAnswer(one.new_channel).label,
                "date": one.changed_at,
                "par": "votre caisse" if one.changed_by == CHANGED_BY else "vous",
            }
            for one in PreferenceChange.objects.filter(insured_id=person.pk).order_by("changed_at", "pk")
        ],
        "accords_donnes_aux_organismes_complementaires": [
            {
                "objet": ConsentPurpose(purpose).label,
                "organisme": name or code,
                "donne_le": given_at,
                "retire_le": withdrawn_at,
                "donne_pour_vous_avant_vos_18_ans": ends_on is not None,
            }
            for purpose, name, code, given_at, withdrawn_at, ends_on in MemberConsent.objects.filter(
                insured_id=person.pk
            )
            .order_by("given_at", "pk")
            .values_list("purpose", "partner__name", "partner__code", "given_at", "withdrawn_at", "ends_on")
        ],
        "accords_donnes_pour_des_mineurs": [
            {
                "prenoms": names,
                "objet": ConsentPurpose(purpose).label,
                "organisme": name or code,
                "donne_le": given_at,
                "retire_le": withdrawn_at,
                "prend_fin_le": ends_on,
            }
            for names, purpose, name, code, given_at, withdrawn_at, ends_on in MemberConsent.objects.filter(
                guardian_id=person.pk
            )
            .order_by("given_at", "pk")
            .values_list(
                "insured__first_names",
                "purpose",
                "partner__name",
                "partner__code",
                "given_at",
                "withdrawn_at",
                "ends_on",
            )
        ],
    }
