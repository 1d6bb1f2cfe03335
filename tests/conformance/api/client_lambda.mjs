// What a user of AWS's SDK for JavaScript does with a function, from its creation to its end. Prints what it was told, as JSON.
// Arguments: the endpoint, the folder that has the SDK, and one with the packages one.zip and two.zip.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [endpoint, installed, folder] = process.argv.slice(2);
const sdk = createRequire(join(installed, "here.cjs"))("@aws-sdk/client-lambda");
const client = new sdk.LambdaClient({
  endpoint, region: "us-east-1", maxAttempts: 1, credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const waiting = { client, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.05 };
const Runtime = `nodejs${process.versions.node.split(".")[0]}.x`;
const Role = "arn:aws:iam::123456789012:role/service-role/test";
const told = {};

const send = (operation, input) => client.send(new sdk[`${operation}Command`](input));
const zip = (name) => readFileSync(join(folder, `${name}.zip`));
const text = (bytes) => new TextDecoder().decode(bytes);

async function made(FunctionName, Handler, input = {}) {
  const created = await send("CreateFunction", { FunctionName, Handler, Runtime, Role, Code: { ZipFile: zip("one") }, ...input });
  const waited = await sdk.waitUntilFunctionActiveV2(waiting, { FunctionName });
  return [created.State, waited.state, waited.reason.Configuration.State];
}

async function invoked(FunctionName, event) {
  const answer = await send("Invoke", { FunctionName, Payload: JSON.stringify(event), LogType: "Tail" });
  const tail = Buffer.from(answer.LogResult, "base64").toString();
  const payload = JSON.parse(text(answer.Payload));
  return { status: answer.StatusCode, ran: answer.ExecutedVersion, error: answer.FunctionError ?? null, payload,
           told: tail.includes("REPORT RequestId: ") };
}

async function streamed(FunctionName, input = {}) {
  const answer = await send("InvokeWithResponseStream", { FunctionName, ...input });
  let parts = "", complete = null;
  for await (const event of answer.EventStream) {
    parts += event.PayloadChunk ? text(event.PayloadChunk.Payload) : "";
    if (event.InvokeComplete) complete = event.InvokeComplete.ErrorCode ?? "complete";
  }
  return { status: answer.StatusCode, ran: answer.ExecutedVersion, parts, complete };
}

// What an event and a dry run are answered: neither payload nor version.
async function unanswered(FunctionName, input = {}) {
  const found = [];
  for (const InvocationType of ["Event", "DryRun"]) {
    const answer = await send("Invoke", { FunctionName, InvocationType, Payload: "{}", ...input });
    found.push([answer.StatusCode, answer.ExecutedVersion ?? null, answer.Payload ? text(answer.Payload) : ""]);
  }
  return found;
}

async function called(Qualifier) {
  const of = { FunctionName: "javascript-stream", Qualifier };
  const { FunctionUrl } = await send("CreateFunctionUrlConfig", { ...of, AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" });
  await send("AddPermission", { ...of, StatementId: "url", Action: "lambda:InvokeFunctionUrl", Principal: "*",
                                FunctionUrlAuthType: "NONE" });
  await send("AddPermission", { ...of, StatementId: "by", Action: "lambda:InvokeFunction", Principal: "*",
                                InvokedViaFunctionUrl: true });
  const answer = await fetch(`${endpoint}/_url/${new URL(FunctionUrl).hostname.split(".")[0]}/`);
  return [answer.status, await answer.text()];
}

async function refused(operation, input) {
  try {
    return await send(operation, input);
  } catch (error) {
    const classes = ["ResourceNotFoundException", "ResourceConflictException", "InvalidParameterValueException"];
    return { name: error.name, message: error.message, status: error.$metadata.httpStatusCode, Type: error.Type ?? null,
             classes: classes.filter((name) => error instanceof sdk[name]), known: error instanceof sdk.LambdaServiceException };
  }
}

async function all(pages, member) {
  const found = [];
  for await (const page of pages) found.push(...page[member]);
  return found;
}

const FunctionName = "javascript";
told.created = await made(FunctionName, "index.handler");
told.conflict = await refused("CreateFunction", {
  FunctionName, Handler: "index.handler", Runtime, Role, Code: { ZipFile: zip("one") } });
told.invalid = await refused("CreateFunction", { FunctionName: "none", Role, Code: { ZipFile: zip("one") } });
told.first = await invoked(FunctionName, { n: 1 });
told.failed = await invoked(FunctionName, { fail: true });
told.published = (await send("PublishVersion", { FunctionName, Description: "first" })).Version;
told.alias = (await send("CreateAlias", { FunctionName, Name: "live", FunctionVersion: "1" })).FunctionVersion;
const updated = await send("UpdateFunctionCode", { FunctionName, ZipFile: zip("two") });
told.updated = [updated.LastUpdateStatus, (await sdk.waitUntilFunctionUpdatedV2(waiting, { FunctionName })).state];
told.second = await invoked(FunctionName, { n: 2 });
told.live = await invoked(`${FunctionName}:live`, { n: 3 });
told.streaming = await made("javascript-stream", "index.streamed");
told.streamed = await streamed("javascript-stream");
await send("PublishVersion", { FunctionName: "javascript-stream" });
await send("CreateAlias", { FunctionName: "javascript-stream", Name: "live", FunctionVersion: "1" });
told.streams = [];
for (const Qualifier of ["1", "live", "$LATEST"]) told.streams.push(await streamed("javascript-stream", { Qualifier }));
told.broken = await streamed("javascript-stream:live", { Payload: JSON.stringify({ fail: true }) });
told.unanswered = [];
for (const Qualifier of [undefined, "1", "live"]) told.unanswered.push(await unanswered(FunctionName, { Qualifier }));
told.dryStream = (await send("InvokeWithResponseStream", { FunctionName, InvocationType: "DryRun" })).StatusCode;
told.called = await called("live");
await made("javascript-tenants", "index.handler", { TenancyConfig: { TenantIsolationMode: "PER_TENANT" } });
told.tenants = [await unanswered("javascript-tenants", { TenantId: "blue" }),
                (await send("Invoke", { FunctionName: "javascript-tenants", TenantId: "blue" })).StatusCode,
                await refused("Invoke", { FunctionName: "javascript-tenants", InvocationType: "DryRun" })];
told.functions = (await all(sdk.paginateListFunctions({ client, pageSize: 1 }, {}), "Functions")).map((each) => each.FunctionName);
told.versions = (await all(sdk.paginateListVersionsByFunction({ client, pageSize: 1 }, { FunctionName }), "Versions")).map(
  (each) => each.Version);
told.aliases = (await all(sdk.paginateListAliases({ client, pageSize: 1 }, { FunctionName }), "Aliases")).map((each) => each.Name);
for (const name of [FunctionName, "javascript-stream", "javascript-tenants"]) await send("DeleteFunction", { FunctionName: name });
told.gone = await refused("GetFunction", { FunctionName });
process.stdout.write(JSON.stringify(told));
