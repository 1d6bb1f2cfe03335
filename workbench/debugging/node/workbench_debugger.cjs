// Preloaded by NODE_OPTIONS into a function's environment: opens the inspector and waits until a debugger is attached, before
// anything of the function is loaded. WORKBENCH_DEBUGGER says where to listen, WORKBENCH_NODE_OPTIONS what NODE_OPTIONS would be
// without us. All three are as they would be when the function, its worker threads and its child processes see them.
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
