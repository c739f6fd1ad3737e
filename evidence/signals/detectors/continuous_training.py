"""Continuous training: does something other than a person start it."""

import ast
import re
from collections.abc import Iterator

from evidence.signals import terraform
from evidence.signals.documents import at, items, mapping, mappings, walk, word
from evidence.signals.integration import job_commands
from evidence.signals.jobs import Trigger
from evidence.signals.python_code import Call, Function, Module, is_false, is_none
from evidence.signals.repository import Manifest, Repository
from evidence.signals.results import Proof, SignalName
from evidence.signals.training import says_training, training_lines, trains

STARTERS = frozenset({Trigger.SCHEDULE, Trigger.EVENT, Trigger.DATA, Trigger.PUSH})


def scheduled_or_triggered_training(repo: Repository) -> Iterator[Proof]:
    """A clock, new data, an event or a merge starts the training of the model.

    Refused: a schedule of something else, `schedule=None`, a suspended object, a workflow that waits
    for a hand, the rehearsal of a pull request.
    """
    yield from _jobs(repo)
    for module in repo.modules:
        yield from _airflow(module)
        yield from _calls(module)
        yield from _decorated(module)
        yield from _event_handlers(module)
    for manifest in repo.manifests:
        if _is_scheduled(manifest) and any(says_training(word(text)) for text in walk(manifest.body)):
            yield Proof(path=manifest.path, line=manifest.line, why=f"a {manifest.kind} starts training")
    yield from _yaml(repo)
    yield from _infrastructure(repo)
    yield from _crontabs(repo)


def _jobs(repo: Repository) -> Iterator[Proof]:
    for job, commands in job_commands(repo):
        starters = job.triggers & STARTERS
        for command in commands if starters else ():
            if trains(repo, command):
                by = ", ".join(sorted(starter.value for starter in starters))
                yield from command.proofs(f"`{command.text[:60]}` trains, started by {by}")


DAG = re.compile(r"airflow(\.\w+)*\.(DAG|dag)")


def _airflow(module: Module) -> Iterator[Proof]:
    """A DAG with a schedule (clock or dataset) whose tasks train."""
    marks = [
        mark
        for found in module.functions
        for names, mark in found.marks
        if any(DAG.fullmatch(n) for n in names)
    ]
    calls = [call.node for call in module.calls_to(DAG)]
    for node in {id(n): n for n in [*calls, *marks] if isinstance(n, ast.Call)}.values():
        given = {k.arg: k.value for k in node.keywords}
        schedule = next(
            (given[key] for key in ("schedule", "schedule_interval", "timetable") if key in given), None
        )
        if (
            schedule is not None
            and _is_schedule(module, schedule)
            and any(True for _ in training_lines(module))
        ):
            yield Proof(path=module.path, line=node.lineno, why="a scheduled DAG trains")


def _is_schedule(module: Module, node: ast.expr) -> bool:
    """Not None, not False, not `@once`, not empty; a name counts by what it was given."""
    if isinstance(node, ast.Constant):
        return bool(node.value) and node.value not in {"@once", "None", "none", "never"}
    if isinstance(node, ast.Name):
        values = [n.value for n in ast.walk(module.tree) if isinstance(n, ast.Assign) and _names(n, node.id)]
        return all(_is_schedule(module, v) for v in values if not isinstance(v, ast.Name)) if values else True
    return not (isinstance(node, ast.List | ast.Tuple) and not node.elts)


def _names(assign: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in assign.targets)


STARTING = re.compile(
    r".*\.create_recurring_run|kfp(\.\w+)*\.Client\(\)\.(create_recurring_run|schedule_pipeline)|"
    r"google\.cloud\.aiplatform(\.\w+)*\.PipelineJobSchedule(\(\)\.create)?|"
    r"google\.cloud\.aiplatform(\.\w+)*\.PipelineJob(\.\w+)?\(\)\.create_schedule|"
    r"kfp\.v2\.google\.client\.AIPlatformClient\(\)\.create_schedule_from_job_spec|"
    r"sagemaker(\.\w+)*\.PipelineSchedule|sagemaker(\.\w+)*\.Pipeline\(\)\.put_triggers|"
    r"azureml(\.\w+)*\.Schedule\.create"
)
"""What only pipelines are scheduled by: no further sign of training is asked for."""
GENERAL = re.compile(
    r"dagster(\.\w+)*\.(ScheduleDefinition|build_schedule_from_partitioned_job|SensorDefinition|"
    r"AutomationConditionSensorDefinition)|"
    r"zenml(\.\w+)*\.Schedule|azure\.ai\.ml(\.\w+)*\.JobSchedule|prefect(\.\w+)*\.(CronSchedule|"
    r"IntervalSchedule|RRuleSchedule)|"
    r"schedule(\.\w+(\(\))?)*\.do|apscheduler(\.\w+)*(\(\))?\.add_job|rq_scheduler(\.\w+)*\(\)\.(cron|"
    r"schedule)|celery\.schedules\.crontab|hera(\.\w+)*\.CronWorkflow|"
    r"aws_cdk\.aws_events\.Rule|flytekit\.LaunchPlan\.get_or_create"
)
SERVED = frozenset({"serve", "deploy", "build_from_flow", "to_deployment"})
SCHEDULE_KEYWORDS = frozenset({"cron", "interval", "schedule", "schedules", "rrule", "trigger", "triggers"})


def _calls(module: Module) -> Iterator[Proof]:
    trains_here: bool | None = None
    for call in module.calls:
        if any(STARTING.fullmatch(name) for name in call.names) and not is_false(call.argument("enabled")):
            yield Proof(path=module.path, line=call.line, why="schedules a pipeline")
            continue
        if any(GENERAL.fullmatch(name) for name in call.names) or _is_served(module, call):
            trains_here = any(True for _ in training_lines(module)) if trains_here is None else trains_here
            if trains_here:
                yield Proof(path=module.path, line=call.line, why="schedules training")


def _is_served(module: Module, call: Call) -> bool:
    """`flow.serve(cron=…)`, `flow.deploy(schedules=[…])` of Prefect."""
    if getattr(call.node.func, "attr", "") not in SERVED or not module.imports_any("prefect"):
        return False
    given = [k.value for k in call.node.keywords if k.arg in SCHEDULE_KEYWORDS]
    return any(not is_none(value) and not is_false(value) for value in given)


DECORATORS = re.compile(
    r"metaflow(\.\w+)*\.(schedule|trigger|trigger_on_finish)|dagster(\.\w+)*\.(schedule|sensor|"
    r"asset_sensor|multi_asset_sensor|run_status_sensor)|"
    r"apscheduler(.*)\.scheduled_job|schedule\.repeat|modal(\.\w+)*\.function"
)
AUTOMATED = re.compile(r"dagster(\.\w+)*\.(asset|multi_asset)")


def _decorated(module: Module) -> Iterator[Proof]:
    for found in (*module.functions, *module.classes):
        mark = found.marked(DECORATORS)
        asset = found.marked(AUTOMATED)
        conditions = {k.arg for k in asset.keywords} if isinstance(asset, ast.Call) else set()
        automated = conditions & {"automation_condition", "auto_materialize_policy", "freshness_policy"}
        if (
            (mark is not None or automated)
            and _decorator_starts(mark)
            and any(True for _ in training_lines(module))
        ):
            yield Proof(path=module.path, line=found.line, why=f"{found.node.name} starts training")


def _decorator_starts(mark: ast.expr | None) -> bool:
    """Metaflow's `@schedule(daily=False)` and a function of Modal without a schedule start nothing."""
    if not isinstance(mark, ast.Call):
        return True
    values = [keyword.value for keyword in mark.keywords]
    if "function" in ast.unparse(mark.func):
        return any(keyword.arg == "schedule" for keyword in mark.keywords)
    return not values or any(not is_false(value) for value in values)


RUN_STARTS = re.compile(
    r".*\.(create_run_from_pipeline_\w+|run_pipeline|start_pipeline_execution|create_training_job|"
    r"trigger_dag|run_deployment)|"
    r"google\.cloud\.aiplatform(\.\w+)*\.PipelineJob(\.\w+)?\(\)\.(submit|run)|"
    r"prefect(\.\w+)*\.run_deployment"
)
EVENT_MARKS = re.compile(
    r"functions_framework\.cloud_event|azure\.functions(\.\w+)*|.*\.(event_grid_trigger|blob_trigger|"
    r"timer_trigger)"
)
HANDLERS = re.compile(r"(lambda_)?handler|on_\w+|\w*(retrain|trigger)\w*")


def _takes_event(node: ast.AST) -> bool:
    """`def subscribe(event, context)`: the shape that clouds call."""
    return isinstance(node, Function) and [arg.arg for arg in node.args.args] == ["event", "context"]


def _event_handlers(module: Module) -> Iterator[Proof]:
    """A function that a cloud calls on an event, or that is there to trigger, and that starts a run."""
    starts = list(module.calls_to(RUN_STARTS))
    for found in module.functions if starts else ():
        first, last = found.line, found.node.end_lineno or found.line
        inside = any(first <= call.line <= last for call in starts)
        called = found.marked(EVENT_MARKS) is not None or HANDLERS.fullmatch(found.node.name)
        if inside and (called or _takes_event(found.node)):
            yield Proof(path=module.path, line=found.line, why=f"{found.node.name} starts a run on an event")


def _is_scheduled(manifest: Manifest) -> bool:
    spec = at(manifest.body, "spec")
    if word(at(spec, "suspend")) == "true":
        return False
    if manifest.is_of("argoproj.io", "CronWorkflow") or manifest.is_of("batch", "CronJob"):
        return bool(at(spec, "schedule") or at(spec, "schedules"))
    if manifest.is_of("kubeflow.org", "ScheduledWorkflow"):
        return bool(at(spec, "trigger")) and word(at(spec, "enabled")) != "false"
    return manifest.is_of("argoproj.io", "Sensor") and bool(at(spec, "triggers"))


def _yaml(repo: Repository) -> Iterator[Proof]:
    """Schedules of Prefect, Azure ML and Databricks that are written as YAML."""
    for path in repo.paths(r"\.ya?ml$"):
        text = repo.text(path)
        name = path.rpartition("/")[2]
        for document in repo.yaml(path) if "schedule" in text else ():
            if name in {"prefect.yaml", "prefect.yml"}:
                found = [d for d in items(at(document, "deployments")) if _prefect_schedule(d) and _speaks(d)]
            elif at(document, "flow_name"):
                found = [document] if _prefect_schedule(document) and _speaks(document) else []
            elif "schedule.schema.json" in text or at(document, "create_job"):
                found = [document] if at(document, "trigger") and at(document, "create_job") else []
            elif at(document, "resources", "jobs"):
                jobs = mapping(at(document, "resources", "jobs")).values()
                found = [
                    j for j in jobs if (at(j, "schedule") or at(j, "trigger")) and _runs(j) and _speaks(j)
                ]
            else:
                found = []
            if found:
                yield Proof(path=path, line=repo.line_of(path, "schedule"), why="schedules training")


def _prefect_schedule(deployment: object) -> bool:
    schedules = [at(deployment, "schedule"), *items(at(deployment, "schedules"))]
    return any(
        (at(s, "cron") or at(s, "interval") or at(s, "rrule")) and word(at(s, "active")) != "false"
        for s in schedules
    )


def _runs(job: object) -> bool:
    return word(at(job, "schedule", "pause_status")).upper() != "PAUSED"


def _speaks(value: object) -> bool:
    return any(says_training(word(text)) for text in walk(value)) or any(
        says_training(word(key)) for each in mappings(value) for key in each
    )


CLOCKS = frozenset(
    [
        "google_cloud_scheduler_job",
        "aws_cloudwatch_event_rule",
        "aws_scheduler_schedule",
        "aws_cloudwatch_event_target",
        "google_cloudfunctions2_function_trigger",
        "azurerm_logic_app_trigger_recurrence",
        "kubernetes_cron_job",
        "kubernetes_cron_job_v1",
    ]
)


def _infrastructure(repo: Repository) -> Iterator[Proof]:
    """A clock or event rule in Terraform or CloudFormation that starts a training pipeline."""
    for path in repo.paths(r"\.tf$"):
        found = terraform.blocks(repo.text(path), "resource")
        targets = " ".join(body for _, kind, body in found if kind == "aws_cloudwatch_event_target")
        for line, kind, body in found:
            scheduled = re.search(r"\b(schedule|schedule_expression|event_pattern)\s*=", body)
            if (
                kind in CLOCKS
                and scheduled
                and _starts_training(body, targets)
                and not re.search(r"(paused|DISABLED)\W+(true)?", body)
            ):
                yield Proof(path=path, line=line, why=f"{kind} starts training")
    for path in repo.paths(r"\.(ya?ml|json|template)$"):
        if (
            "AWS::Events::Rule" in repo.text(path)
            or "AWS::Scheduler::Schedule" in repo.text(path)
            or "ScheduleV2" in repo.text(path)
        ):
            for each in (r for d in repo.documents(path) for r in mapping(at(d, "Resources")).values()):
                if word(at(each, "Type")) in {
                    "AWS::Events::Rule",
                    "AWS::Scheduler::Schedule",
                } and _cloudformation_starts(each):
                    line = repo.line_of(path, r"AWS::(Events::Rule|Scheduler::Schedule)")
                    yield Proof(path=path, line=line, why="a rule starts training")


def _starts_training(body: str, targets: str) -> bool:
    text = f"{body} {targets}"
    return says_training(text) or bool(
        re.search(
            r"sagemaker\w*_pipeline|sagemaker:.*pipeline|aiplatform\.googleapis\.com\S*pipelineJobs", text
        )
    )


def _cloudformation_starts(resource: object) -> bool:
    properties = at(resource, "Properties")
    if word(at(properties, "State")) == "DISABLED":
        return False
    clock = at(properties, "ScheduleExpression") or at(properties, "EventPattern")
    text = " ".join(word(each) for each in walk(properties))
    return bool(clock) and (
        says_training(text) or "SageMakerPipelineParameters" in str(sorted(_keys(properties)))
    )


def _keys(value: object) -> set[str]:
    return {word(key) for each in mappings(value) for key in each}


CRON_LINE = re.compile(
    r"^\s*(@(hourly|daily|weekly|monthly|yearly|reboot)|([\d*/,\-]+\s+){4}[\w*/,\-]+)\s+(.+)$"
)


def _crontabs(repo: Repository) -> Iterator[Proof]:
    for path in repo.paths(r"(^|/)[^/]*crontab[^/]*$|\.cron$|(^|/)cron\.d/[^/]+$"):
        for number, line in enumerate(repo.text(path).splitlines(), start=1):
            found = CRON_LINE.match(line)
            if found and says_training(found[4]):
                yield Proof(path=path, line=number, why="cron starts training")


DETECTORS = {SignalName.SCHEDULED_OR_TRIGGERED_TRAINING: scheduled_or_triggered_training}
