package com.amazonaws.services.lambda.runtime;

/** A stand-in for tests: the names of AWS's aws-lambda-java-core that test functions use, written anew. Not AWS's library. */
public interface Context {
    String getAwsRequestId();

    String getLogGroupName();

    String getLogStreamName();

    String getFunctionName();

    String getFunctionVersion();

    String getInvokedFunctionArn();

    int getRemainingTimeInMillis();

    int getMemoryLimitInMB();

    LambdaLogger getLogger();
}
