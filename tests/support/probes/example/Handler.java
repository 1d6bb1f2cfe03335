package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.LinkedHashMap;
import java.util.Map;

/** The probe in Java: does what the event's `action` says. */
public class Handler implements RequestHandler<Map<String, Object>, Map<String, Object>> {
    private int count;

    @Override
    public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
        count++;
        System.out.println("marker " + event.get("text"));
        System.err.println("beside " + event.get("text"));
        act(String.valueOf(event.get("action")));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("event", event);
        answer.put("count", count);
        answer.put("requestId", context.getAwsRequestId());
        answer.put("function", context.getFunctionName());
        answer.put("version", context.getFunctionVersion());
        answer.put("memory", context.getMemoryLimitInMB());
        answer.put("arn", context.getInvokedFunctionArn());
        answer.put("remaining", context.getRemainingTimeInMillis());
        answer.put("stream", context.getLogStreamName());
        answer.put("trace", System.getProperty("com.amazonaws.xray.traceHeader"));
        answer.put("root", System.getenv("LAMBDA_TASK_ROOT"));
        return answer;
    }

    public String greet(Map<String, Object> event, Context context) {
        context.getLogger().log("greeting\n");
        return "hello " + event.get("text");
    }

    private static void act(String action) {
        if (action.equals("raise")) {
            throw new IllegalStateException("boom", new RuntimeException("deeper"));
        }
        if (action.equals("crash")) {
            Runtime.getRuntime().halt(3);
        }
        if (action.equals("sleep")) {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException error) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
