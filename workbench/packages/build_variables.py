"""The environment variables that builds and package managers receive: those that tools need, and those allowed by name.

The rest is withheld, because a makefile, a setup.py or an address in .npmrc could send keys and tokens anywhere. What a private
index needs beyond the usual names is listed in `builds.json` in the person's configuration folder:
`{"variables": ["NPM_TOKEN"], "files": ["~/.npmrc"]}`. `files` are settings in the home folder that isolated builds may read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from workbench.model.failures import InvalidInput
from workbench.storage.decoding import decoder_of

ALLOWED_FILE = "builds.json"
_ALLOWED_BY_NAME = "WORKBENCH_ALLOWED_BY_NAME"
"""The variable that tells later steps of a build which variables the person has allowed by name."""

_SYSTEM = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT",
    "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES",
    "PROGRAMFILES(X86)", "PROGRAMW6432", "COMMONPROGRAMFILES", "USERPROFILE", "USERNAME", "HOMEDRIVE", "HOMEPATH",
    "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "OS",
})
_TOOLS = frozenset({
    "JAVA_HOME", "JAVA_TOOL_OPTIONS", "GRADLE_HOME", "GRADLE_USER_HOME", "GRADLE_OPTS", "M2_HOME", "MAVEN_HOME", "MAVEN_OPTS",
    "GOROOT", "GOPATH", "GOCACHE", "GOMODCACHE", "GOTOOLCHAIN", "GOFLAGS", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN",
    "DOTNET_ROOT", "DOTNET_CLI_HOME", "NUGET_PACKAGES", "NVM_DIR", "FNM_DIR", "VOLTA_HOME", "PYENV_ROOT", "PYENV_VERSION",
    "ASDF_DATA_DIR", "ASDF_DIR", "MISE_DATA_DIR", "RBENV_ROOT", "RBENV_VERSION", "GEM_HOME", "GEM_PATH", "rvm_path",
    "UV_CACHE_DIR", "UV_PYTHON_INSTALL_DIR", "PIP_CACHE_DIR", "npm_config_cache", "npm_config_nodedir", "CC", "CXX", "CFLAGS",
    "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "PKG_CONFIG_PATH", "SDKROOT", "MACOSX_DEPLOYMENT_TARGET", "DEVELOPER_DIR",
    "SOURCE_DATE_EPOCH",
})
_NETWORK = frozenset({
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "FTP_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "NIX_SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO",
})
_INDEXES = frozenset({
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_CONFIG_FILE",
    "PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "PIP_PROXY", "UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX", "UV_INDEX_STRATEGY", "UV_INSECURE_HOST", "UV_OFFLINE",
    "UV_CONFIG_FILE", "UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_KEYRING_PROVIDER",
    "NPM_CONFIG_REGISTRY", "NPM_CONFIG_USERCONFIG", "NPM_CONFIG_CAFILE", "NPM_CONFIG_OFFLINE", "NPM_CONFIG_STRICT_SSL",
    "GOPROXY", "GOPRIVATE", "GONOSUMDB", "GONOPROXY", "GOSUMDB", "GOINSECURE", "BUNDLE_MIRROR__ALL",
})
"""The indexes and registries that the person has set up: without them, tools would ask public registries for private names."""

# Compared in upper case: Windows ignores case, and proxies are commonly set in lower case (http_proxy).
_PASSED = frozenset(name.upper() for name in _SYSTEM | _TOOLS | _NETWORK | _INDEXES)


class _Allowed(msgspec.Struct, frozen=True):
    variables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def build_variables(variables: Mapping[str, str], allowed_file: Path | None = None) -> dict[str, str]:
    """The subset of `variables` that builds may have. Blocks briefly.

    `allowed_file` lists names allowed besides the usual ones, None for none. Raises InvalidInput when it cannot be read.
    """
    names = _read(allowed_file).variables if allowed_file is not None else ()
    passed = {name: value for name, value in variables.items()
              if name.upper() in _PASSED or name.startswith("LC_") or name in names}
    # Relative and empty entries mean the working folder, so a folder that is being built could supply its own `make`.
    if "PATH" in passed:
        entries = passed["PATH"].split(os.pathsep)
        passed["PATH"] = os.pathsep.join(entry for entry in entries if os.path.isabs(entry))
    return {**passed, _ALLOWED_BY_NAME: " ".join(name for name in names if name in passed)}


def allowed_files(allowed_file: Path) -> tuple[Path, ...]:
    """The person's files and folders that isolated builds may read. Blocks briefly. Raises InvalidInput."""
    return tuple(Path(name).expanduser() for name in _read(allowed_file).files)


def allowed_by_name(passed: Mapping[str, str]) -> frozenset[str]:
    """The names of the variables that the person has allowed, from a build's own variables."""
    return frozenset(passed.get(_ALLOWED_BY_NAME, "").split())


def allow_hint(name: str) -> str:
    """The hint that tells a person how to let builds have a variable."""
    return (f'If these addresses may have it, name it in {ALLOWED_FILE} in your configuration folder: {{"variables": '
            f'["{name}"]}} (~/.config/lambda-workbench on Linux), and restart the engine.')


def _read(file: Path) -> _Allowed:
    try:
        return decoder_of(_Allowed).decode(file.read_bytes())
    except FileNotFoundError:
        return _Allowed()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} cannot be read: {error}.", 'Write {"variables": ["NAME"]}, or delete it.') from error
