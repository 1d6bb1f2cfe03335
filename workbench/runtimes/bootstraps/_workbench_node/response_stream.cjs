// The stream a streaming handler writes to: a chunked POST whose trailers tell of a failure on the way.
"use strict";
const http = require("http");
const net = require("net");
const errors = require("./errors.cjs");

const TYPE_TRAILER = "Lambda-Runtime-Function-Error-Type";
const BODY_TRAILER = "Lambda-Runtime-Function-Error-Body";
const METHODS = ["cork", "destroy", "end", "uncork", "write", "addListener", "emit", "eventNames", "getMaxListeners",
  "listenerCount", "listeners", "off", "on", "once", "prependListener", "prependOnceListener", "rawListeners",
  "removeAllListeners", "removeListener", "setMaxListeners", "setContentType"];
const SETTABLE = ["destroyed", "writable", "_onBeforeFirstWrite"];
const READABLE = ["writableFinished", "writableObjectMode", "writableBuffer", "writableEnded", "writableNeedDrain",
  "writableHighWaterMark", "writableCorked", "writableLength"];

// {stream, done, fail(document, callback)}: `done` settles with the server's answer.
function openResponseStream(api, requestId, mark) {
  const request = http.request(requestOptions(api, requestId, mark));
  const done = answered(request);
  prepareWrites(request);
  const fail = (document, callback) => {
    const body = Buffer.from(JSON.stringify(document)).toString("base64");
    request.addTrailers({ [TYPE_TRAILER]: document.errorType, [BODY_TRAILER]: body });
    request.end(callback);
  };
  return { stream: writableSide(request), done, fail };
}

function requestOptions(api, requestId, highWaterMark) {
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
  done.catch(() => {}); // the handler's own failure is told, not that of the connection it broke
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

// A handler sees the writable stream, not the request behind it.
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

module.exports = { openResponseStream };
//# sourceURL=file:///var/runtime/index.mjs
