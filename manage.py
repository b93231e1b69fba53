#!/usr/bin/env python
"""Django's command line for ameli_notify."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

EXIT_REFUSED = 2


def main() -> None:
    """Run a command. An environment that cannot be used is refused in one sentence, with exit status 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ameli_notify.settings.dev")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_REFUSED)


if __name__ == "__main__":
    main()
