// What both generations make of the handler's name and of what it leads to.
"use strict";
const { createRequire } = require("module");
const path = require("path");
const errors = require("./errors.cjs");

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const RESPONSE = "response";
const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";

// Modules are required as from Lambda's own place: messages about missing ones name it.
const requireAsRuntime = createRequire("/var/runtime/index.mjs");

// "folder/file.export.nested" -> its parts.
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

// The global `awslambda`: how a handler says that it streams its response.
function provideGlobal() {
  if (["1", "true"].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = { ...globalThis.awslambda, streamifyResponse, HttpResponseStream };
}

function streamifyResponse(handler, options) {
  handler[STREAMING] = RESPONSE;
  if (typeof options?.highWaterMark === "number") handler[HIGH_WATER_MARK] = parseInt(options.highWaterMark);
  return handler;
}

// Puts status and headers before the body: JSON, then eight zero bytes.
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

module.exports = { requireAsRuntime, parseHandler, provideGlobal, isStreaming, highWaterMark, functionFacts, setTraceId };
//# sourceURL=file:///var/runtime/index.mjs
