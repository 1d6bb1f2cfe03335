"use strict";
// Handlers of every kind: async, callback, context methods, thrown and rejected.
const util = require("util");
const later = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));

exports.echo = async (event) => event;
exports.nothing = async () => undefined;
exports.sync = (event) => ({ ignored: event });
exports.text = async () => "ü\u2028😀";
exports.values = async () => ({ n: NaN, d: new Date(0), u: undefined, m: new Map([[1, 2]]), b: Buffer.from("x"), f() {} });
exports.bigint = async () => ({ n: 1n });
exports.cycle = async () => {
  const circle = {};
  circle.circle = circle;
  return circle;
};
exports.env = async () => process.env._X_AMZN_TRACE_ID ?? null;

exports.callback = (event, context, callback) => callback(null, { got: event });
exports.callbackError = (event, context, callback) => callback(new RangeError("by callback"));
exports.callbackText = (event, context, callback) => callback("only text");
exports.callbackTwice = (event, context, callback) => {
  callback(null, 1);
  callback(null, 2);
  context.succeed(3);
};
exports.callbackWaits = (event, context, callback) => {
  setTimeout(() => console.log("timer fired before the response"), 30);
  callback(null, "after the timer");
};
exports.callbackDoesNotWait = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setTimeout(() => console.log("late timer"), 500);
  callback(null, "at once");
};
exports.callbackBigint = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  callback(null, 1n);
};
exports.succeed = (event, context) => context.succeed("succeeded");
exports.fail = (event, context) => context.fail(new Error("failed"));
exports.failEmpty = (event, context) => context.fail();
exports.done = (event, context) => context.done(null, "done");
exports.doneError = (event, context) => context.done({ not: "an error" });
exports.thenable = () => ({ then: (resolve) => setTimeout(resolve, 5, "from a thenable") });

// One process for many handlers: the event names one.
exports.any = (event, context) => exports[event](event, context);
exports.anyWithCallback = (event, context, callback) => exports[event](event, context, callback);

class Custom extends Error {
  constructor() {
    super("custom \x7f");
    this.name = "Custom";
    this.code = "E_CUSTOM";
    this.details = { a: [1] };
  }
}
exports.failing = async function failing(event) {
  if (event === "error") throw new Error("boom ü\nsecond line");
  if (event === "custom") throw new Custom();
  if (event === "cause") throw new Error("outer", { cause: new TypeError("inner") });
  if (event === "text") throw "only text";
  if (event === "object") throw { name: "Like", message: "an error", stack: "Like: an error\n    at nowhere (x.js:1:2)" };
  if (event === "plain") throw { a: 1 };
  if (event === "null") throw null;
  if (event === "undefined") throw undefined;
  if (event === "number") throw 5;
  if (event === "no-stack") {
    const error = new Error("no stack");
    error.stack = undefined;
    throw error;
  }
  if (event === "after-await") {
    await later(5);
    throw new TypeError("after await");
  }
  if (event === "cyclic") {
    const error = new Error("cyclic");
    error.self = error;
    throw error;
  }
  return event;
};
exports.throwsSync = () => {
  throw new SyntaxError("thrown at once");
};
exports.never = async () => new Promise(() => {});
exports.neverSync = () => {};
exports.unhandled = async () => {
  Promise.reject(new Error("nobody caught this"));
  await later(50);
  return "too late";
};
exports.unhandledText = async () => {
  Promise.reject("text");
  await later(50);
};
exports.uncaught = async () => {
  setTimeout(() => {
    throw new Error("in a timer");
  }, 5);
  await later(50);
  return "too late";
};
exports.exits = async () => process.exit(3);
exports.exitsClean = async () => process.exit(0);
exports.nested = { deep: { handler: async () => "nested" } };
exports.number = 5;

exports.logs = async (event, context) => {
  console.log("plain");
  console.info("with %s and %d", "text", 5, { a: 1 });
  console.debug("debug");
  console.trace("trace");
  console.warn("two\nlines");
  console.error("error", new Error("logged").message);
  console.fatal?.("fatal");
  console.log({ a: { b: { c: { d: 1 } } } });
  console.log();
  console.log(undefined, null, Symbol("s"));
  const error = new TypeError("in a log");
  error.stack = "TypeError: in a log\n    at somewhere (x.js:1:2)";
  console.log(error);
  console.log("text and", error);
  console.log("%j", { a: 1 });
  const circle = { name: "circle" };
  circle.self = circle;
  console.log(circle);
  process.stdout.write("written raw\n");
  process.stderr.write("to stderr\n");
  return util.inspect(Object.keys(context).sort());
};
exports.contexts = async (event, context) => ({
  ...context,
  remaining: typeof context.getRemainingTimeInMillis(),
  trace: process.env._X_AMZN_TRACE_ID ?? null,
  global: typeof awslambda,
});
exports.remaining = async (event, context) => context.getRemainingTimeInMillis() < -1000;

if (globalThis.awslambda) {
  exports.anyStream = awslambda.streamifyResponse((event, stream, context) => exports[event](event, stream, context));
  exports.stream = awslambda.streamifyResponse(async (event, stream, context) => {
    stream.setContentType("text/plain");
    stream.write("first ");
    await later(5);
    stream.write({ as: "json" });
    stream.write(Buffer.from(" ü"));
    stream.end();
  });
  exports.streamHttp = awslambda.streamifyResponse(async (event, stream) => {
    const wrapped = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { "x-a": "b" }, cookies: ["c=d"] });
    wrapped.write("body");
    wrapped.end();
  });
  exports.streamPipeline = awslambda.streamifyResponse(async (event, stream) => {
    const { pipeline } = require("stream/promises");
    const { Readable } = require("stream");
    await pipeline(Readable.from(["a", "b", "c"]), stream);
  });
  exports.streamFails = awslambda.streamifyResponse(async (event, stream) => {
    stream.write("some");
    throw new RangeError("midway");
  });
  exports.streamFailsFirst = awslambda.streamifyResponse(async () => {
    throw new RangeError("before the first byte");
  });
  exports.streamSync = awslambda.streamifyResponse((event, stream) => {
    stream.end("sync");
  });
  exports.streamReturns = awslambda.streamifyResponse(async (event, stream) => {
    stream.end("ended");
    return 5;
  });
  exports.streamLateType = awslambda.streamifyResponse(async (event, stream) => {
    stream.write("x");
    stream.setContentType("text/plain");
  });
}
