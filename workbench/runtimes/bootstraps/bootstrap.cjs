// Runs a Node.js function as Lambda's own runtime client does, under whichever node starts this file (18 and later).
//
// One file, in reading order:
//   1 Start                which of the two generations of Lambda's client this function gets
//   2 Connection           HTTP/1.1 to the Runtime API
//   3 Report of INIT       where the time of INIT went
//   4 Errors               error documents, and error types of Lambda's own
//   5 Console              console.* as Lambda patches it
//   6 Handler              parsing its name, requiring it, the global `awslambda`
//   7 Module search        NODE_PATH for `import`
//   8 Callbacks            the client up to Node.js 22
//   9 Promises             the client from Node.js 24 on
//  10 Response streams     what a streaming handler writes to
//  11 Custom resources     their answers to CloudFormation
//
// CommonJS, because it starts 8 ms faster than an ECMAScript module; functions that are modules are imported nevertheless. Node
// compiles functions when they are called, so the generation and the parts that are not used cost next to nothing.
"use strict";
const startedNs = process.hrtime.bigint();
const NOTHING = () => {};
const RUNTIME_FILE = "/var/runtime/index.mjs";
const restoreEngineFlags = setEngineFlagsAside();
const { tracingChannel } = require("diagnostics_channel");
const fs = require("fs");
const { builtinModules, createRequire } = require("module");
const net = require("net");
const path = require("path");
const { pathToFileURL } = require("url");
const util = require("util");

// ------------------------------------------------------------------------------------------------------------------------------
// 1 Start
// Up to Node.js 22, Lambda's client accepts callbacks. From 24 on it is a different program that accepts only promises.

const OLDEST_WITHOUT_CALLBACKS = 24;

function start() {
  const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
  makeStreamsWait();
  restoreEngineFlags();
  pretendMainIsRuntime();
  const run = generation() >= OLDEST_WITHOUT_CALLBACKS ? ignition : runWithCallbacks;
  // In a turn of its own, so that frames of loading this file do not show in the function's stack traces.
  new Promise((resolve) => setImmediate(resolve)).then(() =>
    run(api, new InitReport(startedNs), process.env.LAMBDA_TASK_ROOT ?? process.cwd(), process.env._HANDLER ?? ""),
  );
}

// The major version of the runtime that the function asks for, or of the node that runs it if none is named.
function generation() {
  const named = /^AWS_Lambda_nodejs(\d+)\.x$/.exec(process.env.AWS_EXECUTION_ENV ?? "");
  return named ? Number(named[1]) : nodeVersion();
}

function nodeVersion() {
  return Number(process.versions.node.split(".")[0]);
}

// Up to Node.js 22, V8 rejects node's embedded code cache while V8 flags such as the heap's size are set, which costs 2 ms or
// more of INIT. Our own heap got its size when node started. Worker threads take theirs from the flags, so the flags are restored
// before the function is loaded. Returns the function that restores them.
function setEngineFlagsAside() {
  const neutralFlags = [
    [/^--max[-_]old[-_]space[-_]size=\d+$/, "--max-old-space-size=0"],
    [/^--max[-_]semi[-_]space[-_]size=\d+$/, "--max-semi-space-size=0"],
    [/^--expose[-_]gc$/, "--no-expose-gc"],
  ];
  const set = nodeVersion() < 24 ? process.execArgv : [];
  const aside = set.flatMap((flag) => neutralFlags.filter(([is]) => is.test(flag)).map(([, neutral]) => ({ flag, neutral })));
  if (aside.length === 0) return NOTHING;
  const { setFlagsFromString } = require("v8");
  for (const { neutral } of aside) setFlagsFromString(neutral);
  return () => aside.forEach(({ flag }) => setFlagsFromString(flag));
}

// On Lambda the main program is an ECMAScript module in /var/runtime: `require.main` is undefined, and argv[1] is its path.
function pretendMainIsRuntime() {
  process.mainModule = undefined;
  process.argv[1] = RUNTIME_FILE;
}

// ------------------------------------------------------------------------------------------------------------------------------
// 2 Connection
// HTTP/1.1 to the Runtime API on plain sockets: node's http module would cost 5 ms of INIT and more memory.

const PREFIX = "/2018-06-01/runtime";
const HEAD_END = Buffer.from("\r\n\r\n");

// One keep-alive connection. Like Lambda's client, it keeps the event loop alive only while an answer is awaited, because both
// generations of the client react to an event loop that runs empty during an invocation.
class Connection {
  constructor(host, port) {
    this.open = true;
    this.used = false;
    this.received = Buffer.alloc(0);
    this.socket = net.connect({ host, port, noDelay: true });
    this.socket.on("data", (chunk) => this.take(chunk));
    this.socket.on("error", (error) => this.lose(error));
    this.socket.on("close", () => this.lose(new Error("the Runtime API closed the connection")));
    this.socket.unref();
  }

  exchange(request) {
    return new Promise((resolve, reject) => {
      this.pending = { resolve, reject };
      this.socket.ref();
      this.socket.write(request);
    });
  }

  take(chunk) {
    this.received = this.received.length ? Buffer.concat([this.received, chunk]) : chunk;
    const answer = parseAnswer(this.received);
    if (!answer) return;
    this.received = this.received.subarray(answer.end);
    this.used = true;
    this.socket.unref();
    const { resolve } = this.pending;
    this.pending = undefined;
    // Not directly in the stream's callback, or frames of node's internals would show in the handler's stack traces.
    setImmediate(resolve, answer);
  }

  lose(error) {
    this.open = false;
    this.pending?.reject(error);
    this.pending = undefined;
  }
}

class RuntimeApi {
  constructor(address) {
    const at = address.lastIndexOf(":");
    this.host = address.slice(0, at).replace(/^\[|\]$/g, "");
    this.port = Number(address.slice(at + 1));
    this.address = address;
    this.closing = false; // set when the process is about to end: nothing that the function still does reaches the server
    this.idle = [new Connection(this.host, this.port)]; // connects while the function is being loaded
    this.invocationIds = new Map();
  }

  // Waits for an invocation. Gives {headers, body}, with header names in lower case.
  async next(headers) {
    const answer = await this.send("GET", "/invocation/next", headers, undefined);
    if (answer.status !== 200) throw new Error(`Failed to get next invocation, error ${answer.status}`);
    this.invocationIds.clear();
    this.invocationIds.set(answer.headers["lambda-runtime-aws-request-id"], answer.headers["lambda-runtime-invocation-id"]);
    return answer;
  }

  postResponse(requestId, body) {
    return this.report(`/invocation/${encodeURIComponent(requestId)}/response`, this.echoed(requestId), body);
  }

  postError(requestId, body, cause) {
    const headers = { ...this.echoed(requestId), ...(cause && { "Lambda-Runtime-Function-XRay-Error-Cause": cause }) };
    return this.report(`/invocation/${encodeURIComponent(requestId)}/error`, headers, body);
  }

  postInitError(errorType, headers, body) {
    const type = String(errorType).replace(/[\r\n]/g, " ");
    return this.report("/init/error", { "Lambda-Runtime-Function-Error-Type": type, ...headers }, body);
  }

  // The header that lets the server tell an answer to this attempt from a late one to an earlier attempt (since 2026).
  echoed(requestId) {
    const id = this.invocationIds.get(requestId);
    return id ? { "Lambda-Runtime-Invocation-Id": id } : {};
  }

  // A refused answer is logged and otherwise ignored, as by the native client inside Lambda's.
  async report(path, headers, body) {
    const answer = await this.send("POST", path, { "Content-Type": "application/json", ...headers }, body);
    if (answer.status < 300) return;
    const refusal = `Failed to post handler success response. Http response code: ${answer.status}.`;
    writeOut(`[ERROR] [${Date.now()}] LAMBDA_RUNTIME ${refusal} ${answer.body}\n`);
  }

  async send(method, path, headers, body) {
    if (this.closing) return new Promise(() => {});
    const request = this.written(method, path, headers, body);
    const connection = this.acquire();
    const reused = connection.used;
    try {
      const answer = await connection.exchange(request);
      if (connection.open) this.idle.push(connection);
      return answer;
    } catch (error) {
      // A race: the server closed the idle connection just as it was used again, so it has seen nothing of the request.
      if (!reused) throw error;
      return new Connection(this.host, this.port).exchange(request);
    }
  }

  // A second connection if `next` is waiting on the first: an error can occur between two invocations.
  acquire() {
    this.idle = this.idle.filter((connection) => connection.open);
    return this.idle.pop() ?? new Connection(this.host, this.port);
  }

  written(method, path, headers, body) {
    const content = body === undefined ? undefined : Buffer.from(body);
    const lines = [`${method} ${PREFIX}${path} HTTP/1.1`, `Host: ${this.address}`];
    lines.push(`User-Agent: lambda-workbench-node/${process.versions.node}`, "Accept: */*");
    for (const name in headers) lines.push(`${name}: ${headers[name]}`);
    if (content) lines.push(`Content-Length: ${content.length}`);
    const head = Buffer.from(lines.join("\r\n") + "\r\n\r\n");
    return content ? Buffer.concat([head, content]) : head;
  }
}

// Gives {status, headers, body, end} once the answer is complete, undefined before.
function parseAnswer(received) {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const [statusLine, ...lines] = received.toString("utf8", 0, headEnd).split("\r\n");
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const content = parseBody(received, headEnd + HEAD_END.length, headers);
  return content && { status: Number(statusLine.split(" ")[1]), headers, ...content };
}

function parseBody(received, start, headers) {
  if (headers["transfer-encoding"]?.toLowerCase() === "chunked") return parseChunks(received, start);
  const end = start + Number(headers["content-length"] ?? 0);
  return received.length < end ? undefined : { body: received.toString("utf8", start, end), end };
}

function parseChunks(received, start) {
  const chunks = [];
  for (;;) {
    const lineEnd = received.indexOf("\r\n", start);
    if (lineEnd < 0) return undefined;
    const size = parseInt(received.toString("latin1", start, lineEnd), 16);
    const chunkEnd = lineEnd + 2 + size;
    if (received.length < chunkEnd + 2) return undefined;
    if (size === 0) return { body: Buffer.concat(chunks).toString("utf8"), end: chunkEnd + 2 };
    chunks.push(received.subarray(lineEnd + 2, chunkEnd));
    start = chunkEnd + 2;
  }
}

// ------------------------------------------------------------------------------------------------------------------------------
// 3 Report of INIT
// The header `Workbench-Init` of the first request. Times are those of process.hrtime, in ns.

const SHORTEST_REPORTED_NS = 100_000n;
const MAX_REPORT_BYTES = 60_000;

class InitReport {
  constructor(startedNs) {
    this.startedNs = startedNs;
    this.records = [];
    this.open = [];
  }

  // To be called before the function's own code is loaded. Watches `require` through node's diagnostics channel (Node.js 22 and
  // later). Imports of ECMAScript modules overlap, so they are not reported one by one.
  startFunction() {
    this.functionNs = process.hrtime.bigint();
    this.channel = tracingChannel?.("module.require");
    this.watch = { start: ({ id }) => this.begin(id), end: () => this.finish() };
    this.channel?.subscribe(this.watch);
  }

  begin(id) {
    const record = { id, parent: this.open.at(-1)?.index ?? -1, index: this.records.length, nestedNs: 0n };
    this.records.push(record);
    this.open.push(record);
    record.startNs = process.hrtime.bigint();
  }

  finish() {
    const record = this.open.pop();
    if (!record) return;
    record.tookNs = process.hrtime.bigint() - record.startNs;
    const importer = this.open.at(-1);
    if (importer) importer.nestedNs += record.tookNs;
    if (record.tookNs < SHORTEST_REPORTED_NS) this.records.length = record.index; // so were the modules that it required
  }

  // The header for the first request, in ASCII.
  header() {
    const now = process.hrtime.bigint();
    this.channel?.unsubscribe(this.watch);
    const functionNs = this.functionNs ?? now;
    const spans = `"runtimeInit":[${this.startedNs},${functionNs}],"functionInit":[${functionNs},${now}]`;
    return { "Workbench-Init": `{${spans},"imports":${this.importsThatFit()}}` };
  }

  importsThatFit() {
    let kept = this.records.filter((record) => record.tookNs !== undefined);
    let text = rowsAsJson(kept);
    while (text.length > MAX_REPORT_BYTES) {
      const count = Math.min(kept.length - 1, Math.floor((kept.length * MAX_REPORT_BYTES) / text.length));
      const longest = [...kept].sort((a, b) => Number(b.tookNs - a.tookNs)).slice(0, count);
      kept = longest.sort((a, b) => a.index - b.index);
      text = rowsAsJson(kept);
    }
    return text;
  }
}

// From Node.js 24 on, watching `require` adds two frames to stack traces, which are removed from `error` here. Messages about
// failed imports name this file, which is replaced by the path that it has on Lambda.
function asOnLambda(error) {
  if (typeof error?.stack !== "string") return error;
  const hasPlace = error.stack.includes(__filename);
  error.stack = error.stack.replace(/\n    at (run \()?node:diagnostics_channel:\d+:\d+\)?(?=\n|$)/g, "");
  if (hasPlace) error.stack = error.stack.replaceAll(__filename, RUNTIME_FILE);
  if (hasPlace && typeof error.message === "string") error.message = error.message.replaceAll(__filename, RUNTIME_FILE);
  return error;
}

function rowsAsJson(records) {
  const place = new Map(records.map((record, index) => [record.index, index]));
  const rows = records.map((record) => {
    const name = JSON.stringify(record.id).replace(/[\u007f-\uffff]/g, escaped);
    return `[${name},${place.get(record.parent) ?? -1},${record.startNs},${record.tookNs},${record.tookNs - record.nestedNs}]`;
  });
  return `[${rows.join(",")}]`;
}

function escaped(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

// ------------------------------------------------------------------------------------------------------------------------------
// 4 Errors
// Error documents, and error types of Lambda's own.

const DELETE = /\x7F/g;
const UNREADABLE =
  "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack";

// The error document that the caller receives for `thrown`.
function toDocument(thrown) {
  try {
    if (!util.types.isNativeError(thrown) && !looksLikeError(thrown)) {
      return { errorType: typeof thrown, errorMessage: thrown.toString(), trace: [] };
    }
    return {
      errorType: thrown.name?.replace(DELETE, "%7F"),
      errorMessage: thrown.message?.replace(DELETE, "%7F"),
      trace: thrown.stack.replace(DELETE, "%7F").split("\n"),
    };
  } catch {
    return { errorType: "handled", errorMessage: UNREADABLE };
  }
}

function looksLikeError(thrown) {
  const text = (value) => typeof value === "string" && value !== "";
  return Boolean(thrown) && text(thrown.name) && text(thrown.message) && text(thrown.stack);
}

// The cause for X-Ray, "" if there is nothing to report.
function toCause(thrown) {
  try {
    const stack = thrown.stack ? thrown.stack.replace(DELETE, "%7F").split("\n").slice(1).map(causeFrame) : [];
    const type = thrown.name?.replace(DELETE, "%7F");
    const message = thrown.message?.replace(DELETE, "%7F");
    const paths = [...new Set(stack.map((frame) => frame.path))];
    return JSON.stringify({ working_directory: process.cwd(), exceptions: [{ type, message, stack }], paths });
  } catch {
    return "";
  }
}

// Parses "    at name (file:///a.mjs:1:2)". Cuts at the first colon, so that of a URL only "file" is left, as in AWS's client.
function causeFrame(line) {
  const bare = line.trim().replace(/[()]/g, "");
  const place = bare.slice(bare.indexOf(" ") + 1);
  const space = place.lastIndexOf(" ");
  const label = space >= 0 ? place.slice(0, space) : "";
  const [path, lineNumber] = (label ? place.slice(space + 1) : place).split(":");
  return { path, line: parseInt(lineNumber), label: label || "anonymous" };
}

// Encodes a result as JSON. Throws a `kind` for what JSON cannot express.
function toJson(value, kind = Error) {
  try {
    return JSON.stringify(value === undefined ? null : value);
  } catch {
    throw new kind("Unable to stringify response body");
  }
}

class RuntimeFault extends Error {}

// Error types of Lambda's own. `name` is set on the prototype, so that stacks begin with it.
function namedFault(kind) {
  return class extends RuntimeFault {
    static {
      this.prototype.name = `Runtime.${kind}`;
      Object.defineProperty(this, "name", { value: kind });
    }
  };
}

const errors = {};
for (const kind of ["ImportModuleError", "HandlerNotFound", "MalformedHandlerName", "UserCodeSyntaxError",
  "MalformedStreamingHandler", "InvalidStreamingOperation", "JSONStringifyError",
  "PlatformError", "CallbackHandlerDeprecated", "NodeJsExit"]) {
  errors[kind] = namedFault(kind);
}

class UnhandledPromiseRejection extends Error {
  constructor(reason, promise) {
    super(reason);
    this.reason = reason;
    this.promise = promise;
  }
}
UnhandledPromiseRejection.prototype.name = "Runtime.UnhandledPromiseRejection";

// ------------------------------------------------------------------------------------------------------------------------------
// 5 Console
// Each line begins with a time, the request id and a level, or is one JSON object.

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

// `invocation()` gives {requestId, tenantId, everyParameter} of the current invocation. `everyParameter`: the first parameter of
// a JSON line may be an error, too. Levels below AWS_LAMBDA_LOG_LEVEL are dropped.
function patchConsole(invocation) {
  const lowest = Math.max(LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()), 0);
  const line = inJson() ? jsonLine : textLine;
  const method = (level) =>
    LEVELS.indexOf(level) < lowest
      ? NOTHING
      : (message, ...parameters) => {
          const text = line(new Date().toISOString(), invocation(), level, message, parameters);
          writeOut(text.replace(/\n/g, "\r") + "\n");
        };
  for (const level of LEVELS) console[level.toLowerCase()] = method(level);
  console.log = console.info;
}

// Writes synchronously, as Lambda's client does. With node's own stream, what does not fit into a full pipe would be written
// after the environment is thawed, among the lines of a later request, or never.
function writeOut(text) {
  const data = Buffer.from(text);
  for (let at = 0; at < data.length; ) {
    try {
      at += fs.writeSync(1, data, at);
    } catch (error) {
      if (error.code !== "EAGAIN") return; // the function has closed the descriptor
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

// Makes process.stdout and process.stderr synchronous too. Node creates them on first use, which takes 5 ms: wait for it.
function makeStreamsWait() {
  for (const name of ["stdout", "stderr"]) {
    const own = Object.getOwnPropertyDescriptor(process, name);
    const get = () => {
      const stream = own.get.call(process);
      stream._handle?.setBlocking?.(true);
      Object.defineProperty(process, name, own);
      return stream;
    };
    Object.defineProperty(process, name, { ...own, get });
  }
}

function inJson() {
  return process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
}

function textLine(time, { requestId }, level, message, parameters) {
  return `${time}\t${requestId}\t${level}\t${util.format(message, ...parameters)}`;
}

function jsonLine(timestamp, { requestId, tenantId, everyParameter }, level, message, parameters) {
  const record = { timestamp, level, requestId, ...(tenantId && { tenantId }) };
  if (parameters.length === 0) return jsonOfOne(record, message);
  record.message = util.format(message, ...parameters);
  const error = (everyParameter ? [message, ...parameters] : parameters).find((parameter) => parameter instanceof Error);
  if (error) {
    record.errorType = error.constructor?.name ?? "UnknownError";
    record.errorMessage = error.message;
    record.stackTrace = typeof error.stack === "string" ? error.stack.split("\n") : [];
  }
  return JSON.stringify(record);
}

function jsonOfOne(record, message) {
  try {
    return JSON.stringify({ ...record, message }, withErrors);
  } catch {
    return JSON.stringify({ ...record, message: util.format(message) });
  }
}

function withErrors(_name, value) {
  if (!(value instanceof Error)) return value;
  const stackTrace = typeof value.stack === "string" ? value.stack.split("\n") : value.stack;
  const errorType = value.constructor?.name ?? "UnknownError";
  return Object.assign({ errorType, errorMessage: value.message, stackTrace }, value);
}

// Logs an error that ends an invocation or the process, in the words of AWS's client.
function logError(title, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(thrown);
  if (inJson()) console.error(error);
  else console.error(title, "\t" + asFields(error));
}

function asFields(error) {
  try {
    return JSON.stringify(error, (_name, value) => (value instanceof Error ? errorFields(value) : value));
  } catch {
    return JSON.stringify(toDocument(error));
  }
}

function errorFields(error) {
  const fields = Object.assign({ errorType: error.name, errorMessage: error.message, code: error.code }, error);
  if (typeof error.stack === "string") fields.stack = error.stack.split("\n");
  return fields;
}

// ------------------------------------------------------------------------------------------------------------------------------
// 6 Handler
// What both generations have in common: the handler's name, and what it refers to.

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const RESPONSE = "response";
const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";

// Modules are required as if from Lambda's own file, which messages about missing ones name.
const requireAsRuntime = createRequire(RUNTIME_FILE);

// Splits "folder/file.export.nested" into its parts.
function parseHandler(name) {
  if (name.includes("..")) {
    const advice = "Use absolute paths when specifying root directories in handler names.";
    throw new errors.MalformedHandlerName(`'${name}' is not a valid handler name. ${advice}`);
  }
  const fileAndExport = path.basename(name);
  const match = /^([^.]*)\.(.*)$/.exec(fileAndExport);
  if (!match) throw new errors.MalformedHandlerName("Bad handler");
  return { folder: name.slice(0, name.indexOf(fileAndExport)), module: match[1], exported: match[2] };
}

// The global `awslambda`, with which a handler declares that it streams its response.
function provideGlobal() {
  if (["1", "true"].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = { ...globalThis.awslambda, streamifyResponse, HttpResponseStream };
}

function streamifyResponse(handler, options) {
  handler[STREAMING] = RESPONSE;
  if (typeof options?.highWaterMark === "number") handler[HIGH_WATER_MARK] = parseInt(options.highWaterMark);
  return handler;
}

// Writes status and headers before the body: JSON, followed by eight zero bytes.
class HttpResponseStream {
  static from(stream, prelude) {
    stream.setContentType(PRELUDE_TYPE);
    const text = JSON.stringify(prelude);
    stream._onBeforeFirstWrite = (write) => {
      write(text);
      write(new Uint8Array(8));
    };
    return stream;
  }
}

function isStreaming(handler) {
  const marked = handler[STREAMING];
  if (marked === undefined || marked === null || marked === false) return false;
  if (marked === RESPONSE) return true;
  throw new errors.MalformedStreamingHandler("Only response streaming is supported.");
}

function highWaterMark(handler) {
  const mark = parseInt(handler[HIGH_WATER_MARK]);
  return Number.isNaN(mark) ? undefined : mark;
}

function functionFacts() {
  return {
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  };
}

function setTraceId(headers) {
  const traceId = headers["lambda-runtime-trace-id"];
  if (traceId) process.env._X_AMZN_TRACE_ID = traceId;
  else delete process.env._X_AMZN_TRACE_ID;
}

// ------------------------------------------------------------------------------------------------------------------------------
// 7 Module search
// On Lambda, `import` searches NODE_PATH too: layers, the runtime's SDK, the task root (AWS Compute Blog, "Node.js 18.x runtime
// now available in AWS Lambda"). Node itself does so only for `require`. A hook for it takes 40 ms of CPU during INIT where node
// runs hooks in a thread (before 22.15), so it is installed only for functions that could notice.

const OLDEST_WITH_IMPORT_PATHS = 18;
const NOT_FOUND = "ERR_MODULE_NOT_FOUND";

// Installs the hook if the function could need it. To be called before the handler's file is loaded.
function searchNodePath(root, file) {
  const folders = (process.env.NODE_PATH ?? "").split(path.delimiter).filter((folder) => folder && fs.existsSync(folder));
  if (!file || folders.length === 0 || generation() < OLDEST_WITH_IMPORT_PATHS) return;
  if (couldImportFrom(folders, path.resolve(root), file)) hookImports(folders);
}

// Whether the function's own code could import what only NODE_PATH has. Packages are not searched: if there are layers or an SDK,
// any import of a package counts, because that package may in turn need them.
function couldImportFrom(folders, root, file) {
  const withPackages = folders.some((folder) => path.resolve(folder) !== root);
  const isReached = (name) => placesOf(name, folders).length > 0;
  const counts = withPackages ? isForeign : isReached;
  for (const { text, isModule } of codeReachedFrom(file)) {
    if (withPackages && importsWhatIsPutTogether(text)) return true;
    if (importsIn(text, isModule).some(counts)) return true;
  }
  return false;
}

function importsWhatIsPutTogether(text) {
  return /\bimport\s*\(\s*[^"'\s]/.test(text) || /\bimport\s*\(\s*["'][^"']*["']\s*[^"'\s,)]/.test(text);
}

// Whether a name is neither a file of the function nor a module of node.
function isForeign(name) {
  return !/^(\.\.?\/|node:)/.test(name) && !builtinModules.includes(name);
}

function* codeReachedFrom(first) {
  const seen = new Set([first]);
  for (const file of seen) {
    const text = textOf(file);
    if (/\bimport\b|\bfrom\b/.test(text)) yield { text, isModule: isModuleFile(file) };
    for (const [, name] of text.matchAll(/\b(?:from|import|require)\b\s*\(?\s*["'](\.[^"'\n]*)["']/g)) {
      const next = fileOf(path.resolve(path.dirname(file), name));
      if (next) seen.add(next);
    }
  }
}

function isModuleFile(file) {
  return file.endsWith(".mjs") || (file.endsWith(".js") && saysModule(path.dirname(file)));
}

function importsIn(text, isModule) {
  const named = isModule ? /\b(?:from|import)\b\s*\(?\s*["']([^"'\n]+)["']/g : /\bimport\s*\(\s*["']([^"'\n]+)["']/g;
  return [...text.matchAll(named)].map(([, name]) => name);
}

function textOf(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

// The file that a path without an extension refers to, undefined if there is none.
function fileOf(place) {
  const isFile = (file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile();
  return ["", ".js", ".mjs", ".cjs", `${path.sep}index.js`].map((ending) => place + ending).find(isFile);
}

function hookImports(folders) {
  const { register, registerHooks } = require("module");
  if (registerHooks) {
    registerHooks({ resolve: (specifier, context, next) => resolveHere(specifier, context, next, folders) });
  } else if (register) {
    const imports = 'import fs from "node:fs"; import path from "node:path"; import { createRequire } from "node:module"; ' +
      `import { pathToFileURL } from "node:url"; const NOT_FOUND = ${JSON.stringify(NOT_FOUND)};`;
    const hook = "export const resolve = (specifier, context, next) => " +
      `resolveAside(specifier, context, next, ${JSON.stringify(folders)});`;
    const source = [imports, hook, couldBePackage, packageName, placesOf, placeIn, hasExports, resolveAside].join("\n");
    const restore = setEngineFlagsAside(); // the hooks' thread loads node's own modules again
    register(`data:text/javascript,${encodeURIComponent(source)}`);
    restore();
  }
}

function resolveHere(specifier, context, next, folders) {
  try {
    return next(specifier, context);
  } catch (error) {
    if (error.code !== NOT_FOUND || !context.conditions.includes("import")) throw error;
    for (const [name, parentURL] of placesOf(specifier, folders)) {
      try {
        return next(name, { ...context, parentURL });
      } catch {} // try the next folder; if all fail, the first error is thrown
    }
    throw error;
  }
}

// The same in node's thread for hooks. The source text of this function and of those it calls is passed to that thread.
async function resolveAside(specifier, context, next, folders) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (error.code !== NOT_FOUND) throw error;
    for (const [name, parentURL] of placesOf(specifier, folders)) {
      try {
        return await next(name, { ...context, parentURL });
      } catch {} // as above
    }
    throw error;
  }
}

// Pairs of a specifier and a parent module with which node's own algorithm finds the package in NODE_PATH.
function placesOf(specifier, folders) {
  if (!couldBePackage(specifier)) return [];
  const having = folders.filter((folder) => fs.existsSync(path.join(folder, packageName(specifier))));
  return having.map((folder) => placeIn(path.resolve(folder), specifier));
}

function couldBePackage(specifier) {
  return !/^[./#]|:/.test(specifier);
}

function packageName(specifier) {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function placeIn(folder, specifier) {
  const name = packageName(specifier);
  const url = (...names) => pathToFileURL(path.join(folder, ...names)).href;
  if (path.basename(folder) === "node_modules") return [specifier, url("..", "_.js")];
  if (hasExports(path.join(folder, name, "package.json"))) return [specifier, url(name, "_.js")];
  if (specifier !== name) return [url(specifier), url("_.js")];
  return [pathToFileURL(createRequire(path.join(folder, "_.js")).resolve(path.join(folder, name))).href, url("_.js")];
}

function hasExports(description) {
  return fs.existsSync(description) && JSON.parse(fs.readFileSync(description, "utf8")).exports !== undefined;
}

// ------------------------------------------------------------------------------------------------------------------------------
// 8 Callbacks
// The client up to Node.js 22: handlers return a promise or use the callback, and an empty event loop ends an invocation.

const REQUEST_ID = Symbol.for("aws.lambda.runtime.requestId");
const TENANT_ID = Symbol.for("aws.lambda.runtime.tenantId");
const BEFORE_EXIT = Symbol.for("aws.lambda.beforeExit"); // libraries read these three
const CALLBACKS_END =
  "AWS Lambda plans to remove support for callback-based function handlers starting with Node.js 24. You will need to update " +
  "this function to use an async handler to use Node.js 24 or later. For more information and to provide feedback on this " +
  "change, see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/137. To disable this warning, set the " +
  "AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING environment variable.";

async function runWithCallbacks(api, report, root, handlerName) {
  patchConsole(() => ({ requestId: global[REQUEST_ID], tenantId: global[TENANT_ID], everyParameter: true }));
  const failures = watchForFailures(api, report);
  global[BEFORE_EXIT] = NOTHING;
  process.on("beforeExit", () => global[BEFORE_EXIT]());
  report.startFunction();
  try {
    const handler = await loadCallbackHandler(root, handlerName);
    const streaming = isStreaming(handler);
    warnOfCallback(handler, streaming);
    new Runtime(api, report, handler, streaming, failures).scheduleIteration();
  } catch (error) {
    failures.uncaught(asOnLambda(error));
  }
}

// Uncaught errors end the process with status 129, unhandled rejections with 128.
function watchForFailures(api, report) {
  const failures = {
    post: (error) => postInitError(api, report, error),
    uncaught: (error) => fail("Uncaught Exception", error, 129),
  };
  function fail(title, error, code) {
    logError(title, error);
    failures.post(error).finally(() => process.exit(code));
    api.closing = true;
  }
  process.on("uncaughtException", failures.uncaught);
  process.on("unhandledRejection", (reason, promise) => {
    fail("Unhandled Promise Rejection", new UnhandledPromiseRejection(reason, promise), 128);
  });
  return failures;
}

function postInitError(api, report, error) {
  const document = toDocument(error);
  return api.postInitError(document.errorType, report.header(), toJson(document));
}

function warnOfCallback(handler, streaming) {
  const declaresCallback = handler.length === 3 && handler.constructor.name !== "AsyncFunction" && !streaming;
  const silenced = process.env.AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING !== undefined;
  if (declaresCallback && !silenced) console.warn(CALLBACKS_END);
}

async function loadCallbackHandler(root, name) {
  const { folder, module, exported } = parseHandler(name);
  provideGlobal();
  const loaded = await _loadUserApp(root, folder, module);
  const handler = exported.split(".").reduce((found, key) => found && found[key], loaded);
  if (!handler) throw new errors.HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== "function") throw new errors.HandlerNotFound(`${name} is not a function`);
  return handler;
}

async function _loadUserApp(root, folder, module) {
  try {
    return await _tryRequire(root, folder, module);
  } catch (error) {
    if (error instanceof SyntaxError) throw new errors.UserCodeSyntaxError(error);
    if (error.code === "MODULE_NOT_FOUND") throw new errors.ImportModuleError(error);
    throw error;
  }
}

async function _tryRequire(root, folder, module) {
  const file = path.resolve(root, folder, module);
  searchNodePath(root, fileOf(file));
  const isModule = fs.existsSync(`${file}.js`) && saysModule(path.dirname(file));
  const loaded =
    _tryRequireFile(file) ||
    (!isModule && _tryRequireFile(`${file}.js`)) ||
    (isModule && (await _tryAwaitImport(`${file}.js`))) ||
    (await _tryAwaitImport(`${file}.mjs`)) ||
    _tryRequireFile(`${file}.cjs`);
  if (loaded) return loaded;
  return requireAsRuntime(requireAsRuntime.resolve(module, { paths: [root, folder] }));
}

function _tryRequireFile(file) {
  return fs.existsSync(file) ? requireAsRuntime(file) : undefined;
}

async function _tryAwaitImport(file) {
  if (!fs.existsSync(file)) return undefined;
  return await import(path.sep === "/" ? file : pathToFileURL(file));
}

// The nearest package.json decides whether .js means an ECMAScript module.
function saysModule(folder) {
  if (folder.endsWith("/node_modules")) return false;
  const description = path.join(folder, "package.json");
  if (fs.existsSync(description)) {
    try {
      return JSON.parse(fs.readFileSync(description))?.type === "module";
    } catch (error) {
      console.warn(`${description} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  const above = path.dirname(folder);
  return above !== folder && saysModule(above);
}

// Named as in AWS's client, because class and method names show in the stack traces of handlers.
class Runtime {
  constructor(api, report, handler, streaming, failures) {
    this.api = api;
    this.report = report;
    this.handler = handler;
    this.failures = failures;
    this.handleOnce = streaming ? this.handleOnceStreaming : this.handleOnceNonStreaming;
  }

  scheduleIteration() {
    setImmediate(() => {
      this.handleOnce().catch((error) => {
        console.log(`Unexpected Top Level Error: ${error.toString()}`);
        this.failures.post(error).finally(() => process.exit(129));
        this.api.closing = true;
      });
    });
  }

  async next() {
    const request = await this.api.next(this.report?.header() ?? {});
    this.report = undefined;
    const requestId = request.headers["lambda-runtime-aws-request-id"];
    global[REQUEST_ID] = requestId;
    global[TENANT_ID] = request.headers["lambda-runtime-aws-tenant-id"] || undefined;
    this.failures.post = (error) => postInvocationError(this.api, requestId, error);
    return { ...request, requestId };
  }

  async handleOnceNonStreaming() {
    const { body, headers, requestId } = await this.next();
    const completion = new Completion(this.api, requestId, () => this.scheduleIteration());
    const context = completion.context;
    const callback = completion.callback;
    try {
      global[BEFORE_EXIT] = () => completion.endUnanswered();
      const result = this.handler(answeredHere(JSON.parse(body)), withData(context, headers), callback);
      if (typeof result?.then === "function") {
        result.then(context.succeed, context.fail).catch(context.fail);
      }
    } catch (error) {
      callback(error);
    }
  }

  async handleOnceStreaming() {
    const { body, headers, requestId } = await this.next();
    const { stream, done, fail } = openResponseStream(this.api, requestId, highWaterMark(this.handler));
    const context = { callbackWaitsForEmptyEventLoop: true };
    const scheduleNext = () => this.scheduleAfterStream(context);
    const failWith = (error) => {
      logError("Invoke Error", error);
      fail(toDocument(error), scheduleNext);
    };
    try {
      global[BEFORE_EXIT] = () => this.scheduleIteration();
      const result = this.handler(answeredHere(JSON.parse(body)), stream, withData(context, headers));
      if (typeof result?.then !== "function") return failWith("Streaming does not support non-async handlers.");
      if ((await result) !== undefined) console.warn("Streaming handlers ignore return values.");
      await done;
      if (!stream.writableFinished) return failWith("Response stream is not finished.");
      scheduleNext();
    } catch (error) {
      failWith(error);
    }
  }

  scheduleAfterStream(context) {
    global[BEFORE_EXIT] = NOTHING;
    if (!context.callbackWaitsForEmptyEventLoop) this.scheduleIteration();
    else global[BEFORE_EXIT] = () => setImmediate(() => this.scheduleIteration());
  }
}

// The ways in which an invocation can be answered; the first answer counts.
class Completion {
  constructor(api, requestId, scheduleNext) {
    this.api = api;
    this.requestId = requestId;
    this.scheduleNext = scheduleNext;
    this.waits = true;
    this.completed = false;
    this.finished = false;
    this.callback = this.once((error, result) => this.callBack(error, result));
    this.context = this.contextMembers();
  }

  contextMembers() {
    const completion = this;
    return {
      get callbackWaitsForEmptyEventLoop() {
        return completion.waits;
      },
      set callbackWaitsForEmptyEventLoop(value) {
        completion.waits = value;
      },
      succeed: this.once((result) => this.done(null, result)),
      fail: this.once((error) => this.done(error ?? "handled", null)),
      done: this.once((error, result) => this.done(error, result)),
    };
  }

  // Not marked as finished if `answer` throws, so that a result that JSON cannot express still fails the invocation.
  once(answer) {
    return (...parameters) => {
      if (this.finished) return;
      answer(...parameters);
      this.finished = true;
    };
  }

  callBack(error, result) {
    if (error !== undefined && error !== null) return this.done(error);
    global[BEFORE_EXIT] = NOTHING;
    if (!this.waits) return this.complete(result);
    global[BEFORE_EXIT] = () => setImmediate(() => this.complete(result));
  }

  done(error, result) {
    global[BEFORE_EXIT] = NOTHING;
    if (error === undefined || error === null) return this.complete(result);
    logError("Invoke Error", error);
    postInvocationError(this.api, this.requestId, error).then(this.scheduleNext);
  }

  complete(result) {
    if (this.completed) {
      console.error("Invocation has already been reported as done. Cannot call complete more than once per invocation.");
      return;
    }
    this.completed = true;
    this.api.postResponse(this.requestId, toJson(result)).then(this.scheduleNext);
  }

  endUnanswered() {
    this.completed = true;
    global[BEFORE_EXIT] = NOTHING;
    this.api.postResponse(this.requestId, "null").then(this.scheduleNext);
  }
}

async function postInvocationError(api, requestId, error) {
  await api.postError(requestId, toJson(toDocument(error)), toCause(error));
}

function withData(context, headers) {
  setTraceId(headers);
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return Object.assign(context, functionFacts(), {
    clientContext: parsedContext(headers["lambda-runtime-client-context"], "ClientContext"),
    identity: parsedContext(headers["lambda-runtime-cognito-identity"], "CognitoIdentity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"] || undefined,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  });
}

function parsedContext(text, name) {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error.toString()}`);
  }
}

// ------------------------------------------------------------------------------------------------------------------------------
// 9 Promises
// The client from Node.js 24 on: handlers return promises and nothing else. Uncaught failures end the process.

const REQUIRED_VARIABLES = ["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"];
const NO_CALLBACKS =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify " +
  "this function to use a supported handler signature to use Node.js 24 or later. For more information see " +
  "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";
const NEVER_SETTLED =
  "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was " +
  "never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes";
const UNSETTLED_EXIT_CODE = 13; // node's exit code for a main module whose top-level await never settles
const KEYS = { requestId: Symbol.for("_AWS_LAMBDA_REQUEST_ID"), traceId: Symbol.for("_AWS_LAMBDA_X_RAY_TRACE_ID"),
  tenantId: Symbol.for("_AWS_LAMBDA_TENANT_ID") };

async function ignition(api, report, root, handlerName) {
  const store = new InvokeStoreSingle();
  provideGlobals(store);
  patchConsole(() => ({ requestId: store.getRequestId() }));
  let handler;
  report.startFunction();
  try {
    handler = await loadPromiseHandler(root, handlerName);
    refuseCallback(handler);
  } catch (error) {
    tell("Init Error", asOnLambda(error));
    const document = documentOf(error);
    await api.postInitError(document.errorType, report.header(), toJson(document));
    throw error;
  }
  await new _Runtime(api, report, handler, store).start();
}

// The AWS SDK and other libraries read the invocation's ids from this.
class InvokeStoreSingle {
  static PROTECTED_KEYS = { REQUEST_ID: KEYS.requestId, X_RAY_TRACE_ID: KEYS.traceId, TENANT_ID: KEYS.tenantId };

  getContext() {
    return this.currentContext;
  }

  hasContext() {
    return this.currentContext !== undefined;
  }

  get(key) {
    return this.currentContext?.[key];
  }

  set(key, value) {
    if (Object.values(KEYS).includes(key)) throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
    this.currentContext = this.currentContext || {};
    this.currentContext[key] = value;
  }

  getRequestId() {
    return this.get(KEYS.requestId) ?? "-";
  }

  getXRayTraceId() {
    return this.get(KEYS.traceId);
  }

  getTenantId() {
    return this.get(KEYS.tenantId);
  }

  isProtectedKey(key) {
    return Object.values(KEYS).includes(key);
  }

  run(context, action) {
    this.currentContext = context;
    return action();
  }
}

function provideGlobals(store) {
  provideGlobal();
  if (globalThis.awslambda) globalThis.awslambda.InvokeStore = store;
}

async function loadPromiseHandler(root, name) {
  const { folder, module, exported } = parseHandler(name);
  const loaded = await loadModule(root, folder.replace(/\/$/, ""), module);
  const find = (from) => exported.split(".").reduce((found, key) => (typeof found === "object" ? found?.[key] : undefined), from);
  const handler = find(loaded) || (typeof loaded === "object" && find(loaded?.default));
  if (!handler) throw new errors.HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== "function") throw new errors.HandlerNotFound(`${name} is not a function`);
  return handler;
}

async function loadModule(root, folder, module) {
  const file = path.resolve(root, folder, module);
  searchNodePath(root, fileOf(file));
  try {
    for (const extension of ["", ".js", ".mjs", ".cjs"]) {
      if (fs.existsSync(file + extension)) return await import(importable(file + extension));
    }
    const paths = [root, path.join(root, folder)];
    return requireAsRuntime(requireAsRuntime.resolve(module, { paths }));
  } catch (error) {
    if (error instanceof SyntaxError) throw syntaxError(error);
    if (error instanceof Error && error.code === "MODULE_NOT_FOUND") throw new errors.ImportModuleError(String(error));
    throw error;
  }
}

function importable(file) {
  return path.sep === "/" ? file : pathToFileURL(file);
}

function syntaxError(error) {
  const named = new errors.UserCodeSyntaxError(String(error));
  named.stack = error.stack;
  return named;
}

function refuseCallback(handler) {
  if (handler.length >= 3 && !isStreaming(handler)) throw new errors.CallbackHandlerDeprecated(NO_CALLBACKS);
}

// Class, method and function names from here on are AWS's, because they show in the stack traces of handlers.
class _Runtime {
  constructor(api, report, handler, store) {
    this.api = api;
    this.report = report;
    this.store = store;
    const Processor = isStreaming(handler) ? StreamingInvokeProcessor : BufferedInvokeProcessor;
    this.processor = new Processor(api, handler);
  }

  async start() {
    await this.processSingleConcurrent(this.processor);
  }

  async processSingleConcurrent(processor) {
    process.on("beforeExit", () => this.endUnsettled());
    while (true) {
      const { context, event } = await this.next();
      this.requestId = context.awsRequestId;
      await this.runWithInvokeContext(context.awsRequestId, context.xRayTraceId, () => processor.processInvoke(context, event));
    }
  }

  async next() {
    const request = await this.api.next(this.report?.header() ?? {});
    this.report = undefined;
    return { context: buildContext(request.headers), event: answeredHere(JSON.parse(request.body)) };
  }

  async runWithInvokeContext(requestId, traceId, action) {
    await undefined;
    return this.store.run({ [KEYS.requestId]: requestId, [KEYS.traceId]: traceId }, action);
  }

  // The event loop ran empty while a handler's promise was pending: it will never settle.
  async endUnsettled() {
    const error = new errors.NodeJsExit(NEVER_SETTLED);
    tell("Invoke Error", error);
    await this.api.postError(this.requestId, toJson(documentOf(error)), toCause(error));
    process.exit(UNSETTLED_EXIT_CODE);
  }
}

class BufferedInvokeProcessor {
  constructor(api, handler) {
    this.api = api;
    this.handler = handler;
  }

  async processInvoke(context, event) {
    try {
      const result = await this.handler(event, context);
      await nextTurn();
      await this.api.postResponse(context.awsRequestId, toJson(result, errors.JSONStringifyError));
    } catch (error) {
      await nextTurn();
      tell("Invoke Error", error);
      await this.api.postError(context.awsRequestId, toJson(documentOf(error)), toCause(error));
    }
  }
}

class StreamingInvokeProcessor {
  constructor(api, handler) {
    this.api = api;
    this.handler = handler;
  }

  async processInvoke(context, event) {
    const response = openResponseStream(this.api, context.awsRequestId, highWaterMark(this.handler));
    try {
      const handlerResult = this.handler(event, response.stream, context);
      await this.waitForStreamClosure(handlerResult, response);
    } catch (error) {
      await nextTurn();
      tell("Invoke Error", error);
      await new Promise((resolve) => response.fail(documentOf(error), resolve));
      await response.done.catch(() => {});
    }
  }

  async waitForStreamClosure(handlerResult, { stream, done }) {
    if (typeof handlerResult?.then !== "function") throw new Error("Streaming does not support non-async handlers.");
    if ((await handlerResult) !== undefined) console.warn("Streaming handlers ignore return values.");
    await done;
    if (!stream.writableFinished) throw new Error("Response stream is not finished.");
  }
}

function nextTurn() {
  return new Promise((resolve) => setImmediate(resolve));
}

// Logs an error. Here the name of Lambda's own types is a property of the error itself, so it shows among the fields.
function tell(title, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof RuntimeFault) error.name = Object.getPrototypeOf(error).name;
  logError(title, error);
}

// Like `toDocument`, but values other than Errors are converted to text.
function documentOf(thrown) {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  if (!thrown.stack) return { errorType: thrown.name, errorMessage: thrown.message, trace: [] };
  const { errorType, errorMessage, trace = [] } = toDocument(thrown);
  return { errorType, errorMessage, trace };
}

function buildContext(headers) {
  const missing = REQUIRED_VARIABLES.filter((name) => !process.env[name]);
  if (missing.length > 0) throw platformError(`Missing required environment variables: ${missing.join(", ")}`);
  const deadline = parseInt(headers["lambda-runtime-deadline-ms"], 10);
  if (Number.isNaN(deadline)) throw platformError("Invalid deadline timestamp");
  setTraceId(headers);
  return { ...headerData(headers, deadline), functionName: undefined, ...functionFacts() };
}

function headerData(headers, deadline) {
  return {
    clientContext: parsedHeader(headers, "lambda-runtime-client-context"),
    identity: parsedHeader(headers, "lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"] || undefined,
    xRayTraceId: headers["lambda-runtime-trace-id"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function parsedHeader(headers, name) {
  if (!headers[name]) return undefined;
  try {
    return JSON.parse(headers[name]);
  } catch (error) {
    throw platformError(`Failed to parse ${name} as JSON: ${error.message}`);
  }
}

function platformError(message) {
  return new errors.PlatformError(message);
}

// ------------------------------------------------------------------------------------------------------------------------------
// 10 Response streams
// A chunked POST whose trailers report a failure that occurs during the response.

const TYPE_TRAILER = "Lambda-Runtime-Function-Error-Type";
const BODY_TRAILER = "Lambda-Runtime-Function-Error-Body";
const METHODS = ["cork", "destroy", "end", "uncork", "write", "addListener", "emit", "eventNames", "getMaxListeners",
  "listenerCount", "listeners", "off", "on", "once", "prependListener", "prependOnceListener", "rawListeners",
  "removeAllListeners", "removeListener", "setMaxListeners", "setContentType"];
const SETTABLE = ["destroyed", "writable", "_onBeforeFirstWrite"];
const READABLE = ["writableFinished", "writableObjectMode", "writableBuffer", "writableEnded", "writableNeedDrain",
  "writableHighWaterMark", "writableCorked", "writableLength"];

// Gives {stream, done, fail(document, callback)}; `done` settles with the server's answer.
function openResponseStream(api, requestId, mark) {
  const http = require("http");
  const request = http.request(requestOptions(http, api, requestId, mark));
  const done = answered(request);
  prepareWrites(request);
  const fail = (document, callback) => {
    const body = Buffer.from(JSON.stringify(document)).toString("base64");
    request.addTrailers({ [TYPE_TRAILER]: document.errorType, [BODY_TRAILER]: body });
    request.end(callback);
  };
  return { stream: writableSide(request), done, fail };
}

function requestOptions(http, api, requestId, highWaterMark) {
  const agent = new http.Agent({ keepAlive: false });
  agent.createConnection = (options, listener) => net.createConnection({ ...options, highWaterMark }, listener);
  return {
    agent,
    method: "POST",
    hostname: api.host,
    port: api.port,
    path: `/2018-06-01/runtime/invocation/${encodeURIComponent(requestId)}/response`,
    headers: {
      ...api.echoed(requestId),
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      Trailer: [TYPE_TRAILER, BODY_TRAILER],
      "Content-Type": "application/octet-stream",
      "Transfer-Encoding": "chunked",
    },
  };
}

function answered(request) {
  const done = new Promise((resolve, reject) => {
    request.on("response", (response) => {
      response.resume();
      response.on("aborted", reject);
      response.on("end", resolve);
    });
    request.on("error", (error) => {
      reject(error);
      request.destroy(error);
    });
  });
  done.catch(() => {}); // the handler's own failure is reported, not that of the connection which it broke
  return done;
}

function prepareWrites(request) {
  const write = request.write.bind(request);
  let started = false;
  request.setContentType = (type) => {
    if (started) throw new errors.InvalidStreamingOperation("Cannot set content-type, too late.");
    request.setHeader("Content-Type", type);
  };
  request.write = (chunk, encoding, callback) => {
    const raw = typeof chunk === "string" || Buffer.isBuffer(chunk) || chunk?.constructor === Uint8Array;
    const data = raw ? chunk : JSON.stringify(chunk);
    if (!started && typeof request._onBeforeFirstWrite === "function") request._onBeforeFirstWrite((first) => write(first));
    started = true;
    return write(data, encoding, callback);
  };
  const end = request.end.bind(request);
  request.end = (callback) => end(callback);
}

// The writable stream that a handler sees in place of the request behind it.
function writableSide(request) {
  const stream = Object.fromEntries(METHODS.map((name) => [name, request[name].bind(request)]));
  for (const name of SETTABLE) {
    const set = (value) => {
      request[name] = value;
    };
    Object.defineProperty(stream, name, { get: () => request[name], set });
  }
  for (const name of READABLE) Object.defineProperty(stream, name, { get: () => request[name] });
  return stream;
}

// ------------------------------------------------------------------------------------------------------------------------------
// 11 Custom resources
// Most of them answer with an HTTPS request to the host and the path of their event's ResponseURL, which is Amazon S3's on Lambda.
// Here it has a port and no TLS. Only such requests are led there, from the first such event on.

const ANSWERS = "/cloudformation-custom-resource-response/";
const answerPorts = new Map();

// Gives the event, having prepared for its answer if it asks for one.
function answeredHere(event) {
  const url = event?.ResponseURL;
  if (typeof url !== "string" || !url.startsWith("http://") || !url.includes(ANSWERS)) return event;
  const { hostname, port } = new URL(url);
  if (answerPorts.size === 0) leadAnswers();
  answerPorts.set(hostname, port);
  return event;
}

function leadAnswers() {
  const http = require("http");
  const https = require("https");
  const { request } = https;
  https.request = (...given) => {
    const { hostname, path } = placeOf(given[0]);
    if (!answerPorts.has(hostname) || !path?.startsWith(ANSWERS)) return request(...given);
    const options = given.filter((each) => each instanceof Object && typeof each !== "function" && !(each instanceof URL));
    const place = { hostname, path, port: answerPorts.get(hostname), protocol: "http:", host: undefined, agent: undefined };
    return http.request({ ...Object.assign({}, ...options), ...place }, ...given.filter((each) => typeof each === "function"));
  };
  require("module").syncBuiltinESMExports();
}

function placeOf(target) {
  if (typeof target !== "string" && !(target instanceof URL)) return { ...target, hostname: target?.hostname ?? target?.host };
  const { hostname, pathname, search } = new URL(target);
  return { hostname, path: pathname + search };
}

start();
//# sourceURL=file:///var/runtime/index.mjs
