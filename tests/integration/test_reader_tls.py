"""LLRP over TLS: the right reader is served, a wrong one refused with words."""

import hashlib
import ssl
from pathlib import Path

import pytest
import trustme

from readers.discovery import probe
from readers.errors import ConnectError
from readers.settings import TlsSettings
from readers.status import ReaderState
from tests.integration.reader_peers import Memory, local, running, scripted_server, until


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def server_context(authority: trustme.CA, *, wants_client: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    if wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
    return context


def fingerprint_of(context_cert: trustme.LeafCert) -> str:
    der = ssl.PEM_cert_to_DER_cert(context_cert.cert_chain_pems[0].bytes().decode())
    digest = hashlib.sha256(der).hexdigest().upper()
    return ":".join(digest[place : place + 2] for place in range(0, 64, 2))


async def state_with(tls: TlsSettings, port: int) -> tuple[ReaderState, str | None]:
    sink = Memory()
    async with running(sink, local(port, tls=tls)):
        await until(lambda: sink.state in (ReaderState.CONNECTED, ReaderState.FAILED))
    return sink.statuses[-1].state, sink.statuses[-1].reason


async def test_reader_with_a_certificate_of_our_ca_is_served(authority: trustme.CA, ca_file: str) -> None:
    async with scripted_server(context=server_context(authority)) as peer:
        assert await state_with(TlsSettings(ca_file=ca_file), peer.port) == (ReaderState.CONNECTED, None)


async def test_reader_with_a_certificate_of_another_ca_is_refused_and_said_so(ca_file: str) -> None:
    async with scripted_server(context=server_context(trustme.CA())) as peer:
        state, reason = await state_with(TlsSettings(ca_file=ca_file), peer.port)
        assert state is ReaderState.FAILED
        assert (reason or "").startswith("wrong certificate")
        assert peer.reader.requests == []


async def test_reader_with_the_pinned_certificate_is_served(authority: trustme.CA) -> None:
    certificate = authority.issue_cert("elsewhere.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    async with scripted_server(context=context) as peer:
        pinned = TlsSettings(fingerprint=fingerprint_of(certificate))
        assert await state_with(pinned, peer.port) == (ReaderState.CONNECTED, None)


async def test_reader_with_another_than_the_pinned_certificate_is_refused_and_said_so(
    authority: trustme.CA,
) -> None:
    async with scripted_server(context=server_context(authority)) as peer:
        state, reason = await state_with(TlsSettings(fingerprint="00" * 32), peer.port)
        assert state is ReaderState.FAILED
        assert (reason or "").startswith("wrong certificate: the reader shows SHA-256")
        assert peer.reader.requests == []
        with pytest.raises(ConnectError, match="wrong certificate"):
            await probe(local(peer.port, tls=TlsSettings(fingerprint="00" * 32)))


async def test_reader_that_wants_a_client_certificate_gets_ours(
    authority: trustme.CA, ca_file: str, tmp_path: Path
) -> None:
    client = authority.issue_cert("gateway.example")
    cert_file, key_file = tmp_path / "client.pem", tmp_path / "client.key"
    client.cert_chain_pems[0].write_to_path(cert_file)
    client.private_key_pem.write_to_path(key_file)
    async with scripted_server(context=server_context(authority, wants_client=True)) as peer:
        tls = TlsSettings(ca_file=ca_file, cert_file=str(cert_file), key_file=str(key_file))
        assert await state_with(tls, peer.port) == (ReaderState.CONNECTED, None)
        state, _ = await state_with(TlsSettings(ca_file=ca_file), peer.port)
        assert state is ReaderState.FAILED


async def test_tls_to_a_reader_without_tls_fails_with_words(ca_file: str) -> None:
    async with scripted_server() as peer:
        state, reason = await state_with(TlsSettings(ca_file=ca_file), peer.port)
        assert state is ReaderState.FAILED
        assert reason == "TLS failed: the peer does not speak TLS on this port"


async def test_reader_with_tls_that_is_dialled_without_is_named(authority: trustme.CA) -> None:
    sink = Memory()
    async with (
        scripted_server(context=server_context(authority)) as peer,
        running(sink, local(peer.port, reply_seconds=0.3)),
    ):
        await until(lambda: sink.state is ReaderState.FAILED)
    assert "TLS" in (sink.statuses[-1].reason or "")


async def test_tls_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    state, reason = await state_with(TlsSettings(ca_file=str(tmp_path / "missing.pem")), 5085)
    assert state is ReaderState.FAILED
    assert "missing.pem" in (reason or "")
