// The client from Node.js 24 on: handlers return promises, nothing else; a failure nobody caught ends the process.
"use strict";
const fs = require("fs");
const path = require("path");
const errors = require("./errors.cjs");
const { patchConsole, logError } = require("./console.cjs");
const { withoutWatch } = require("./init_report.cjs");
const names = require("./handler_name.cjs");

const REQUIRED_VARIABLES = ["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"];
const NO_CALLBACKS =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify " +
  "this function to use a supported handler signature to use Node.js 24 or later. For more information see " +
  "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";
const NEVER_SETTLED =
  "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was " +
  "never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes";
const UNSETTLED_EXIT_CODE = 13; // node's own for a main module that waits for ever
const KEYS = { requestId: Symbol.for("_AWS_LAMBDA_REQUEST_ID"), traceId: Symbol.for("_AWS_LAMBDA_X_RAY_TRACE_ID"),
  tenantId: Symbol.for("_AWS_LAMBDA_TENANT_ID") };

async function ignition(api, report, root, handlerName) {
  const store = new InvokeStoreSingle();
  provideGlobals(store);
  patchConsole(() => ({ requestId: store.getRequestId() }));
  let handler;
  report.startFunction();
  try {
    handler = await load(root, handlerName);
    refuseCallback(handler);
  } catch (error) {
    tell("Init Error", withoutWatch(error));
    const document = toDocument(error);
    await api.postInitError(document.errorType, report.header(), errors.toJson(document));
    throw error;
  }
  await new _Runtime(api, report, handler, store).start();
}

// What the AWS SDK and others read the invocation's ids from.
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
  names.provideGlobal();
  if (globalThis.awslambda) globalThis.awslambda.InvokeStore = store;
}

async function load(root, name) {
  const { folder, module, exported } = names.parseHandler(name);
  const loaded = await loadModule(root, folder.replace(/\/$/, ""), module);
  const find = (from) => exported.split(".").reduce((found, key) => (typeof found === "object" ? found?.[key] : undefined), from);
  const handler = find(loaded) || (typeof loaded === "object" && find(loaded?.default));
  if (!handler) throw new errors.HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== "function") throw new errors.HandlerNotFound(`${name} is not a function`);
  return handler;
}

async function loadModule(root, folder, module) {
  const file = path.resolve(root, folder, module);
  try {
    for (const extension of ["", ".js", ".mjs", ".cjs"]) {
      if (fs.existsSync(file + extension)) return await import(importable(file + extension));
    }
    const paths = [root, path.join(root, folder)];
    return names.requireAsRuntime(names.requireAsRuntime.resolve(module, { paths }));
  } catch (error) {
    if (error instanceof SyntaxError) throw syntaxError(error);
    if (error instanceof Error && error.code === "MODULE_NOT_FOUND") throw new errors.ImportModuleError(String(error));
    throw error;
  }
}

function importable(file) {
  return path.sep === "/" ? file : require("url").pathToFileURL(file);
}

function syntaxError(error) {
  const named = new errors.UserCodeSyntaxError(String(error));
  named.stack = error.stack;
  return named;
}

function refuseCallback(handler) {
  if (handler.length >= 3 && !names.isStreaming(handler)) throw new errors.CallbackHandlerDeprecated(NO_CALLBACKS);
}

// Class, method and function names from here on show in the stack traces of handlers.
class _Runtime {
  constructor(api, report, handler, store) {
    this.api = api;
    this.report = report;
    this.store = store;
    const Processor = names.isStreaming(handler) ? StreamingInvokeProcessor : BufferedInvokeProcessor;
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
    return { context: buildContext(request.headers), event: JSON.parse(request.body) };
  }

  async runWithInvokeContext(requestId, traceId, action) {
    await undefined;
    return this.store.run({ [KEYS.requestId]: requestId, [KEYS.traceId]: traceId }, action);
  }

  // The event loop ran empty while a handler's promise was pending: it never settles.
  async endUnsettled() {
    const error = new errors.NodeJsExit(NEVER_SETTLED);
    tell("Invoke Error", error);
    await this.api.postError(this.requestId, errors.toJson(toDocument(error)), errors.toCause(error));
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
      await this.api.postResponse(context.awsRequestId, errors.toJson(result, errors.JSONStringifyError));
    } catch (error) {
      await nextTurn();
      tell("Invoke Error", error);
      await this.api.postError(context.awsRequestId, errors.toJson(toDocument(error)), errors.toCause(error));
    }
  }
}

class StreamingInvokeProcessor {
  constructor(api, handler) {
    this.api = api;
    this.handler = handler;
    this.openResponseStream = require("./response_stream.cjs").openResponseStream;
  }

  async processInvoke(context, event) {
    const response = this.openResponseStream(this.api, context.awsRequestId, names.highWaterMark(this.handler));
    try {
      const handlerResult = this.handler(event, response.stream, context);
      await this.waitForStreamClosure(handlerResult, response);
    } catch (error) {
      await nextTurn();
      tell("Invoke Error", error);
      await new Promise((resolve) => response.fail(toDocument(error), resolve));
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

// To the log. Here the name of Lambda's own kinds is the error's own, so it shows among the fields.
function tell(title, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof errors.RuntimeFault) error.name = Object.getPrototypeOf(error).name;
  logError(title, error);
}

function toDocument(thrown) {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  if (!thrown.stack) return { errorType: thrown.name, errorMessage: thrown.message, trace: [] };
  const { errorType, errorMessage, trace = [] } = errors.toDocument(thrown);
  return { errorType, errorMessage, trace };
}

function buildContext(headers) {
  const missing = REQUIRED_VARIABLES.filter((name) => !process.env[name]);
  if (missing.length > 0) throw platformError(`Missing required environment variables: ${missing.join(", ")}`);
  const deadline = parseInt(headers["lambda-runtime-deadline-ms"], 10);
  if (Number.isNaN(deadline)) throw platformError("Invalid deadline timestamp");
  names.setTraceId(headers);
  return { ...headerData(headers, deadline), functionName: undefined, ...names.functionFacts() };
}

function headerData(headers, deadline) {
  return {
    clientContext: parsed(headers, "lambda-runtime-client-context"),
    identity: parsed(headers, "lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"] || undefined,
    xRayTraceId: headers["lambda-runtime-trace-id"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function parsed(headers, name) {
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

module.exports = { run: ignition };
//# sourceURL=file:///var/runtime/index.mjs
