import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.documents import cloudevents
from rules.vocabulary import EventKind

DOCUMENTS = Path(cloudevents.__file__).parent
ASYNCAPI = DOCUMENTS / "asyncapi.yaml"
SHARED = {"data.schema.json", "event.schema.json"}
"""Referenced by the other schemas."""
JUDGE = """
import {Parser, fromFile} from '@asyncapi/parser';
const {document, diagnostics} = await fromFile(new Parser(), process.argv[2]).parse();
console.log(JSON.stringify({
  diagnostics: diagnostics.map(one => `${one.path.join('.')}: ${one.message}`),
  channels: document ? document.channels().all().map(one => one.address()) : [],
}));
"""


def test_asyncapi_when_compared_with_the_schemas_then_each_is_referenced_and_exists() -> None:
    referenced = set(re.findall(r"\$ref: \./([a-z-]+\.schema\.json)", ASYNCAPI.read_text()))
    present = {path.name for path in DOCUMENTS.glob("*.schema.json")}
    assert referenced == present - SHARED


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which node finds @asyncapi/parser."""
    directory = tmp_path_factory.mktemp("asyncapi")
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed: @asyncapi/parser cannot judge asyncapi.yaml")
    install = [
        "npm",
        "install",
        "--silent",
        "--no-fund",
        "--no-audit",
        "--prefer-offline",
        "@asyncapi/parser@3",
    ]
    try:
        subprocess.run(install, cwd=directory, check=True, capture_output=True, timeout=180)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("npm could not install @asyncapi/parser: no registry in reach")
    (directory / "judge.mjs").write_text(JUDGE)
    return directory


def test_asyncapi_when_parsed_by_its_own_parser_then_no_complaint_and_every_topic_is_there(
    parser: Path,
) -> None:
    judged = subprocess.run(
        ["node", "judge.mjs", str(ASYNCAPI)], cwd=parser, check=True, capture_output=True, timeout=60
    )
    result = json.loads(judged.stdout)
    assert result["diagnostics"] == []
    topics = set(result["channels"])
    assert {f"{{base}}/{{site}}/{{read_point}}/{kind}" for kind in EventKind} <= topics
    assert {
        f"{{base}}/{{site}}/cmd/{verb}" for verb in ("rma", "rma_close", "inspect", "void", "replay")
    } <= topics
    assert "{base}/{site}/gateway/{gateway}/state" in topics
