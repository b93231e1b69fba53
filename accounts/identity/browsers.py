"""The families of browser and system behind a User-Agent: enough to recognise one's own device, and no more."""

from typing import Final

from django.http import HttpRequest

# The first name found wins: most browsers also name those they descend from.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
UNKNOWN_BROWSER: Final = "Navigateur inconnu"
UNKNOWN_SYSTEM: Final = "Appareil inconnu"


def families(request: HttpRequest) -> tuple[str, str]:
    """Browser and system, in words that can be shown."""
    agent = request.headers.get("user-agent", "")
    browser = next((name for sign, name in _BROWSERS if sign in agent), UNKNOWN_BROWSER)
    system = next((name for sign, name in _SYSTEMS if sign in agent), UNKNOWN_SYSTEM)
    return browser, system
