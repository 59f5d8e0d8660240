"""The forms of secrets that the tests in Rust hold as well, read from their table so that there is one:
tests/common/secret_forms.rs says what its marks mean."""

import json
import re
from dataclasses import dataclass

from harness import ROOT

TABLE = ROOT / "tests" / "common" / "secret_forms.rs"
# A literal of Rust with the escapes that JSON has too.
TEXT = r'("(?:[^"\\]|\\.)*")'


@dataclass
class Form:
    name: str
    value: str
    # What must not be seen of the value.
    part: str

    @property
    def is_found_safely(self):
        """Parts that stand in other words as well are looked for at their own place only."""
        return len(self.part) >= 5 and self.part not in ("true", "12345", "postgres1")

    @property
    def is_variable(self):
        """Whether AWS takes it as the name of an environment variable."""
        return re.fullmatch(r"[A-Za-z0-9_]+", self.name) is not None

    def is_seen_in(self, text):
        escaped = json.dumps(self.part, ensure_ascii=False)[1:-1]
        return self.part in text or escaped in text or all(line in text for line in self.part.splitlines())


def hidden():
    """What must be hidden."""
    table = TABLE.read_text().split("const HIDDEN", 1)[1].split("];", 1)[0]
    lines = [line.strip() for line in table.splitlines() if line.startswith("    (")]
    forms = [form(*map(json.loads, re.fullmatch(rf"\({TEXT}, {TEXT}\),", line).groups())) for line in lines]
    assert len(forms) >= 120, f"{TABLE} is read as {len(forms)} forms"
    return forms


def form(name, marked):
    marked = marked.replace("¦", "")
    part = re.search("«(.*?)»", marked, re.DOTALL)
    return Form(name, marked.replace("«", "").replace("»", ""), part[1] if part else marked)
