"""The main job on real archives: the README's lines, and real files of many syntaxes and character sets, byte for byte."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dicommove as dm
from dicommove.demo_archive.cache import demo_folders

from .archives import RealFile, data_set_bytes

pytestmark = pytest.mark.peer

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def peer_of(free_port):
    """Make a peer of a running archive, with a listener that the archive is told of."""

    def make(archive) -> dm.Peer:
        port = free_port()
        archive.register("NOTEBOOK", port)
        listener = dm.Listener(port=port)
        return dm.Peer(archive.host, archive.port, ae_title=archive.ae_title, calling_ae_title="NOTEBOOK", listener=listener)

    return make


@pytest.fixture(scope="session")
def demo_files() -> list[RealFile]:
    """The files of the demo archive."""
    return [RealFile(path) for folder in demo_folders() for path in sorted(folder.rglob("*.dcm"))]


def example() -> str:
    """The README's first example, without the line that chooses the archive."""
    block = re.search(r"```python\n(import dicommove as dm\n.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    code, replaced = re.subn(r"^pacs = .*$", "", block[1], flags=re.MULTILINE)
    assert replaced == 1
    return code


def test_the_readme_runs_unchanged_on_real_archives(archive, peer_of, demo_files, real_files, tmp_path, monkeypatch):
    """The README's lines give the same complete result on Orthanc and on dcmqrscp as on the demo archive."""
    monkeypatch.chdir(tmp_path)
    server = archive()
    loaded = server.load([*demo_files, *real_files])
    names = {"pacs": peer_of(server), "dm": dm}
    exec(compile(example(), "README.md", "exec"), names)
    result = names["result"]
    assert result.outcome == "complete"
    kept = {file.SOPInstanceUID: file for file in loaded}
    assert len(result.instances) > 100
    for row in result.instances.itertuples():
        assert row.SOPInstanceUID in kept
    assert set(result.series["Modality"]) == {"CT"}


def test_every_real_file_arrives_byte_for_byte(archive, peer_of, real_files, storescp, tmp_path):
    """Compressed ones and nine character sets included: what arrives is what a bit-preserving receiver gets."""
    server = archive()
    loaded = server.load(real_files)
    pacs = peer_of(server)
    server.register(storescp.ae_title, storescp.port)
    studies = sorted({file.StudyInstanceUID for file in loaded})
    result = pacs.move(studies, tmp_path / "data")
    assert result.outcome == "complete", result
    third = pacs.move(studies, tmp_path / "third", destination=storescp.ae_title)
    assert third.outcome == "unverified"
    assert set(third.ledger["state"]) == {"not_observed"}
    received = {row.SOPInstanceUID: data_set_bytes(Path(row.path)) for row in result.instances.itertuples()}
    assert received == storescp.received()
    assert set(received) == {file.SOPInstanceUID for file in loaded}
