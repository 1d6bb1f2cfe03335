"use strict";
// The heap limits of the function and of a worker thread it starts while it is loaded; also prints them when run by itself.
const { getHeapStatistics } = require("v8");
const { Worker } = require("worker_threads");

const code = "require('worker_threads').parentPort.postMessage(require('v8').getHeapStatistics().heap_size_limit)";
const worker = new Worker(code, { eval: true });
const inWorker = new Promise((resolve) => worker.once("message", resolve));

exports.handler = async () => ({ here: getHeapStatistics().heap_size_limit, inWorker: await inWorker });
if (require.main === module) exports.handler().then((limits) => process.stdout.write(JSON.stringify(limits)));
