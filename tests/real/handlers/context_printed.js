// From an AWS Lambda guide, unchanged.
exports.handler = async (event, context) => {
    // Function name
    console.log(`Function: ${context.functionName}`);

    // Memory allocated
    console.log(`Memory: ${context.memoryLimitInMB} MB`);

    // Request ID
    console.log(`Request ID: ${context.awsRequestId}`);

    // Time remaining
    const remaining = context.getRemainingTimeInMillis();
    console.log(`Time remaining: ${remaining} ms`);

    // Log group and stream
    console.log(`Log Group: ${context.logGroupName}`);
    console.log(`Log Stream: ${context.logStreamName}`);

    return { statusCode: 200, body: 'Success' };
};
