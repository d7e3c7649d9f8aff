"""Generated types: they compile in strict mode, and accept what the policy accepts and nothing else.

The JSON Schema is compared with the policy over generated values, valid and spoilt ones. TypeScript and
Python are checked by their own checkers on values that the policy accepted and refused."""

import ast
import json
import os
import pathlib
import re
import subprocess

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FOLDER = pathlib.Path(__file__).parent
ROOT = FOLDER.parents[1]
BINARY = os.environ["SECRETSTORE_BIN"]
TSC = os.environ["TSC"]
MYPY = os.environ["MYPY"]
POLICIES = sorted((FOLDER / "policies").glob("*.lua"))
EXAMPLES = [
    path
    for path in sorted((ROOT / "examples" / "policies").glob("*.lua"))
    if not path.stem.endswith("_test")
]


def types(path, language):
    done = subprocess.run(
        [BINARY, "policy", "types", path, "--language", language], capture_output=True, check=True
    )
    return done.stdout.decode()


# ---- Judging by the policy -----------------------------------------------------------------


def lua_string(text):
    return '"' + "".join(f"\\{byte:03d}" for byte in text.encode()) + '"'


def lua(value):
    """A JSON value as a Lua expression."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return lua_string(value)
    if isinstance(value, list):
        return "list{" + ",".join(map(lua, value)) + "}"
    return "{" + ",".join(f"[{lua_string(k)}]={lua(v)}" for k, v in value.items()) + "}"


class Judge:
    """The policy in a Lua process of its own."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            ["lua5.4", FOLDER / "judge.lua", path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "LUA_MODULES": str(ROOT / "core" / "policy" / "modules")},
            bufsize=0,
        )

    def accepts(self, kind, value):
        self.process.stdin.write(f"{kind}\t{lua(value)}\n".encode())
        answer = self.process.stdout.readline().strip()
        assert answer in (b"true", b"false"), (kind, value)
        return answer == b"true"

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module", params=POLICIES, ids=lambda path: path.stem)
def subject(request):
    """A policy with its judge and its schema."""
    judge = Judge(request.param)
    schema = json.loads(types(request.param, "json-schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    yield request.param, judge, schema
    judge.close()


# ---- Values that fit a schema, or nearly ---------------------------------------------------

TEXT = st.text(
    st.sampled_from("aAzZ09_-:. xüé✓k1\n") | st.characters(exclude_categories=["Cs"]), max_size=8
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-200, 200) | st.floats(-5, 5) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def fitting(schema):
    """A strategy for values that fit a schema of the kinds that the generator prints."""
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([fitting(member) for member in schema["anyOf"]])
    kind = schema.get("type")
    if kind == "string":
        if "pattern" in schema:
            return st.from_regex(re.compile(schema["pattern"])).map(
                lambda text: text[: schema.get("maxLength", 100)]
            )
        return st.text(
            TEXT.flatmap(lambda text: st.sampled_from(text or "a")),
            min_size=schema.get("minLength", 0),
            max_size=schema.get("maxLength", 8),
        )
    if kind == "integer":
        return st.integers(schema.get("minimum", -1000), schema.get("maximum", 1000))
    if kind == "number":
        return st.floats(schema.get("minimum", -100), schema.get("maximum", 100))
    if kind == "boolean":
        return st.booleans()
    if kind == "null":
        return st.none()
    if kind == "array":
        return st.lists(
            fitting(schema["items"]),
            min_size=schema.get("minItems", 0),
            max_size=schema.get("maxItems", 3),
        )
    if kind == "object" and "properties" in schema:
        required = set(schema.get("required", []))
        return st.fixed_dictionaries(
            {k: fitting(v) for k, v in schema["properties"].items() if k in required},
            optional={k: fitting(v) for k, v in schema["properties"].items() if k not in required},
        )
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        keys = fitting(schema["propertyNames"]) if "propertyNames" in schema else TEXT
        return st.dictionaries(keys, fitting(schema["additionalProperties"]), max_size=3)
    return ANYTHING


@st.composite
def spoilt(draw, schema):
    """A fitting value with one thing changed somewhere; it may still fit."""
    value = draw(fitting(schema))
    if isinstance(value, dict) and value:
        key = draw(st.sampled_from(sorted(value)))
        change = draw(st.sampled_from(["drop", "replace", "add", "within"]))
        if change == "drop":
            return {k: v for k, v in value.items() if k != key}
        if change == "add":
            return {**value, draw(TEXT): draw(ANYTHING)}
        inner = schema.get("properties", {}).get(key, {})
        return {**value, key: draw(ANYTHING if change == "replace" else spoilt(inner))}
    return draw(ANYTHING)


def is_plain(value):
    """Whether JSON and Lua mean the same by it: numbers within both."""
    if isinstance(value, float):
        return value == value and abs(value) != float("inf")
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(map(is_plain, value.values()))
    return True


@pytest.mark.parametrize("kind", ["Namespace", "Name", "Metadata"])
def test_the_schema_accepts_what_the_policy_accepts(subject, kind):
    path, judge, schema = subject
    # By rule there are several kinds of metadata; the base's is the one without a rule.
    name = "DefaultMetadata" if kind == "Metadata" and "DefaultMetadata" in schema["$defs"] else kind
    definition = schema["$defs"][name]
    validator = jsonschema.Draft202012Validator(definition)
    counted = {True: 0, False: 0}

    @settings(
        max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(fitting(definition) | spoilt(definition) | ANYTHING)
    def compare(value):
        if not is_plain(value):
            return
        expected = validator.is_valid(value)
        assert judge.accepts(kind.lower(), value) == expected, (path.stem, value)
        counted[expected] += 1

    compare()
    assert counted[True] >= 2 and counted[False] >= 20


# ---- The checkers of the languages ---------------------------------------------------------


@pytest.mark.parametrize("path", POLICIES + EXAMPLES, ids=lambda path: path.stem)
def test_types_compile_in_strict_mode(tmp_path, path):
    (tmp_path / "types.ts").write_text(types(path, "typescript"))
    done = subprocess.run(
        [TSC, "--strict", "--noEmit", "--target", "es2022", "types.ts"],
        cwd=tmp_path, capture_output=True,
    )
    assert done.returncode == 0, done.stdout.decode()
    (tmp_path / "generated.py").write_text(types(path, "python"))
    done = subprocess.run(
        [MYPY, "--strict", "--python-version", "3.11", "generated.py"],
        cwd=tmp_path, capture_output=True,
    )
    assert done.returncode == 0, done.stdout.decode()


GOOD = {
    "scalars": {"text": "t", "count": 5, "flag": None, "fixed": "v1", "level": "high"},
    "containers": {"tags": ["a"], "either": {"inner": True}, "map": {"x": 1.5}, "not an identifier": 3},
    "rules": {"owner": "ana", "basis": "a"},
}
BAD = {
    "scalars": [{"text": 1}, {"fixed": "v2"}, {"level": "middle"}, {"flag": 1}, {"colour": "x"}],
    "containers": [{"tags": [1]}, {"either": None}, {"map": {"x": "y"}}, {"class": 5}],
    "rules": [{"owner": 1}, {"basis": "c"}],
}


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_checkers_tell_right_from_wrong(tmp_path, path):
    good = GOOD[path.stem]
    judge_name = "EuropeMetadata" if path.stem == "rules" else "Metadata"
    (tmp_path / "types.ts").write_text(types(path, "typescript"))
    (tmp_path / "generated.py").write_text(types(path, "python"))
    script = [f'import type {{ {judge_name} }} from "./types";']
    python = [f"from generated import {judge_name}"]
    wrong = [{**good, **change} for change in BAD[path.stem]]
    for index, value in enumerate([good, *wrong]):
        script.append(f"export const v{index}: {judge_name} = {json.dumps(value)};")
        python.append(f"v{index}: {judge_name} = {value!r}")
    (tmp_path / "use.ts").write_text("\n".join(script) + "\n")
    (tmp_path / "use.py").write_text("\n".join(python) + "\n")
    done = subprocess.run(
        [TSC, "--strict", "--noEmit", "--target", "es2022", "use.ts"],
        cwd=tmp_path, capture_output=True,
    )
    lines = {int(n) for n in re.findall(r"use\.ts\((\d+),", done.stdout.decode())}
    assert lines == set(range(3, 3 + len(wrong))), done.stdout.decode()
    done = subprocess.run(
        [MYPY, "--strict", "--python-version", "3.11", "use.py"],
        cwd=tmp_path, capture_output=True,
    )
    lines = {int(n) for n in re.findall(r"use\.py:(\d+): error", done.stdout.decode())}
    assert lines == set(range(3, 3 + len(wrong))), done.stdout.decode()


# ---- Text stays text -----------------------------------------------------------------------

BREAKS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\0"]
HOSTILE = [
    *(f"a{end}evil()" for end in BREAKS),
    *(f"a*{end}/evil()/*" for end in BREAKS),
    *(f'"""{end}evil()' for end in BREAKS),
    *["*/evil()/*", '"""', '""""', 'evil()"""', "evil\\", '\\"""evil()', "'''", "`+evil()+`", "${evil()}"],
    *["\ufeffevil()", "\u202eevil()", "%s%d%1", "é✓😀", "__private", "class"],
]


def hostile_policy(text):
    return f"""
local s = require "schema"
local t = {lua_string(text)}
return {{
  description = t,
  namespace = s.template(t, s.string()):describe(t),
  name = s.string():one_of{{ t, "other" }}:describe(t),
  metadata = s.record{{
    [t] = s.literal(t):describe(t),
    inner = s.record{{ x = s.enum{{ t, "y" }}:describe(t) }}:describe(t),
    open = s.record{{}}:open():describe(t),
  }}:describe(t),
  rules = {{ {{ namespace = t:gsub("%p", "%%%0"), metadata = s.record{{ z = s.string() }} }} }},
}}
"""


@pytest.fixture(scope="module")
def hostile_paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    paths = [folder / f"p{index}.lua" for index in range(len(HOSTILE))]
    for path, text in zip(paths, HOSTILE, strict=True):
        path.write_text(hostile_policy(text), encoding="utf-8", newline="")
    return paths


def test_python_reads_the_text_of_a_policy_as_text(hostile_paths):
    for path, text in zip(hostile_paths, HOSTILE, strict=True):
        nodes = list(ast.walk(ast.parse(types(path, "python"))))
        assert "evil" not in {node.id for node in nodes if isinstance(node, ast.Name)}, repr(text)
        called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
        assert called <= {"TypedDict"}, repr(text)
        values = [node.value for node in nodes if isinstance(node, ast.Constant)]
        assert values.count(text) >= 3, repr(text)


def test_typescript_reads_the_text_of_a_policy_as_text(tmp_path, hostile_paths):
    names = []
    for index, (path, text) in enumerate(zip(hostile_paths, HOSTILE, strict=True)):
        generated = types(path, "typescript")
        (tmp_path / f"types{index}.ts").write_text(generated, encoding="utf-8", newline="")
        quoted = json.dumps(text)
        (tmp_path / f"use{index}.ts").write_text(
            f'import type {{ DefaultMetadata, Name, Namespace }} from "./types{index}";\n'
            f"export const name: Name = {quoted};\n"
            f"export const namespace: Namespace = {json.dumps(text + 'x')};\n"
            "export const metadata: DefaultMetadata ="
            f" {{ {quoted}: {quoted}, inner: {{ x: {quoted} }}, open: {{}} }};\n"
        )
        names.append(f"use{index}.ts")
    done = subprocess.run(
        [TSC, "--strict", "--noEmit", "--target", "es2022", *names],
        cwd=tmp_path, capture_output=True,
    )
    assert done.returncode == 0, done.stdout.decode()


def test_json_schema_holds_the_text_of_a_policy_as_text(hostile_paths):
    for path, text in zip(hostile_paths, HOSTILE, strict=True):
        schema = json.loads(types(path, "json-schema"))
        assert schema["description"] == text
        assert schema["$defs"]["Name"]["enum"] == [text, "other"]
        assert schema["$defs"]["DefaultMetadata"]["properties"][text]["const"] == text
