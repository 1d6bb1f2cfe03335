package workbench.test;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URL;
import java.nio.charset.StandardCharsets;

/** The calls a runtime makes. */
final class RuntimeApi {
    private final String address;

    RuntimeApi(String address) {
        this.address = address;
    }

    /** One invocation as the Runtime API hands it out. */
    static final class Invocation {
        final String requestId;
        final String functionArn;
        final long deadlineMs;
        final byte[] body;

        private Invocation(HttpURLConnection answer) throws IOException {
            body = read(answer);
            requestId = answer.getHeaderField("Lambda-Runtime-Aws-Request-Id");
            functionArn = answer.getHeaderField("Lambda-Runtime-Invoked-Function-Arn");
            deadlineMs = Long.parseLong(answer.getHeaderField("Lambda-Runtime-Deadline-Ms"));
            String trace = answer.getHeaderField("Lambda-Runtime-Trace-Id");
            if (trace != null) {
                System.setProperty("com.amazonaws.xray.traceHeader", trace);
            }
        }
    }

    Invocation next() throws IOException {
        return new Invocation(connect("/invocation/next"));
    }

    void postResponse(Invocation invocation, byte[] body) throws IOException {
        post("/invocation/" + invocation.requestId + "/response", body, null);
    }

    void postError(Invocation invocation, String document, String type) throws IOException {
        post("/invocation/" + invocation.requestId + "/error", document.getBytes(StandardCharsets.UTF_8), type);
    }

    void postInitError(String document, String type) throws IOException {
        post("/init/error", document.getBytes(StandardCharsets.UTF_8), type);
    }

    private void post(String path, byte[] body, String errorType) throws IOException {
        HttpURLConnection connection = connect(path);
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length);
        connection.setRequestProperty("Content-Type", "application/json");
        if (errorType != null) {
            connection.setRequestProperty("Lambda-Runtime-Function-Error-Type", errorType);
        }
        connection.getOutputStream().write(body);
        read(connection);
    }

    private HttpURLConnection connect(String path) throws IOException {
        return (HttpURLConnection) new URL("http://" + address + "/2018-06-01/runtime" + path).openConnection(Proxy.NO_PROXY);
    }

    /** All of the answer, so that the connection is kept; a refusal (413) is an answer too. */
    private static byte[] read(HttpURLConnection connection) throws IOException {
        try (InputStream stream = connection.getResponseCode() < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return stream == null ? new byte[0] : stream.readAllBytes();
        }
    }
}
