// HTTP/1.1 to the Runtime API on plain sockets: node's http module costs 5 ms of init and more memory.
"use strict";
const net = require("net");

const PREFIX = "/2018-06-01/runtime";
const HEAD_END = Buffer.from("\r\n\r\n");

// One keep-alive connection. It holds the event loop open only while an answer is awaited, as Lambda's client does:
// that the loop runs empty during an invocation means something to both generations of the client.
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
    // Not from within the stream's callback: node's own tick handling would show in the handler's stack traces.
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
    this.closing = false; // set by who ends the process: what the function still does no longer reaches the server
    this.idle = [new Connection(this.host, this.port)]; // connects while the function is loaded
    this.invocationIds = new Map();
  }

  // Waits for an invocation: {headers, body}, header names in lower case.
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

  // The header by which the server knows a late answer from one to this attempt (since 2026).
  echoed(requestId) {
    const id = this.invocationIds.get(requestId);
    return id ? { "Lambda-Runtime-Invocation-Id": id } : {};
  }

  // A refused answer is told and survived, as the native client inside Lambda's does.
  async report(path, headers, body) {
    const answer = await this.send("POST", path, { "Content-Type": "application/json", ...headers }, body);
    if (answer.status < 300) return;
    const refusal = `Failed to post handler success response. Http response code: ${answer.status}.`;
    process.stdout.write(`[ERROR] [${Date.now()}] LAMBDA_RUNTIME ${refusal} ${answer.body}\n`);
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
      // The server closed an idle connection at the moment it was taken up again: nothing of the request was heard.
      if (!reused) throw error;
      return new Connection(this.host, this.port).exchange(request);
    }
  }

  // Another one while `next` waits on the first: an error can come up between two invocations.
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

// {status, headers, body, end} once all of an answer is there.
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

module.exports = { RuntimeApi };
//# sourceURL=file:///var/runtime/index.mjs
