// Reports the result of a custom resource to CloudFormation. Inline Node.js functions can require it as "cfn-response".
// Our own implementation of the interface in the CloudFormation guide, "cfn-response module".
"use strict";

exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = function send(event, context, responseStatus, responseData, physicalResourceId, noEcho) {
  return new Promise((resolve) => {
    const body = JSON.stringify({
      Status: responseStatus,
      Reason: "See the details in CloudWatch Log Stream: " + context.logStreamName,
      PhysicalResourceId: physicalResourceId || context.logStreamName,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
      NoEcho: noEcho || false,
      Data: responseData,
    });
    console.log("Response body:\n", body);
    const url = new URL(event.ResponseURL);
    const { request } = require(url.protocol === "http:" ? "http" : "https");
    // ResponseURL is a presigned Amazon S3 URL, signed without a content type: any other value would be refused.
    const options = { method: "PUT", headers: { "content-type": "", "content-length": Buffer.byteLength(body) } };
    const done = () => {
      resolve(context.done());
    };
    const sent = request(url, options, (response) => {
      console.log("Status code: " + response.statusCode);
      response.resume();
      done();
    });
    sent.on("error", (error) => {
      console.log("send(..) failed executing the request: " + error);
      done();
    });
    sent.end(body);
  });
};
