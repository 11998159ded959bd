"""docs/openapi.yaml as a judge of real answers: is the status documented, and does the body fit its schema?"""

import re
from functools import cache
from pathlib import Path

import httpx
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from support.server import ROOT

DESCRIPTION = ROOT / "docs" / "openapi.yaml"
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


class Contract:
    def __init__(self, path: Path = DESCRIPTION):
        self.document = yaml.safe_load(path.read_text(encoding="utf-8"))
        resource = Resource.from_contents(self.document, default_specification=DRAFT202012)
        self.registry = Registry().with_resource("urn:pictor", resource)
        self.paths = [(template, pattern_of(template)) for template in self.document["paths"]]
        self.paths.sort(key=lambda row: row[0].count("{"))  # a literal segment wins over a parameter
        self.validators: dict[str, Draft202012Validator] = {}

    def operation(self, method: str, path: str) -> tuple[list[str], dict] | None:
        """JSON Pointer steps of the operation, and itself; none for a path or method that is not described."""
        for template, pattern in self.paths:
            if pattern.fullmatch(path):
                item = self.document["paths"][template]
                found = item.get(method.lower()) or (item.get("get") if method == "HEAD" else None)
                if found is None:
                    return None
                return ["paths", template, method.lower() if method.lower() in item else "get"], found
        return None

    def check(self, response: httpx.Response, body: object | None) -> None:
        """`body` is the parsed JSON, or None for anything else."""
        method, path = response.request.method, response.request.url.path
        found = self.operation(method, path)
        if found is None:
            assert response.status_code in (400, 401, 404, 405, 408, 413, 429, 431, 503), (
                f"{method} {path} answers {response.status_code}, but is not described"
            )
            return
        steps, operation = found
        where = f"{method} {steps[1]} → {response.status_code}"
        responses = operation["responses"]
        family = f"{response.status_code // 100}XX"
        name = next((n for n in (str(response.status_code), family, "default") if n in responses), None)
        assert name, f"{where}: the status is not described"
        steps = [*steps, "responses", name]
        described, steps = self.follow(responses[name], steps)
        media = response.headers.get("content-type", "").split(";")[0].strip()
        content = described.get("content", {})
        if not content or response.status_code in (204, 304) or method == "HEAD":
            return
        kind = next((k for k in content if media_matches(k, media)), None)
        assert kind, f"{where}: {media!r} is not described, only {sorted(content)}"
        if body is not None and "schema" in content[kind]:
            self.check_schema(body, [*steps, "content", kind, "schema"], where)

    def follow(self, node: dict, steps: list[str]) -> tuple[dict, list[str]]:
        while "$ref" in node:
            steps = node["$ref"].removeprefix("#/").split("/")
            node = self.document
            for step in steps:
                node = node[step.replace("~1", "/").replace("~0", "~")]
        return node, steps

    def check_schema(self, body: object, steps: list[str], where: str) -> None:
        pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)
        if pointer not in self.validators:
            self.validators[pointer] = Draft202012Validator(
                {"$ref": f"urn:pictor#/{escape(pointer)}"}, registry=self.registry, format_checker=FormatChecker()
            )
        faults = sorted(self.validators[pointer].iter_errors(body), key=lambda e: list(map(str, e.absolute_path)))
        told = [f"/{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in faults[:5]]
        assert not faults, f"{where}: the answer does not fit its schema: " + "; ".join(told)

    def has_component(self, name: str) -> bool:
        return name in self.document.get("components", {}).get("schemas", {})


def escape(pointer: str) -> str:
    """A JSON Pointer as a URI fragment."""
    return pointer.replace("%", "%25").replace("{", "%7B").replace("}", "%7D").replace("+", "%2B")


def pattern_of(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", template)
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts))


def media_matches(pattern: str, media: str) -> bool:
    kind = pattern.split(";", maxsplit=1)[0].strip()
    return kind in (media, "*/*") or (kind.endswith("/*") and media.startswith(kind[:-1]))


@cache
def contract() -> Contract | None:
    """None until the description is there."""
    return Contract() if DESCRIPTION.exists() else None
