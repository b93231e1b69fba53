"""The investigators' console: the stock Django admin behind two factors."""

from django_otp.admin import OTPAdminSite


class Console(OTPAdminSite):
    """Django's admin, reachable only with a verified device."""

    site_header = "l'Assurance Maladie – console"
    site_title = "Console"
    index_title = "Vue d’ensemble"
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
