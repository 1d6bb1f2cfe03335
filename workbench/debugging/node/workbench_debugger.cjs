// Preloaded by NODE_OPTIONS into a function's environment: opens the inspector and waits for a debugger before any of the
// function's code is loaded. WORKBENCH_DEBUGGER is the address to listen on, WORKBENCH_NODE_OPTIONS the function's own
// NODE_OPTIONS. All three are restored first, so that the function, its worker threads and its child processes see no trace.
"use strict";
const { WORKBENCH_DEBUGGER: address, WORKBENCH_NODE_OPTIONS: options } = process.env;
if (address) {
  delete process.env.WORKBENCH_DEBUGGER;
  delete process.env.WORKBENCH_NODE_OPTIONS;
  if (options) process.env.NODE_OPTIONS = options;
  else delete process.env.NODE_OPTIONS;
  try {
    const inspector = require("inspector");
    const at = address.lastIndexOf(":");
    inspector.open(Number(address.slice(at + 1)), address.slice(0, at));
    inspector.waitForDebugger();
  } catch (error) {
    process.stderr.write(`The debugger could not be started: ${error}\n`);
  }
}
