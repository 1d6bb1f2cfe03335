"""Explanations, as data, of the exceptions that people's own code raises most often in a Lambda function.

Each entry is a pattern over "type: message" and the sentences for it; `{name}` in the sentences is a named group of the
pattern. The first matching entry is used, so narrow patterns come before wide ones.
"""

from __future__ import annotations

import re

_COMMON_EXCEPTIONS: tuple[tuple[str, str], ...] = (
    # The handler and its event.
    (r"^TypeError: (?P<name>[\w.<>]+)\(\) takes .* but 2 were given",
     "A call gave two arguments to {name}, which does not take two. If {name} is the handler, define it as "
     "def {name}(event, context): Lambda passes exactly these."),
    (r"^TypeError: (?P<name>[\w.<>]+)\(\) missing \d+ required positional",
     "A call of {name} lacks an argument. If {name} is the handler, note that Lambda passes exactly two: event and context."),
    (r"^(KeyError|Function<KeyError>): (key not found: )?(?P<key>.+)$",
     "The code asked for the key {key}, which is not there: most often the event does not have it. "
     "Compare the event that was sent, or read it with .get and a default."),
    (r"^TypeError: Cannot read propert(y|ies) .*of (?P<nothing>undefined|null)( \(reading '(?P<key>[^']+)'\))?",
     "The code reads a property of something that is {nothing}: most often a part of the event that was not sent. "
     "Compare the event, or use optional chaining (?.)."),
    (r"^(TypeError|AttributeError): .*'NoneType' object",
     "A value is None where the code expects something: an event member that is null, or a call that returned nothing. "
     "The stack trace shows which; check for None before using it."),
    (r"^TypeError: (string|list) indices must be integers",
     "The code treats a text or a list as if it were an object. Often the body is still JSON text: parse it first (json.loads)."),
    (r"^JSONDecodeError|^SyntaxError: .*JSON|JSON::ParserError",
     "The code parsed a text as JSON that is not JSON; it may be empty. Print the text before parsing, "
     "and look whether the event's body is base64-encoded or already an object."),
    (r"^IndexError: |^Function<IndexError>",
     "A list is shorter than the code expects; perhaps the event has no records. Check its length before reading from it."),
    (r"ClassCastException: .*LinkedHashMap",
     "The event was read as a plain map where the handler expects its own class. "
     "Declare that class as the handler's first parameter."),
    (r"NullPointerException|nil pointer dereference|NullReferenceException|Function<NoMethodError>: .*for nil",
     "A value is missing where the code uses it: most often a part of the event that was not sent. "
     "The stack trace shows the line; check the value there first."),
    (r"^TypeError: Object of type (?P<kind>\w+) is not JSON serializable",
     "JSON has no {kind}, so json.dumps cannot write one. Convert it first, or say how: json.dumps(value, default=str)."),
    # What Lambda does not have, or has only for some functions.
    (r"^OSError: \[Errno 38\] Function not implemented",
     "Lambda has no shared memory (/dev/shm), which the Pool, Queue and Lock of multiprocessing and ProcessPoolExecutor need. "
     "Use multiprocessing's Process with a Pipe, or ThreadPoolExecutor."),
    (r"Unexpected payload provided to start the durable execution",
     "The handler is written for a durable function, but the template does not make this function one. "
     "Give it DurableConfig with an ExecutionTimeout, or leave the wrapper out."),
    # Names.
    (r"^(NameError|UnboundLocalError): .*'(?P<name>\w+)'",
     "The name {name} has no value at that line: it is misspelled, not imported, or set only further down. "
     "Define or import it first."),
    (r"^ReferenceError: (require|module|exports|__dirname) is not defined",
     "The file is an ES module, which has no require and no module.exports. Use import and export, or name the file .cjs."),
    (r"^ReferenceError: (?P<name>[\w$]+) is not defined",
     "The name {name} is not defined there: it is misspelled or not imported. Declare or import it first."),
    (r"^TypeError: (?P<name>\S+) is not a function",
     "{name} is called but is not a function: it is misspelled, not exported by its module, or of another version of a library."),
    (r"^(ModuleNotFoundError|ImportError): No module named '(?P<name>[^']+)'",
     "The code imports {name} while it runs, and it is not in the code folder, a layer or the runtime. "
     "Add it to requirements.txt beside the code; it is then installed before the next invocation."),
    (r"^AttributeError: (partially initialized )?module '(?P<module>\w+)' has no attribute '(?P<name>\w+)'",
     "Module {module} has no {name}. If a file of yours has the name of a Python module, rename it: it hides that module, or is "
     " never loaded itself where Lambda's runtime has loaded the module before (json, logging, re and others)."),
    (r"^UnicodeEncodeError: .*surrogates not allowed",
     "A text has half a character in it (a lone surrogate), often from a file name or a cut emoji, and cannot be written as "
     "UTF-8. Replace it before it is logged or returned: text.encode('utf-8', 'replace').decode()."),
    # The file system and recursion; what exceeds a limit is in `limit_explanations`.
    (r"(No such file or directory|ENOENT)[^']*'(?P<path>[^']+)'",
     "There is no file {path}. Files packed with the code are in the folder that LAMBDA_TASK_ROOT names; /tmp holds only what "
     "this environment has written."),
    (r"^PermissionError|EACCES|Permission denied",
     "The function's user may not do that to this file. Write to /tmp only, and pack files readable for everyone (chmod a+r)."),
    (r"^(RecursionError|java\.lang\.StackOverflowError)|Maximum call stack size exceeded|stack level too deep",
     "A function calls itself without end. Look at the repeated frames of the stack trace for a missing stop condition."),
    # The network and other AWS services.
    (r"NoCredentials|Unable to locate credentials|CredentialsProviderError|Could not load credentials",
     "The function called an AWS service and found no credentials. Unless you chose that it gets none (workbench credentials "
     "shows it), its environment variables have some: check whether the code removes AWS_ACCESS_KEY_ID or names another source."),
    (r"^ProfileNotFound|config profile \(\S*\) could not be found|CredentialsProviderError: .*profile",
     "The code names an AWS profile, and Lambda has none: a function gets the credentials of its role. "
     "Use no profile when the code runs in Lambda; workbench credentials set profile NAME gives functions those of one here."),
    (r"ExpiredToken|InvalidClientTokenId|UnrecognizedClient|security token included in the request is (invalid|expired)",
     "AWS did not accept the function's credentials: unless you chose others, they are made up here, so that no call reaches an "
     "account by accident. Set AWS_ENDPOINT_URL in its environment to a local service, or choose a profile or a role: workbench "
     "credentials."),
    (r"AccessDenied|UnauthorizedOperation|not authorized to perform",
     "AWS knows the caller and does not allow this action. "
     "Add it to the policy of the role the function runs with."),
    (r"NoSuchBucket|NoSuchKey|ResourceNotFound|NonExistentQueue|QueueDoesNotExist|TableNotFound",
     "The AWS resource the code names does not exist in this account and Region, or at this endpoint. Check its name, "
     "the Region, and that it was created."),
    (r"Throttling|TooManyRequests|ProvisionedThroughputExceeded|Rate exceeded",
     "The AWS service refused because there were too many calls. Retry with growing pauses, or call it less often."),
    (r"(ENOTFOUND|EAI_AGAIN|EndpointConnectionError|ConnectTimeoutError|Could not connect|getaddrinfo)"
     r".*?\b(?P<service>[a-z0-9-]+)\.[a-z0-9.-]*amazonaws\.com",
     "The code called AWS itself ({service}), which was not reached. With a services endpoint (workbench serve --services moto, "
     "or the workspace's settings), functions reach it here instead, without a change to their code; Lambda also without one, in "
     "a trusted folder."),
    (r"ENOTFOUND|gaierror|Name or service not known|getaddrinfo|nodename nor servname",
     "The name of the host could not be resolved. Check the URL, and that this sandbox has a network."),
    (r"ECONNREFUSED|ConnectionRefused|Connection refused|EndpointConnectionError|Could not connect to the endpoint",
     "Nothing answers at the address the code called: check address and port, and that the service runs. "
     "In a container, and on Lambda, localhost is the environment itself."),
    (r"ETIMEDOUT|ConnectTimeout|ReadTimeout|timed out|TimeoutError",
     "Something the code waited for did not answer in time. Check the address and the network, "
     "and give the call a timeout of its own."),
    (r"ZeroDivisionError|divide by zero|Function<ZeroDivisionError>|java\.lang\.ArithmeticException: / by zero",
     "The code divided by zero. Look which value of the event is 0, and treat that case first."),
)


LOADED_FIRST = frozenset({
    "abc", "codecs", "collections", "concurrent", "contextlib", "decimal", "enum", "functools", "importlib", "io", "itertools",
    "json", "keyword", "logging", "math", "numbers", "operator", "os", "queue", "re", "site", "stat", "string", "threading",
    "time", "traceback", "types", "warnings", "weakref",
})
"""Modules that AWS's Python client has already loaded when it looks for the handler, and whose names people give their files."""
BROUGHT_BY_PYTHON = frozenset({"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six", "simplejson",
                               "snapshot_restore_py"})
"""Modules that Lambda's Python runtimes include. Source: AWS's base images."""


def brought_by_runtime(module: str) -> str:
    """The explanation for a module that is missing here but that Lambda's runtime includes."""
    return (f"On Lambda the runtime includes {module}. Here it is installed once, from the package index, for functions whose "
            "files import it. If yours does, a notice before the run says why the installation failed: check the network and "
            "invoke again in a few minutes.")


def explain_exception(error_type: str, error_message: str) -> str:
    """Return cause and cure of a well-known exception, "" for one that is not in the list."""
    missing = re.fullmatch(r"No module named '(\w+)[^']*'", error_message)
    if missing and missing[1] in BROUGHT_BY_PYTHON and error_type in ("ModuleNotFoundError", "ImportError"):
        return brought_by_runtime(missing[1])
    text = f"{error_type}: {error_message}"
    for pattern, sentences in _COMMON_EXCEPTIONS:
        if found := re.search(pattern, text):
            return sentences.format(**found.groupdict())
    return ""
