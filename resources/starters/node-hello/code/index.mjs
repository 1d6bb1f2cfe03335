/**
 * Greets whoever the event names.
 *
 * Event:  {"name": "World"}
 * Result: {"message": "Hello, World!", "requestId": "..."}
 *
 * Code outside the handler runs once for each execution environment, during init: create clients and load data there.
 * The handler runs for every invocation.
 */

/**
 * @param {{name?: string}} event    the JSON document the function was invoked with
 * @param {object} context           what Lambda knows about this invocation: awsRequestId, getRemainingTimeInMillis() ...
 */
export const handler = async (event, context) => {
  const name = event.name ?? "World";
  console.log(`Greeting ${name}, ${context.getRemainingTimeInMillis()} ms left`);
  return { message: `Hello, ${name}!`, requestId: context.awsRequestId };
};
