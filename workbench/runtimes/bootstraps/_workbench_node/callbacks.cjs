// The client up to Node.js 22: handlers may return a promise or call back, and an empty event loop ends an invocation.
"use strict";
const fs = require("fs");
const path = require("path");
const errors = require("./errors.cjs");
const { patchConsole, logError } = require("./console.cjs");
const { withoutWatch } = require("./init_report.cjs");
const names = require("./handler_name.cjs");

const REQUEST_ID = Symbol.for("aws.lambda.runtime.requestId");
const TENANT_ID = Symbol.for("aws.lambda.runtime.tenantId");
const BEFORE_EXIT = Symbol.for("aws.lambda.beforeExit"); // libraries look for these three
const NOTHING = () => {};
const CALLBACKS_END =
  "AWS Lambda plans to remove support for callback-based function handlers starting with Node.js 24. You will need to update " +
  "this function to use an async handler to use Node.js 24 or later. For more information and to provide feedback on this " +
  "change, see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/137. To disable this warning, set the " +
  "AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING environment variable.";

async function run(api, report, root, handlerName) {
  patchConsole(() => ({ requestId: global[REQUEST_ID], tenantId: global[TENANT_ID], everyParameter: true }));
  const failures = watchForFailures(api, report);
  global[BEFORE_EXIT] = NOTHING;
  process.on("beforeExit", () => global[BEFORE_EXIT]());
  report.startFunction();
  try {
    const handler = await load(root, handlerName);
    const streaming = names.isStreaming(handler);
    warnOfCallback(handler, streaming);
    new Runtime(api, report, handler, streaming, failures).scheduleIteration();
  } catch (error) {
    failures.uncaught(withoutWatch(error));
  }
}

// Whatever nobody caught ends the process: 129, or 128 for a promise.
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
    fail("Unhandled Promise Rejection", new errors.UnhandledPromiseRejection(reason, promise), 128);
  });
  return failures;
}

function postInitError(api, report, error) {
  const document = errors.toDocument(error);
  return api.postInitError(document.errorType, report.header(), errors.toJson(document));
}

function warnOfCallback(handler, streaming) {
  const declaresCallback = handler.length === 3 && handler.constructor.name !== "AsyncFunction" && !streaming;
  const silenced = process.env.AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING !== undefined;
  if (declaresCallback && !silenced) console.warn(CALLBACKS_END);
}

async function load(root, name) {
  const { folder, module, exported } = names.parseHandler(name);
  names.provideGlobal();
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
  const isModule = fs.existsSync(`${file}.js`) && saysModule(path.dirname(file));
  const loaded =
    _tryRequireFile(file) ||
    (!isModule && _tryRequireFile(`${file}.js`)) ||
    (isModule && (await _tryAwaitImport(`${file}.js`))) ||
    (await _tryAwaitImport(`${file}.mjs`)) ||
    _tryRequireFile(`${file}.cjs`);
  if (loaded) return loaded;
  return names.requireAsRuntime(names.requireAsRuntime.resolve(module, { paths: [root, folder] }));
}

function _tryRequireFile(file) {
  return fs.existsSync(file) ? names.requireAsRuntime(file) : undefined;
}

async function _tryAwaitImport(file) {
  if (!fs.existsSync(file)) return undefined;
  return await import(path.sep === "/" ? file : require("url").pathToFileURL(file));
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

// Class and method names show in the stack traces of handlers.
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
      const result = this.handler(JSON.parse(body), withData(context, headers), callback);
      if (typeof result?.then === "function") {
        result.then(context.succeed, context.fail).catch(context.fail);
      }
    } catch (error) {
      callback(error);
    }
  }

  async handleOnceStreaming() {
    const { body, headers, requestId } = await this.next();
    const { openResponseStream } = require("./response_stream.cjs");
    const { stream, done, fail } = openResponseStream(this.api, requestId, names.highWaterMark(this.handler));
    const context = { callbackWaitsForEmptyEventLoop: true };
    const scheduleNext = () => this.scheduleAfterStream(context);
    const failWith = (error) => {
      logError("Invoke Error", error);
      fail(errors.toDocument(error), scheduleNext);
    };
    try {
      global[BEFORE_EXIT] = () => this.scheduleIteration();
      const result = this.handler(JSON.parse(body), stream, withData(context, headers));
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

// The ways an invocation can be answered; the first one counts.
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

  // Not marked finished when it throws: what can not be written as JSON fails the invocation after all.
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
    this.api.postResponse(this.requestId, errors.toJson(result)).then(this.scheduleNext);
  }

  endUnanswered() {
    this.completed = true;
    global[BEFORE_EXIT] = NOTHING;
    this.api.postResponse(this.requestId, "null").then(this.scheduleNext);
  }
}

async function postInvocationError(api, requestId, error) {
  await api.postError(requestId, errors.toJson(errors.toDocument(error)), errors.toCause(error));
}

function withData(context, headers) {
  names.setTraceId(headers);
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return Object.assign(context, names.functionFacts(), {
    clientContext: parsed(headers["lambda-runtime-client-context"], "ClientContext"),
    identity: parsed(headers["lambda-runtime-cognito-identity"], "CognitoIdentity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"] || undefined,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  });
}

function parsed(text, name) {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error.toString()}`);
  }
}

module.exports = { run };
//# sourceURL=file:///var/runtime/index.mjs
