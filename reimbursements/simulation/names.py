"""Frequent names; the accents, the apostrophe and the hyphens are there on purpose."""

from typing import Final

BIRTH_NAMES: Final = (
    "MARTIN", "BERNARD", "THOMAS", "PETIT", "ROBERT", "RICHARD", "DURAND", "DUBOIS", "MOREAU", "LAURENT", "SIMON",
    "MICHEL", "LEFÈVRE", "LEROY", "ROUX", "DAVID", "BERTRAND", "MOREL", "FOURNIER", "GIRARD", "BONNET", "DUPONT",
    "LAMBERT", "FONTAINE", "ROUSSEAU", "VINCENT", "MÜLLER", "LEFÈBVRE", "FAURE", "ANDRÉ", "MERCIER", "BLANC",
    "GUÉRIN", "BOYER", "GARNIER", "CHEVALIER", "FRANÇOIS", "LEGRAND", "GAUTHIER", "GARCIA", "PERRIN", "ROBIN",
    "CLÉMENT", "MORIN", "NICOLAS", "HENRY", "ROUSSEL", "D’ALMEIDA", "DA SILVA", "LE GOFF", "BEN AMAR", "NGUYEN",
    "DIALLO", "TRAORÉ", "HOARAU", "PAYET", "SAINT-PIERRE", "ÉLUARD", "O’CONNOR", "DE LA TOUR",
)  # fmt: skip

FIRST_NAMES: Final = {
    1: (
        "Jean", "Pierre", "Michel", "André", "Philippe", "Nicolas", "François", "Lucas", "Maël", "Noël", "Théo",
        "Ahmed", "Mohamed", "Jean-Baptiste", "Léo", "Gabriel", "Raphaël", "Louis", "Étienne", "Loïc", "Rémi",
    ),
    2: (
        "Marie", "Nathalie", "Isabelle", "Sylvie", "Hélène", "Aïcha", "Inès", "Chloé", "Zoé", "Léa", "Louise",
        "Camille", "Françoise", "Anne-Marie", "Fatima", "Élodie", "Maëlle", "Noémie", "Océane", "Joséphine",
    ),
}  # fmt: skip
