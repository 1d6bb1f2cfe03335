// An app as people write them with the AWS CDK: a function, a queue that invokes it, a URL, an alias of its current version.
const { App, Stack, CfnOutput, Duration, aws_lambda: lambda, aws_sqs: sqs, aws_lambda_event_sources: sources } = require("aws-cdk-lib");

const app = new App();
const stack = new Stack(app, "Orders", { env: { account: "123456789012", region: "us-east-1" } });
const queue = new sqs.Queue(stack, "Queue");
const handler = new lambda.Function(stack, "Handler", {
  runtime: lambda.Runtime.PYTHON_3_11, handler: "app.handler", code: lambda.Code.fromAsset("code"),
  timeout: Duration.seconds(5), environment: { QUEUE_URL: queue.queueUrl },
});
handler.addEventSource(new sources.SqsEventSource(queue));
const url = handler.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE });
const live = handler.addAlias("live"); // of its current version
new CfnOutput(stack, "Live", { value: live.functionArn });
new CfnOutput(stack, "Name", { value: handler.functionName });
new CfnOutput(stack, "Url", { value: url.url });
app.synth();
