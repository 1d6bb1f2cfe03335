// What init spent its time on: the header `Workbench-Init` of the first request. Times are process.hrtime, in ns.
"use strict";
const { tracingChannel } = require("diagnostics_channel");

const SHORTEST_NS = 100_000n;
const MAX_BYTES = 60_000;

class InitReport {
  constructor(startedNs) {
    this.startedNs = startedNs;
    this.records = [];
    this.open = [];
  }

  // The function's own code is loaded from now on; `require` is watched through node's own diagnostics channel
  // (Node.js 22 and later). Imports of modules overlap and are not told apart.
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
    if (record.tookNs < SHORTEST_NS) this.records.length = record.index; // so were all it required
  }

  // The header of the first request, in ASCII.
  header() {
    const now = process.hrtime.bigint();
    this.channel?.unsubscribe(this.watch);
    const functionNs = this.functionNs ?? now;
    const spans = `"runtimeInit":[${this.startedNs},${functionNs}],"functionInit":[${functionNs},${now}]`;
    return { "Workbench-Init": `{${spans},"imports":${this.importsThatFit()}}` };
  }

  importsThatFit() {
    let kept = this.records.filter((record) => record.tookNs !== undefined);
    let text = written(kept);
    while (text.length > MAX_BYTES) {
      const count = Math.min(kept.length - 1, Math.floor((kept.length * MAX_BYTES) / text.length));
      const longest = [...kept].sort((a, b) => Number(b.tookNs - a.tookNs)).slice(0, count);
      kept = longest.sort((a, b) => a.index - b.index);
      text = written(kept);
    }
    return text;
  }
}

// From Node.js 24 on a watched `require` shows in stack traces with two frames more: taken out of `error` again.
function withoutWatch(error) {
  if (typeof error?.stack === "string") {
    error.stack = error.stack.replace(/\n    at (run \()?node:diagnostics_channel:\d+:\d+\)?(?=\n|$)/g, "");
  }
  return error;
}

function written(records) {
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

module.exports = { InitReport, withoutWatch };
