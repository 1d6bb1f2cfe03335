// Error documents, and the kinds of error that Lambda names itself.
"use strict";
const util = require("util");

const DELETE = /\x7F/g;
const UNREADABLE =
  "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack";

// What the caller gets for `thrown`.
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

// The same for X-Ray, "" where there is nothing to tell.
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

// "    at name (file:///a.mjs:1:2)": cut at the first colon, so a URL leaves "file". So does AWS's client.
function causeFrame(line) {
  const bare = line.trim().replace(/[()]/g, "");
  const place = bare.slice(bare.indexOf(" ") + 1);
  const space = place.lastIndexOf(" ");
  const label = space >= 0 ? place.slice(0, space) : "";
  const [path, lineNumber] = (label ? place.slice(space + 1) : place).split(":");
  return { path, line: parseInt(lineNumber), label: label || "anonymous" };
}

// The JSON of a result; `kind` is the error for what JSON can not express.
function toJson(value, kind = Error) {
  try {
    return JSON.stringify(value === undefined ? null : value);
  } catch {
    throw new kind("Unable to stringify response body");
  }
}

class RuntimeFault extends Error {}

// Lambda's own kinds: `name` on the prototype, so that a stack begins with it.
function named(kind) {
  return class extends RuntimeFault {
    static {
      this.prototype.name = `Runtime.${kind}`;
      Object.defineProperty(this, "name", { value: kind });
    }
  };
}

const kinds = {};
for (const kind of ["ImportModuleError", "HandlerNotFound", "MalformedHandlerName", "UserCodeSyntaxError",
  "MalformedStreamingHandler", "InvalidStreamingOperation", "JSONStringifyError",
  "PlatformError", "CallbackHandlerDeprecated", "NodeJsExit"]) {
  kinds[kind] = named(kind);
}

class UnhandledPromiseRejection extends Error {
  constructor(reason, promise) {
    super(reason);
    this.reason = reason;
    this.promise = promise;
  }
}
UnhandledPromiseRejection.prototype.name = "Runtime.UnhandledPromiseRejection";

module.exports = { ...kinds, RuntimeFault, UnhandledPromiseRejection, toDocument, toCause, toJson };
//# sourceURL=file:///var/runtime/index.mjs
