/**
 * Answers HTTP requests that come through an HTTP API or a function URL (payload format 2.0).
 *
 * Try:  GET /...?name=World            -> 200 {"message": "Hello, World!"}
 *       POST with {"name": "World"}    -> 200 {"message": "Hello, World!"}
 *       POST with a broken body        -> 400 {"error": "..."}
 *       any other method               -> 405 {"error": "..."}
 */

/** Routes the request by its method and returns the response as Lambda's HTTP integrations expect it. */
export const handler = async (event) => {
  const { method } = event.requestContext.http;
  if (method === "GET") return greet(event.queryStringParameters?.name);
  if (method === "POST") return post(event);
  return respond(405, { error: `${method} is not supported here` }, { allow: "GET, POST" });
};

/** Reads the name from the JSON body. */
const post = (event) => {
  try {
    return greet(JSON.parse(bodyOf(event))?.name);
  } catch (error) {
    return respond(400, { error: `The body is not JSON: ${error.message}` });
  }
};

/** The body as text; binary media types arrive in Base64. */
const bodyOf = (event) =>
  event.isBase64Encoded ? Buffer.from(event.body ?? "", "base64").toString("utf8") : (event.body ?? "");

const greet = (name) => respond(200, { message: `Hello, ${name || "World"}!` });

const respond = (statusCode, document, headers = {}) => ({
  statusCode,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(document),
});
