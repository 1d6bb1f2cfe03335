package workbench.test;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;

/** The object a handler gets beside its event. */
final class InvocationContext implements Context {
    private final RuntimeApi.Invocation invocation;

    InvocationContext(RuntimeApi.Invocation invocation) {
        this.invocation = invocation;
    }

    public String getAwsRequestId() {
        return invocation.requestId;
    }

    public String getLogGroupName() {
        return System.getenv("AWS_LAMBDA_LOG_GROUP_NAME");
    }

    public String getLogStreamName() {
        return System.getenv("AWS_LAMBDA_LOG_STREAM_NAME");
    }

    public String getFunctionName() {
        return System.getenv("AWS_LAMBDA_FUNCTION_NAME");
    }

    public String getFunctionVersion() {
        return System.getenv("AWS_LAMBDA_FUNCTION_VERSION");
    }

    public String getInvokedFunctionArn() {
        return invocation.functionArn;
    }

    public int getRemainingTimeInMillis() {
        return (int) Math.max(0, invocation.deadlineMs - System.currentTimeMillis());
    }

    public int getMemoryLimitInMB() {
        return Integer.parseInt(System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"));
    }

    public LambdaLogger getLogger() {
        return message -> {
            System.out.print(message);
            System.out.flush();
        };
    }
}
