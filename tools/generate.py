"""`make gen`: generated code for every contract, into gen/ (git-ignored), when a contract or a generator changed.

gen/zikao/**/*_pb2.py    messages, with type stubs, and *_pb2_grpc.py for the services (grpcio-tools)
gen/zikao/rpc_types.pyi  what each RPC takes and gives, for the type checker
gen/wire                 the same messages for the gateway's converters (protobuf-py), as package `wire`
gen/buf/validate         the field rules' own messages
gen/zikao.binpb          a descriptor image with comments, for the gateway and for the breaking-change check
"""

import hashlib
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc_tools
from google.api import annotations_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from protobuf import DescFile
from protovalidate._gen.buf.validate.validate_pb import desc as validate_description

from tools import rpc_types

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GEN = ROOT / "gen"
STAMP = GEN / ".stamp"
IMAGE = "zikao.binpb"
VALIDATE = "buf/validate/validate.proto"
GOOGLE_API = tuple(f"google/api/{name}.proto" for name in ("annotations", "field_behavior", "http", "httpbody"))
GOOGLE_APIS = Path(annotations_pb2.__file__).parents[2]
WELL_KNOWN = Path(grpc_tools.__file__).parent / "_proto"
GENERATORS = ("grpcio-tools", "protovalidate", "protoc-gen-py", "googleapis-common-protos")


def main() -> None:
    """Generates what is out of date, and says nothing when nothing is. A wrong contract leaves the old code there."""
    contracts = sorted(path.relative_to(PROTOS).as_posix() for path in PROTOS.rglob("*.proto"))
    fingerprint = _fingerprint(contracts)
    if STAMP.exists() and STAMP.read_text() == fingerprint:
        return
    print(f"generating code for {len(contracts)} contracts into gen/")
    GEN.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix=".new-", dir=GEN) as fresh:
        _generate(contracts, Path(fresh))
        for made in Path(fresh).iterdir():
            old = GEN / made.name
            shutil.rmtree(old, ignore_errors=True) if old.is_dir() else old.unlink(missing_ok=True)
            made.rename(old)
    STAMP.write_text(fingerprint)


def _generate(contracts: list[str], out: Path) -> None:
    wire = out / "wire"
    wire.mkdir()
    known = _validate_descriptors(out)
    wire_plugin = f"--plugin=protoc-gen-py={Path(sys.executable).parent / 'protoc-gen-py'}"
    _protoc(known, *contracts, VALIDATE, f"--python_out={out}", f"--pyi_out={out}")
    _protoc(known, *contracts, f"--grpc_python_out={out}")
    _protoc(known, *contracts, *GOOGLE_API, VALIDATE, wire_plugin, f"--py_out={wire}")
    _protoc(known, *contracts, f"--descriptor_set_out={out / IMAGE}", "--include_imports", "--include_source_info")
    (out / "zikao" / "rpc_types.pyi").write_text(rpc_types.rpc_types((out / IMAGE).read_bytes()))


def _protoc(known: Path, *arguments: str) -> None:
    """Runs protoc; ends the program with protoc's own words when a contract is wrong."""
    paths = [f"-I{PROTOS}", f"-I{GOOGLE_APIS}", f"-I{WELL_KNOWN}"]
    command = [sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={known}", *paths, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"A contract does not compile; mend it and run `make gen` again:\n{done.stderr}")


def _fingerprint(contracts: list[str]) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes() + Path(rpc_types.__file__).read_bytes())
    for name in GENERATORS:
        digest.update(f"{name} {version(name)}".encode())
    for contract in contracts:
        digest.update(contract.encode() + (PROTOS / contract).read_bytes())
    return digest.hexdigest()


def _validate_descriptors(out: Path) -> Path:
    """Writes the descriptor of the field rules where protoc can read it: protovalidate ships no .proto file."""
    files = FileDescriptorSet()
    with_imports(validate_description(), files, set())
    written = out / "validate.binpb"
    written.write_bytes(files.SerializeToString())
    return written


def with_imports(described: DescFile, files: FileDescriptorSet, seen: set[str]) -> None:
    """Adds a file to `files` after everything it imports."""
    if described.proto.name in seen:
        return
    seen.add(described.proto.name)
    for imported in described.dependencies:
        with_imports(imported, files, seen)
    files.file.append(FileDescriptorProto.FromString(described.proto.to_binary()))


if __name__ == "__main__":
    main()
