"""Two judges of HTML, each started once for all files: the Nu validator (also for CSS), and html-validate."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.tools import require_judge, require_tool

RULES: Final = Path(__file__).parent / "htmlvalidate.json"
SECONDS: Final = 120


def nu_validator(files: list[Path]) -> list[str]:
    """Errors and warnings of HTML and CSS files."""
    java = require_tool("java", "apt-get install default-jre-headless")
    jar = require_judge("vnu-jar/build/dist/vnu.jar")
    command = [
        java,
        "-Xss1m",
        "-jar",
        str(jar),
        "--stdout",
        "--exit-zero-always",
        "--format",
        "json",
        "--also-check-css",
    ]
    messages = _json_of([*command, *map(str, files)])["messages"]
    return [f"{Path(one['url']).name}:{one.get('lastLine', 0)}: {one['message']}" for one in messages]


def html_validate(files: list[Path], *, rules: Path = RULES) -> list[str]:
    node = require_tool("node", "apt-get install nodejs")
    program = require_judge("html-validate/bin/html-validate.mjs")
    command = [node, str(program), "--config", str(rules), "--formatter", "json"]
    return list(_found(_json_of([*command, *map(str, files)])))


def _found(reports: list[dict[str, Any]]) -> Iterator[str]:
    for report in reports:
        for one in report["messages"]:
            yield f"{Path(report['filePath']).name}:{one['line']}: {one['ruleId']}: {one['message']}"


def _json_of(command: list[str]) -> Any:  # noqa: ANN401 (each judge has its own form)
    ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    try:
        return json.loads(ended.stdout)
    except json.JSONDecodeError as error:
        raise AssertionError(f"{command[0]} said: {ended.stdout[:500]} {ended.stderr[:500]}") from error
