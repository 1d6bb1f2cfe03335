package workbench.test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The Java runtime of our test images: a small client of our own, as AWS's is not to be had from Debian. It behaves as AWS's
 * does in what tests look at: handler names, error documents, exit statuses, log text. Events become maps, lists, strings,
 * numbers; not objects of the function's classes.
 */
public final class RuntimeClient {
    private final RuntimeApi api;
    private final String handlerName;

    private RuntimeClient(RuntimeApi api, String handlerName) {
        this.api = api;
        this.handlerName = handlerName;
    }

    public static void main(String[] arguments) throws Exception {
        new RuntimeClient(new RuntimeApi(System.getenv("AWS_LAMBDA_RUNTIME_API")), arguments[0]).run();
    }

    private void run() throws Exception {
        Function function;
        try {
            function = Function.find(handlerName);
        } catch (Throwable error) {
            log(error);
            api.postInitError(document(error), "Runtime.BadFunctionCode");
            System.exit(1);
            return;
        }
        while (true) {
            serve(function, api.next());
        }
    }

    private void serve(Function function, RuntimeApi.Invocation invocation) throws Exception {
        try {
            api.postResponse(invocation, function.call(invocation.body, new InvocationContext(invocation)));
        } catch (Throwable error) {
            log(error);
            api.postError(invocation, document(error), "Runtime.UserException");
            if (error instanceof VirtualMachineError) {
                System.exit(1);
            }
        }
    }

    private static void log(Throwable error) {
        StringWriter trace = new StringWriter();
        withoutOwnFrames(error).printStackTrace(new PrintWriter(trace, true));
        System.out.print(error.getMessage() + ": " + error.getClass().getName() + "\n" + trace);
        System.out.flush();
    }

    private static String document(Throwable error) {
        return Json.write(fields(withoutOwnFrames(error)));
    }

    private static Map<String, Object> fields(Throwable error) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("errorMessage", error.getMessage());
        fields.put("errorType", error.getClass().getName());
        List<Object> frames = new ArrayList<>();
        for (StackTraceElement frame : error.getStackTrace()) {
            frames.add(frame.toString());
        }
        fields.put("stackTrace", frames);
        if (error.getCause() != null) {
            fields.put("cause", fields(error.getCause()));
        }
        return fields;
    }

    /** What the function's own code did, down to where this runtime called it. */
    private static Throwable withoutOwnFrames(Throwable error) {
        List<StackTraceElement> kept = new ArrayList<>();
        for (StackTraceElement frame : error.getStackTrace()) {
            if (frame.getClassName().startsWith("workbench.test.")) {
                break;
            }
            kept.add(frame);
        }
        while (!kept.isEmpty() && kept.get(kept.size() - 1).getClassName().matches("(java|jdk|sun)\\..*reflect\\..*")) {
            kept.remove(kept.size() - 1);
        }
        error.setStackTrace(kept.toArray(new StackTraceElement[0]));
        return error;
    }
}
