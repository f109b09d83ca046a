"""Packs made to do harm: each ends in a clear finding, in bounded time and memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable

import pytest

MEMORY = 1 << 30
SECONDS = 60
CHECK = """
import json, sys
from placet.service.checking import check_together, standard_with
from placet.service.combining import source_of
text = sys.stdin.read()
report = check_together(standard_with([source_of("hostile", text)]))
print(json.dumps([report.ok, [[one.code, str(one)] for one in report.findings][:50]]))
"""

FRAME = "pack: hostile\nnames: [person]\nreads: {requester: {person}}\nconcludes: {x: {person}}\nrules:\n"
RULE = "{when: [requester: {person}], then: [x: {person}], because: so}"


def bomb() -> str:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(["a0: &a0 [lol]", *levels])


def many_rules(number: int) -> str:
    return FRAME + "".join(f"  r{n}: {RULE}\n" for n in range(number))


def many_properties() -> str:
    properties = ", ".join(f"p{n}: number" for n in range(10_000))
    return f"pack: hostile\nreads: {{k: {{{properties}}}}}\nrules: {{}}\n"


def many_words() -> str:
    return f"pack: hostile\nnames: [{', '.join(f'n{n}' for n in range(30_000))}]\n"


def many_patterns() -> str:
    when = ", ".join("requester: {person}" for _ in range(3_000))
    return FRAME + f"  r: {{when: [{when}], then: [x: {{person}}], because: so}}\n"


def chain() -> str:
    """Each rule reads what the one before concludes, and all of them all others through one kind."""
    kinds = ", ".join(f"k{n}: {{person}}" for n in range(150))
    head = f"pack: hostile\nnames: [person]\nreads: {{requester: {{person}}}}\nconcludes: {{{kinds}}}\nrules:\n"
    reading = (f"k{n}: {{when: [k{n - 1}: {{person}}], then: [k{n}: {{person}}], because: so}}" for n in range(1, 150))
    return head + "  k0: {when: [requester: {person}], then: [k0: {person}], because: so}\n  " + "\n  ".join(reading)


def contradicting() -> str:
    """Many rules that conclude a quorum, each from another answer."""
    head = "pack: hostile\nnames: [question]\nreads: {answered number: {question, number: number}}\n"
    rules = (
        f"  r{n}: {{when: [answered number: {{question, number: {n}}}], "
        f"then: [quorum: {{rule: {'any' if n % 2 else 'all'}}}], because: '{{question}}'}}\n"
        for n in range(40)
    )
    return head + "concludes: {quorum: {rule: [any, all]}}\nrules:\n" + "".join(rules)


HOSTILE: dict[str, tuple[str | Callable[[], str], str]] = {
    "a bomb of aliases": (bomb, "mean something else in YAML"),
    "merged for ever": ("a: &a\n  <<: *a\n", "mean something else in YAML"),
    "a tag that makes objects": ("pack: !!python/object/apply:os.system [id]\n", "mean something else in YAML"),
    "a key twice": ("pack: a\npack: b\n", "stands here twice"),
    "a megabyte": ("pack: " + "x" * 1_000_000, "longer than"),
    "too deep": ("pack: " + "[" * 5_000, "too deep"),
    "deep mappings": ("a: " + "{a: " * 2_000, "too deep"),
    "control characters": ("pack: a\x07b\n", ""),
    "an escape of a terminal": ('pack: "\\e[31m"\n', ""),
    "code for a name": (FRAME.replace("hostile", "__import__('os').system('id')") + f"  r: {RULE}\n", ""),
    "code for a rule": (FRAME + f"  \"'); __import__('os').system('id') #\": {RULE}\n", ""),
    "code for a kind": ('pack: a\nreads: {"x\'] or 1: ": {}}\nrules: {}\n', ""),
    "thousands of rules": (lambda: many_rules(4_000), ""),
    "a kind with thousands of properties": (many_properties, ""),
    "thousands of words": (many_words, "at most"),
    "thousands of patterns": (many_patterns, ""),
    "a long chain": (chain, ""),
    "many that contradict": (contradicting, "two values"),
    "no mapping at all": ("- a\n- b\n", "is wanted"),
    "nothing": ("", ""),
    "two documents": ("pack: a\n---\npack: b\n", ""),
    "a number of many digits": (
        FRAME + "  r: {when: [requester: {person: " + "9" * 5_000 + "}], then: [x: {person: a}]}\n",
        "",
    ),
}


def checked(text: str) -> tuple[bool, list[list[str]]]:
    """What the checker says in a process of its own, which may take no more than its share."""

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        input=text.encode("utf-8", "surrogatepass"),
        capture_output=True,
        timeout=SECONDS,
        preexec_fn=bounded,
    )
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    ok, findings = json.loads(done.stdout)
    return ok, findings


@pytest.mark.parametrize(("made", "told"), HOSTILE.values(), ids=HOSTILE)
def test_a_pack_made_to_do_harm_ends_in_a_clear_word(made: str | Callable[[], str], told: str) -> None:
    text = made if isinstance(made, str) else made()
    ok, findings = checked(text)
    if told:
        assert not ok
        assert any(told in line for _, line in findings), findings[:5]
    for _, line in findings:
        assert len(line) < 2_000
        assert line.isprintable()
