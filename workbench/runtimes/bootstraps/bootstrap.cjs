// Runs a Node.js function as Lambda's own runtime client would, under whichever node starts this file (18 and later).
//
// CommonJS because it starts 8 ms sooner than a module; a function that is a module is imported all the same.
// Up to Node.js 22 Lambda's client takes callbacks, from 24 on it is another program that takes promises alone.
"use strict";
const startedNs = process.hrtime.bigint();
const { RuntimeApi } = require("./_workbench_node/connection.cjs");
const { InitReport } = require("./_workbench_node/init_report.cjs");

const OLDEST_WITHOUT_CALLBACKS = 24;

function generation() {
  const named = /^AWS_Lambda_nodejs(\d+)\.x$/.exec(process.env.AWS_EXECUTION_ENV ?? "");
  const version = Number(named ? named[1] : process.versions.node.split(".")[0]);
  return version >= OLDEST_WITHOUT_CALLBACKS ? "./_workbench_node/promises.cjs" : "./_workbench_node/callbacks.cjs";
}

const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
const { run } = require(generation());
// In a turn of its own, so that the loading of this file does not show in the function's stack traces.
new Promise((resolve) => setImmediate(resolve)).then(() =>
  run(api, new InitReport(startedNs), process.env.LAMBDA_TASK_ROOT ?? process.cwd(), process.env._HANDLER ?? ""),
);
//# sourceURL=file:///var/runtime/index.mjs
