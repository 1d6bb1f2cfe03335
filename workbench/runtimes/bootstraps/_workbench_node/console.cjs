// console.* as Lambda has it: a time, the request id and a level before each line, or one JSON object a line.
"use strict";
const util = require("util");

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const NOTHING = () => {};

// `invocation()` gives {requestId, tenantId, everyParameter} of the one under way; the last: also the first parameter of a
// JSON line is looked at for an error. Levels below AWS_LAMBDA_LOG_LEVEL are dropped.
function patchConsole(invocation) {
  const lowest = Math.max(LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()), 0);
  const line = inJson() ? jsonLine : textLine;
  const method = (level) =>
    LEVELS.indexOf(level) < lowest
      ? NOTHING
      : (message, ...parameters) => {
          const text = line(new Date().toISOString(), invocation(), level, message, parameters);
          process.stdout.write(text.replace(/\n/g, "\r") + "\n");
        };
  for (const level of LEVELS) console[level.toLowerCase()] = method(level);
  console.log = console.info;
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

// An error that ends an invocation or the process, in the words AWS's client has for it.
function logError(title, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(thrown);
  if (inJson()) console.error(error);
  else console.error(title, "\t" + asFields(error));
}

function asFields(error) {
  try {
    return JSON.stringify(error, (_name, value) => (value instanceof Error ? errorFields(value) : value));
  } catch {
    const { toDocument } = require("./errors.cjs");
    return JSON.stringify(toDocument(error));
  }
}

function errorFields(error) {
  const fields = Object.assign({ errorType: error.name, errorMessage: error.message, code: error.code }, error);
  if (typeof error.stack === "string") fields.stack = error.stack.split("\n");
  return fields;
}

module.exports = { patchConsole, logError };
//# sourceURL=file:///var/runtime/index.mjs
