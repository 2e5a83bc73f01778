"""llrpjs on the other end of the wire: its reader serves our client, its client is served by our emulator."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from readers.emulator.build import EmulatorSettings, build_devices, items
from readers.emulator.server import serve
from readers.status import ReaderState
from tests.integration.reader_peers import Memory, local, running, until
from tests.ports import free_port

HERE = Path(__file__).parent
EPC = bytes.fromhex("3034257bf7194e4000001a85")
PATIENCE_SECONDS = 60 * float(os.environ.get("TEST_TIMEOUT_FACTOR", "1"))


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which node finds llrpjs."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed: llrpjs cannot be the peer")
    directory = tmp_path_factory.mktemp("llrpjs")
    install = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefer-offline", "llrpjs@1.0.1"]
    try:
        subprocess.run(install, cwd=directory, check=True, capture_output=True, timeout=180)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("npm could not install llrpjs: no registry in reach")
    return directory / "node_modules"


@asynccontextmanager
async def node(modules: Path, script: str, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        "node",
        HERE / script,
        str(port),
        env={**os.environ, "NODE_PATH": str(modules)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_llrpjs_reader_that_answers_only_half_is_inventoried_by_our_client(modules: Path) -> None:
    port = free_port()
    sink = Memory()
    async with node(modules, "llrpjs_reader.js", port), running(sink, local(port, reply_seconds=0.5)):
        await until(lambda: len(sink.rows) >= 20, PATIENCE_SECONDS)
        assert {row[0] for row in sink.rows} == {EPC}
        assert {row[1] for row in sink.rows} == {1}
        assert sink.state is ReaderState.CONNECTED
        assert "protocol" not in sink.reconnects


@pytest.mark.parametrize("profile", ["generic", "r420", "fx9600"])
async def test_llrpjs_client_is_served_by_our_emulator(modules: Path, profile: str) -> None:
    devices = build_devices(EmulatorSettings(tags=3, reads_per_second=300, profile=profile))
    async with serve(devices) as peers, node(modules, "llrpjs_client.js", peers.ports[0]) as client:
        async with asyncio.timeout(PATIENCE_SECONDS):
            told, complaints = await client.communicate()
    assert client.returncode == 0, complaints.decode()
    assert {bytes.fromhex(line) for line in told.decode().split()} == set(items(3))
