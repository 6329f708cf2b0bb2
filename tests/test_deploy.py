"""The deployment files: they parse, name flows that exist, and agree with each other."""

import ast
import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from fairstock.cli.flow import FLOWS
from fairstock.web.permissions import MONEY_TAG

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"


def load(name: str) -> Any:
    """One YAML file of ``deploy``."""
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


DEPLOYMENTS: list[dict[str, Any]] = load("prefect.yaml")["deployments"]


def flow_function(entrypoint: str) -> ast.FunctionDef:
    """The decorated function that an entrypoint names, without importing it."""
    path, _, name = entrypoint.partition(":")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    (found,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    return found


def test_every_flow_of_the_command_line_is_deployed_under_its_own_name() -> None:
    assert {each["name"] for each in DEPLOYMENTS} == set(FLOWS)


@pytest.mark.parametrize("entry", DEPLOYMENTS, ids=lambda entry: str(entry["name"]))
def test_a_deployment_names_a_flow_its_parameters_and_a_schedule_that_can_run(entry: dict[str, Any]) -> None:
    function = flow_function(entry["entrypoint"])
    assert any("flow" in ast.unparse(decorator) for decorator in function.decorator_list)
    names = [argument.arg for argument in function.args.args + function.args.kwonlyargs]
    assert set(entry["parameters"]) <= set(names)
    explained = (ast.get_docstring(function) or "").partition("\nArgs:\n")[2]
    for name in names:  # Prefect hands these lines to the staff's form
        assert re.search(rf"^    {name}: \S", explained, re.MULTILINE), f"{name} is not explained"
    assert len(entry["description"]) > 40
    assert entry["tags"]
    required = names[: len(function.args.args) - len(function.args.defaults)]
    for schedule in entry.get("schedules", ()):
        assert re.fullmatch(r"(\S+ ){4}\S+", schedule["cron"])
        assert set(required) <= set(entry["parameters"]) | set(schedule.get("parameters", ()))


def test_flows_that_book_money_carry_the_tag_that_the_pages_read() -> None:
    tagged = {each["name"] for each in DEPLOYMENTS if MONEY_TAG in each["tags"]}
    assert tagged == {
        "attribute_sales",
        "close_period",
        "distribute_reserve",
        "pay_contributors",
        "publish_statements",
    }


def test_the_compose_file_has_every_part_and_no_password_in_it() -> None:
    compose = load("compose.yaml")
    assert set(compose["services"]) == {"postgres", "prefect", "deploy", "worker", "model", "web"}
    assert "pgvector" in compose["services"]["postgres"]["image"]
    postgres = compose["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"]
    url = compose["services"]["web"]["environment"]["FAIRSTOCK_DATABASE_URL"]
    assert postgres.startswith("${POSTGRES_PASSWORD:?")
    assert ":${POSTGRES_PASSWORD:?" in url
    for service in compose["services"].values():
        for other in service.get("depends_on", {}):
            assert other in compose["services"]
        for volume in service["volumes"]:
            assert volume.partition(":")[0] in compose["volumes"]


def test_the_images_files_exist_in_the_checkout() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    sources = [line.split()[1:-1] for line in dockerfile.splitlines() if line.startswith("COPY")]
    missing = [name for names in sources for name in names if not (ROOT / name).exists()]
    assert missing == []
    assert "USER fairstock" in dockerfile


def rendered(template: str, values: dict[str, Any]) -> str:
    """A chart's template with its values filled in; but for ``with`` it uses no other feature of Helm."""

    def where_given(match: re.Match[str]) -> str:
        value = node_of(match.group(1))
        return match.group(2).replace("{{ . }}", str(value)) if value else ""

    def node_of(path: str) -> Any:
        node: Any = values
        for key in path.strip().lstrip(".").split("."):
            node = node[key]
        return node

    def fill(match: re.Match[str]) -> str:
        path, _, function = match.group(1).strip().partition("|")
        node = node_of(path)
        if function.strip() == "quote":
            return f'"{node}"'
        assert not function
        return str(node)

    template = re.sub(
        r"\s*\{\{- with (\S+) \}\}(.*?)\s*\{\{- end \}\}", where_given, template, flags=re.DOTALL
    )
    return re.sub(r"\{\{(.+?)\}\}", fill, template)


def chart(values: dict[str, Any]) -> list[Any]:
    """All objects of the chart, released as ``stock``."""
    return [
        each
        for path in sorted((DEPLOY / "helm" / "templates").glob("*.yaml"))
        for each in yaml.safe_load_all(
            rendered(path.read_text(encoding="utf-8"), {"Values": values, "Release": {"Name": "stock"}})
        )
    ]


def test_the_home_lies_in_the_clusters_own_class_unless_one_is_named() -> None:
    values = load("helm/values.yaml")
    (claim,) = (each for each in chart(values) if each["kind"] == "PersistentVolumeClaim")
    assert "storageClassName" not in claim["spec"]  # "" would mean: no volume is made
    values["home"]["storageClass"] = "shared"
    (claim,) = (each for each in chart(values) if each["kind"] == "PersistentVolumeClaim")
    assert claim["spec"]["storageClassName"] == "shared"


def test_pages_behind_a_proxy_know_their_visitors_apart() -> None:
    (web,) = (each for each in chart(load("helm/values.yaml")) if each["metadata"]["name"] == "stock-web"
              and each["kind"] == "Deployment")  # fmt: skip
    (given,) = (each["value"] for each in web["spec"]["template"]["spec"]["containers"][0]["env"]
                if each["name"] == "FORWARDED_ALLOW_IPS")  # fmt: skip
    composed = load("compose.yaml")["services"]["web"]["environment"]
    assert composed["FAIRSTOCK_PUBLIC_URL"]
    for allowed in (given, composed["FORWARDED_ALLOW_IPS"]):
        forwarded = "203.0.113.9, 198.51.100.7, 10.0.0.3"  # what a visitor forges comes first
        for peer in ("172.17.0.1", "198.51.100.7"):  # our proxy, and somebody who is none
            assert visitor(allowed, peer=peer, forwarded=forwarded) == "198.51.100.7"


def visitor(allowed: str, *, peer: str, forwarded: str) -> str:
    """The address that uvicorn shows to the pages."""
    seen: dict[str, Any] = {}

    async def pages(scope: Any, _receive: Any, _send: Any) -> None:
        seen.update(scope)

    headers = [(b"x-forwarded-for", forwarded.encode())]
    scope = {"type": "http", "scheme": "http", "client": (peer, 50000), "headers": headers}
    asyncio.run(ProxyHeadersMiddleware(pages, allowed)(scope, None, None))
    return str(seen["client"][0])


def test_the_chart_renders_to_objects_that_refer_to_each_other() -> None:
    assert load("helm/Chart.yaml")["apiVersion"] == "v2"
    objects = chart(load("helm/values.yaml"))
    kinds = {(each["kind"], each["metadata"]["name"]) for each in objects}
    assert {
        ("Deployment", "stock-web"),
        ("Deployment", "stock-worker"),
        ("Deployment", "stock-model"),
        ("StatefulSet", "stock-prefect"),
    } <= kinds
    named = {name for _, name in kinds}
    text = yaml.safe_dump_all(objects)
    assert set(re.findall(r"claimName: (\S+)", text)) <= named
    for each in objects:
        if "template" in each.get("spec", {}):
            labels = each["spec"]["template"]["metadata"]["labels"]
            assert each["spec"]["selector"]["matchLabels"] == labels
    settings = next(each for each in objects if each["kind"] == "ConfigMap")
    assert settings["data"]["PREFECT_API_URL"] == "http://stock-prefect:4200/api"
