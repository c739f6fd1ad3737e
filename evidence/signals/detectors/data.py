"""Data: is it versioned, is it validated, does it come from a feature store."""

import ast
import re
from collections.abc import Iterator, Mapping

from evidence.signals.documents import at, items, line_of, mapping, mappings, word
from evidence.signals.python_code import HERE, Call, Function, Module, text_of
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName
from evidence.signals.scripts import all_commands
from evidence.signals.vocabulary import vocabulary

VERSION_CALLS = re.compile(
    r"lakefs(_client|_sdk|_spec)?(\.\w+)*(\(\))?(\.\w+(\(\))?)*\.(commit|branch|create|repository|Branch|"
    r"Repository|LakeFSClient|LakeFSFileSystem|Client)|"
    r"lakefs(\.\w+)*\.(repository|Repository|Branch|Reference)|dvc\.api\.(open|read|get_url|DVCFileSystem|"
    r"params_show)|"
    r"quilt3\.(Package\(\)\.(push|build)|Package\.(install|browse))|python_pachyderm(\.\w+)+|"
    r"pachyderm_sdk(\.\w+)+|"
    r"clearml\.Dataset\.(create|get)|azure\.ai\.ml(\.\w+)*\.MLClient(\.\w+)?\(\)\.data\.create_or_update|"
    r"azureml\.core\.Dataset\.(get_by_name|File\..*|Tabular\..*)\(?\)?(\.register)?|"
    r"neptune(\.\w+)*\.init_run\(\)(\.\w+)*\.track_files|"
    r"deltalake(\.\w+)*\.DeltaTable\(\)\.(load_version|load_as_version|load_with_datetime)|doltpy(\.\w+)+"
)
WITH_VERSION: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"deltalake(\.\w+)*\.DeltaTable"), "version"),
    (re.compile(r"mlflow\.data\.(load_delta|from_spark)"), "version"),
    (re.compile(r"pyiceberg(\.\w+)*(\(\))?.*\.scan"), "snapshot_id"),
    (re.compile(r".*\.scan"), "snapshot_id"),
    (re.compile(r"datasets\.load_dataset"), "revision"),
    (re.compile(r"(boto3|botocore|aiobotocore)(.*)\.\w+"), "VersionId"),
    (re.compile(r"google\.cloud\.storage(.*)\.(blob|get_blob)"), "generation"),
    (re.compile(r"huggingface_hub\.(snapshot_download|hf_hub_download)"), "revision"),
)
VERSION_KEYWORDS = frozenset(keyword for _, keyword in WITH_VERSION)
TIME_TRAVEL = frozenset({"versionasof", "timestampasof", "snapshot-id", "as-of-timestamp"})
SQL_TIME_TRAVEL = re.compile(r"\b(VERSION|TIMESTAMP|SYSTEM_VERSION|SYSTEM_TIME)\s+AS\s+OF\b", re.IGNORECASE)
VERSION_COMMAND = re.compile(
    r"^(lakectl (commit|tag|branch)|pachctl (put|create|update)|dvc (add|commit|push|pull|get|import)\b|"
    r"dolt (commit|push)|"
    r"quilt3 push|kaggle datasets version)"
)
LFS_DATA = re.compile(
    r"\.(csv|tsv|parquet|arrow|feather|npy|npz|h5|hdf5|tfrecords?|jsonl|avro|orc|zarr|nc|sqlite|db)$|(^|"
    r"/)(data|datasets?)/",
    re.IGNORECASE,
)


def data_versioning(repo: Repository) -> Iterator[Proof]:
    """A snapshot of the data is named by a version that can be read again.

    Counted: DVC files with hashes, lakeFS, Pachyderm, Quilt, reads of a table at a version, data under
    Git LFS. Refused: `dvc init` alone, a plain path, Git LFS for pictures or models only.
    """
    yield from _dvc_files(repo)
    yield from _lfs(repo)
    for module in repo.modules:
        for call in module.calls:
            if _is_versioned(module, call):
                yield Proof(path=module.path, line=call.line, why="reads or writes a version of the data")
    for path in repo.paths(r"\.sql$"):
        if SQL_TIME_TRAVEL.search(_sql(repo.text(path))):
            yield Proof(
                path=path, line=line_of(repo.text(path), "(?i)as of"), why="reads a table at a version"
            )
    for command in all_commands(repo):
        if VERSION_COMMAND.match(command.text) and not command.text.startswith(
            ("dvc pull", "dvc get", "dvc push")
        ):
            yield from command.proofs(f"`{command.text[:60]}` versions data")


def _sql(text: str) -> str:
    return re.sub(r"(?m)--.*$", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


def _dvc_files(repo: Repository) -> Iterator[Proof]:
    """`data.csv.dvc` and `dvc.lock` with the hash of what they track."""
    for path in repo.paths(r"\.dvc$|(^|/)dvc\.lock$"):
        hashed = (each for document in repo.yaml(path) for each in mappings(document))
        if any(
            (each.get("md5") or each.get("etag") or each.get("hash")) and each.get("path") for each in hashed
        ):
            line = repo.line_of(path, r"\b(md5|etag|hash):")
            yield Proof(path=path, line=line, why="DVC pins data by its hash")


def _lfs(repo: Repository) -> Iterator[Proof]:
    for path in repo.paths(r"(^|/)\.gitattributes$"):
        for number, line in enumerate(repo.text(path).splitlines(), start=1):
            pattern = line.split()[0] if line.split() else ""
            if "filter=lfs" in line and not pattern.startswith("#") and LFS_DATA.search(pattern):
                yield Proof(path=path, line=number, why=f"Git LFS keeps {pattern}")


def _is_versioned(module: Module, call: Call) -> bool:
    if any(VERSION_CALLS.fullmatch(name) for name in call.names):
        return True
    if any(name == "wandb.Artifact" for name in call.names):
        return "data" in text_of(call.argument("type", 1))
    given = call.keywords() & VERSION_KEYWORDS
    for pattern, keyword in WITH_VERSION if given else ():
        value = call.argument(keyword)
        if value is not None and text_of(value) != "main" and any(pattern.fullmatch(n) for n in call.names):
            return getattr(value, "value", True) is not None
    method = getattr(call.node.func, "attr", "")
    if method in {"option", "options"}:
        first = text_of(call.node.args[0]).lower() if call.node.args else ""
        return first in TIME_TRAVEL or any(k.lower() in TIME_TRAVEL for k in call.keywords())
    if method in {"sql", "execute", "query", "read_sql", "read_sql_query", "read_gbq"}:
        return any(
            SQL_TIME_TRAVEL.search(text) for arg in call.node.args[:1] for text in module.texts_of(arg)
        )
    return "lakefs://" in module.source and any(
        text.startswith("lakefs://") for arg in call.node.args[:2] for text in module.texts_of(arg)
    )


VALIDATION_CALLS: Mapping[str, re.Pattern[str]] = {
    "Great Expectations": re.compile(
        r"great_expectations(\.\w+)*(\(\))?(\.\w+(\(\))?)*\.(get_context|from_pandas|read_csv|expect_\w+|"
        r"run_checkpoint|run_validation_operator|"
        r"validate|PandasDataset|SparkDFDataset|DataContext|ExpectationSuite|Checkpoint|SimpleCheckpoint|"
        r"Expect\w+)|great_expectations_provider(\.\w+)+"
    ),
    "pandera": re.compile(
        r"pandera(\.\w+)*\.(DataFrameSchema|SeriesSchema|check_types|check_input|check_output|check_io|"
        r"infer_schema)"
    ),
    "TFDV": re.compile(
        r"tensorflow_data_validation(\.\w+)*\.(validate_\w+|infer_schema|ValidateStatistics|get_feature|"
        r"display_anomalies)|"
        r"tfx(\.\w+)*\.ExampleValidator"
    ),
    "deepchecks": re.compile(
        r"deepchecks(\.\w+)*\.(data_integrity|train_test_validation|full_suite|train_test_leakage|"
        r"single_dataset_integrity)(\(\)\.run)?|"
        r"deepchecks(\.\w+)*\.checks\.(?!\w*(Drift|Performance|Confusion|Roc|Calibration|Weak))\w+"
    ),
    "whylogs": re.compile(
        r"whylogs(\.\w+)*\.(ConstraintsBuilder|DatasetConstraints|Constraints)(\(\)\..*)?|"
        r"whylogs\.core\.constraints(\.\w+)+"
    ),
    "Soda": re.compile(r"soda(\.\w+)*\.Scan"),
    "evidently": re.compile(
        r"evidently(\.\w+)*\.(TestSuite|\w*(DataQuality|DataStability|DataIntegrity)\w*|DataSummaryPreset)"
    ),
    "Deequ": re.compile(r"pydeequ(\.\w+)*\.(VerificationSuite|Check|VerificationRunBuilder)"),
    "frictionless": re.compile(r"frictionless(\.\w+)*\.(validate|Resource\(\)\.validate|Schema)"),
    "pointblank": re.compile(r"pointblank(\.\w+)*\.Validate"),
    "dataframely": re.compile(r"dataframely(\.\w+)*\.Schema.*"),
    "Hopsworks": re.compile(r"hopsworks(.*)\.save_expectation_suite"),
}
VALIDATION_MARKS = re.compile(
    r"pandera(\.\w+)*\.(DataFrameModel|SchemaModel|check_types|check_io|check_input|check_output)|"
    r"dataframely\.Schema|patito\.Model"
)
VALIDATION_COMMAND = re.compile(
    r"^(soda scan|great_expectations checkpoint run|gx checkpoint run|datacontract test|"
    r"frictionless validate|dbt (test|build))\b"
)


def data_validation(repo: Repository) -> Iterator[Proof]:
    """Data is checked against expectations before it is used, with a library made for it.

    Refused: an import alone, validation of requests by pydantic, a project folder without expectations,
    checks of the model.
    """
    for module in repo.modules:
        for name, pattern in VALIDATION_CALLS.items():
            for call in module.calls_to(pattern):
                yield Proof(path=module.path, line=call.line, why=f"validates data with {name}")
        for each in (*module.classes, *module.functions):
            if each.marked(VALIDATION_MARKS):
                yield Proof(path=module.path, line=each.line, why=f"{each.node.name} is a schema of data")
        yield from _home_made(repo, module)
    yield from _validation_files(repo)
    for command in all_commands(repo):
        if VALIDATION_COMMAND.match(command.text) and not command.text.startswith("dbt"):
            yield from command.proofs(f"`{command.text[:60]}` validates data")


CHECK_NAME = re.compile(
    r"(validate|check|verify|assert)_(\w+_)?(data|dataset|schema|frame|dataframe|df|columns|nulls|features|"
    r"quality|rows)|"
    r"(data|schema)_(validation|quality)(_check)?"
)
FRAME_WORDS = vocabulary(
    "columns dtypes dtype isnull isna notnull notna between duplicated nunique is_unique null_count empty",
)


def _home_made(repo: Repository, module: Module) -> Iterator[Proof]:
    """A check written by hand: it looks at columns, types, gaps or ranges, stops on a fault, and is used."""
    for found in module.functions:
        node = found.node
        if not isinstance(node, Function) or not CHECK_NAME.fullmatch(node.name):
            continue
        inside = list(ast.walk(node))
        stops = any(isinstance(each, ast.Raise | ast.Assert) for each in inside)
        looks = any(isinstance(each, ast.Attribute) and each.attr in FRAME_WORDS for each in inside)
        if stops and looks and (found.marks or _is_called(repo, node.name)):
            yield Proof(path=module.path, line=node.lineno, why=f"{node.name} stops on bad data")


def _is_called(repo: Repository, name: str) -> bool:
    return any(
        meaning.rsplit(".", 1)[-1].lstrip(HERE) == name
        for module in repo.modules_with(name)
        for call in module.calls
        for meaning in call.names
    )


def _validation_files(repo: Repository) -> Iterator[Proof]:
    """Expectation suites, Soda checks and dbt tests with at least one check in them."""
    for path in repo.paths(r"(^|/)(gx|great_expectations|expectations)/.*\.json$"):
        if any(
            at(each, "expectation_type") or at(each, "type")
            for each in items(at(repo.json(path), "expectations"))
        ):
            yield Proof(
                path=path, line=repo.line_of(path, '"(expectation_)?type"'), why="an expectation suite"
            )
    for path in repo.paths(r"\.ya?ml$"):
        text = repo.text(path)
        if re.search(r"(?m)^checks for ", text):
            for document in repo.yaml(path):
                if any(
                    word(key).startswith("checks for ") and checks
                    for key, checks in mapping(document).items()
                ):
                    yield Proof(path=path, line=repo.line_of(path, "^checks for"), why="checks of Soda")
        elif re.search(r"\b(data_)?tests:", text) and re.search(r"(?m)^(models|sources|seeds):", text):
            yield from _dbt_tests(repo, path)


def _dbt_tests(repo: Repository, path: str) -> Iterator[Proof]:
    if not any(True for _ in repo.paths(r"(^|/)dbt_project\.ya?ml$")):
        return
    for document in repo.yaml(path):
        if any(items(each.get("tests")) or items(each.get("data_tests")) for each in mappings(document)):
            yield Proof(path=path, line=repo.line_of(path, r"\b(data_)?tests:"), why="data tests of dbt")


STORE_CALLS = re.compile(
    r"feast(\.\w+)*\.(FeatureView|BatchFeatureView|StreamFeatureView|OnDemandFeatureView|FeatureService|"
    r"FeatureStore\(\)\.\w+|"
    r"RemoteOfflineStore|PushSource)|hopsworks(\.\w+)*\.login\(\)\.get_feature_store(\(\)\.\w+)*|"
    r"hsfs(\.\w+)*(\(\))?(\.\w+(\(\))?)*\.\w*(feature_(group|view|store))\w*|"
    r"google\.cloud\.aiplatform(\.\w+)*\.(Featurestore|EntityType|FeatureGroup|FeatureView|"
    r"FeatureOnlineStore|Feature)(\.\w+)?(\(\)\.\w+)*|"
    r"google\.cloud\.aiplatform(_v1|_v1beta1)?(\.\w+)*\.Featurestore\w*(\(\)\.\w+)*|"
    r"vertexai(\.\w+)*\.(FeatureOnlineStore|FeatureView|FeatureGroup)(\.\w+)?|"
    r"sagemaker(\.\w+)*\.(FeatureGroup|FeatureStore|FeatureStoreRuntime)(\(\)\.\w+)*|"
    r"tecton(\.\w+)*\.(FeatureService|get_workspace|FeatureView|FeatureTable)(\(\)\.\w+)*|"
    r"databricks(\.\w+)*\.(FeatureStoreClient|FeatureEngineeringClient)(\(\)\.\w+)*|"
    r"azureml(\.\w+)*\.FeatureStoreClient(\(\)\.\w+)*|"
    r"featureform(\.\w+)*\.(register_\w+|ServingClient|Client)(\(\)\.\w+)*|butterfree(\.\w+)*\.(FeatureSet|"
    r"FeatureSetPipeline)"
)
STORE_MARKS = re.compile(
    r"feast(\.\w+)*\.(on_demand_feature_view|stream_feature_view|batch_feature_view)|"
    r"tecton(\.\w+)*\.\w*feature_view|featureform(\.\w+)*\.entity"
)
STORE_RESOURCE = re.compile(
    r'(?m)^\s*resource\s+"(google_vertex_ai_(featurestore|feature_\w+)|aws_sagemaker_feature_group|azapi_feature_store)[\w]*"'
)


def feature_store(repo: Repository) -> Iterator[Proof]:
    """Features are defined in, or read from, a feature store.

    Refused: an import alone, a module that merely is called features.
    """
    for path in repo.paths(r"(^|/)feature_store\.ya?ml$"):
        for document in repo.yaml(path):
            if at(document, "project") and (at(document, "registry") or at(document, "provider")):
                yield Proof(path=path, line=repo.line_of(path, "^project:"), why="configures Feast")
    for module in repo.modules:
        for call in module.calls_to(STORE_CALLS):
            if not repo.shadows("feast"):
                yield Proof(path=module.path, line=call.line, why="defines or reads features of a store")
        for found in module.functions:
            if found.marked(STORE_MARKS):
                yield Proof(path=module.path, line=found.line, why=f"{found.node.name} is a feature view")
    for path in repo.paths(r"\.tf$"):
        if STORE_RESOURCE.search(repo.text(path)):
            line = repo.line_of(path, "feature")
            yield Proof(path=path, line=line, why="declares a feature store")


DETECTORS = {
    SignalName.DATA_VERSIONING: data_versioning,
    SignalName.DATA_VALIDATION: data_validation,
    SignalName.FEATURE_STORE: feature_store,
}
