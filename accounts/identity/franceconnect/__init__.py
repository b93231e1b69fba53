"""Signing in with FranceConnect+, the State's OpenID Connect provider at the eIDAS levels substantial and high.

Off unless the settings name it. Protocol: docs.partenaires.franceconnect.gouv.fr, « Documentation technique ».
"""
