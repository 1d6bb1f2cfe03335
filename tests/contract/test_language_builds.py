"""Packages that AWS's builders make with the tools of a language: Bundler, Go, Rust. Nothing is downloaded for them.

Where the tools are not installed there is nothing to try. Maven, Gradle and .NET get their own plugins from registries first.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.contract.conftest import StartEngine
from tests.unit.packages.functions import write_files
from workbench.model.function import SandboxKind

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: {method}}}
    Properties: {{CodeUri: src/, Handler: {handler}, Runtime: {runtime}, Timeout: 10, MemorySize: 256}}
"""
GEM = """\
Gem::Specification.new do |gem|
  gem.name = "within"
  gem.version = "1.0"
  gem.summary = "a gem of the workspace"
  gem.authors = ["a"]
  gem.files = ["lib/within.rb"]
end
"""
RUBY = """\
require "bundler/setup"
require "within"
def handler(event:, context:) = [WITHIN, event["n"]]
"""
GO = """\
package main

import ("bufio"; "fmt"; "io"; "net"; "os"; "strings"; "strconv")

func exchange(request string) (string, string) {
	connection, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	if err != nil { os.Exit(1) }
	defer connection.Close()
	fmt.Fprint(connection, request)
	reader, id, size := bufio.NewReader(connection), "", 0
	for {
		line, _ := reader.ReadString('\\n')
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if strings.EqualFold(name, "Lambda-Runtime-Aws-Request-Id") { id = value }
		if strings.EqualFold(name, "Content-Length") { size, _ = strconv.Atoi(value) }
		if strings.TrimSpace(line) == "" { break }
	}
	body := make([]byte, size)
	io.ReadFull(reader, body)
	return id, string(body)
}

func main() {
	for {
		id, event := exchange("GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: api\\r\\n\\r\\n")
		exchange(fmt.Sprintf("POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\\r\\nHost: api\\r\\n" +
			"Content-Length: %d\\r\\n\\r\\n%s", id, len(event), event))
	}
}
"""
RUST = """\
use std::io::{Read, Write};

fn exchange(request: &str) -> String {
    let mut api = std::net::TcpStream::connect(std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap()).unwrap();
    api.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    api.read_to_string(&mut answer).unwrap();
    answer
}

fn main() {
    let rest = "HTTP/1.1\\r\\nHost: api\\r\\nConnection: close\\r\\n";
    loop {
        let next = exchange(&format!("GET /2018-06-01/runtime/invocation/next {rest}\\r\\n"));
        let (head, event) = next.split_once("\\r\\n\\r\\n").unwrap();
        let named = |line: &str| line.to_lowercase().starts_with("lambda-runtime-aws-request-id: ");
        let id = head.lines().find(|line| named(line)).unwrap().split_once(": ").unwrap().1;
        let size = event.len();
        exchange(&format!("POST /2018-06-01/runtime/invocation/{id}/response {rest}Content-Length: {size}\\r\\n\\r\\n{event}"));
    }
}
"""


def needs(*tools: str) -> pytest.MarkDecorator:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed")


def workspace(root: Path, method: str, files: dict[str, str], *, runtime: str = "provided.al2023",
              handler: str = "bootstrap") -> Path:
    template = TEMPLATE.format(method=method, runtime=runtime, handler=handler)
    return write_files(root, {"template.yaml": template, **{f"src/{name}": text for name, text in files.items()}})


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@needs("ruby", "bundle")
async def test_a_gemfile(start: StartEngine, tmp_path: Path, sandbox: SandboxKind) -> None:
    files = {"Gemfile": "source 'https://rubygems.org'\ngem 'within', path: 'within'\n", "app.rb": RUBY,
             "within/within.gemspec": GEM, "within/lib/within.rb": "WITHIN = 'within'\n"}
    root = workspace(tmp_path / "app", "ruby3.3", files, runtime="ruby3.3", handler="app.handler")
    invocation = await (await start(root)).invoke({"n": 1})
    assert json.loads(invocation.payload) == ["within", 1], invocation.document()
    assert names_in(root / "src") == set(files)  # Bundler's own files are in the package alone


@needs("go")
async def test_a_go_module(start: StartEngine, tmp_path: Path, sandbox: SandboxKind) -> None:
    files = {"go.mod": "module hello\n\ngo 1.19\n", "main.go": GO}
    root = workspace(tmp_path / "app", "go1.x", files)
    invocation = await (await start(root)).invoke({"go": 1})
    assert json.loads(invocation.payload) == {"go": 1}, invocation.document()
    assert names_in(root / "src") == set(files)


@needs("cargo", "cargo-lambda")
@pytest.mark.parametrize("sandbox", ["process"])  # half a minute where cargo-lambda is installed
async def test_a_rust_crate(start: StartEngine, tmp_path: Path) -> None:
    binaries = "".join(f'[[bin]]\nname = "{name}"\npath = "src/main.rs"\n' for name in ("first", "second"))
    files = {"Cargo.toml": f'[package]\nname = "hello"\nversion = "0.1.0"\nedition = "2021"\n{binaries}', "src/main.rs": RUST}
    root = workspace(tmp_path / "app", "rust-cargolambda, BuildProperties: {Binary: second}", files)
    invocation = await (await start(root)).invoke({"rust": 1})
    assert json.loads(invocation.payload) == {"rust": 1}, invocation.document()
    assert names_in(root / "src") == set(files)
