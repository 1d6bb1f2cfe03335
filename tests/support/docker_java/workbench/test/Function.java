package workbench.test;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;

/** A function found by its handler name: package.Class of one of AWS's two interfaces, or package.Class::method. */
interface Function {
    byte[] call(byte[] event, Context context) throws Throwable;

    static Function find(String handlerName) throws Throwable {
        String[] parts = handlerName.split("::", 2);
        Class<?> type = load(parts[0]);
        if (parts.length == 1 && RequestStreamHandler.class.isAssignableFrom(type)) {
            RequestStreamHandler handler = (RequestStreamHandler) make(type);
            return (event, context) -> streamed(handler, event, context);
        }
        if (parts.length == 1 && RequestHandler.class.isAssignableFrom(type)) {
            @SuppressWarnings("unchecked")
            RequestHandler<Object, Object> handler = (RequestHandler<Object, Object>) make(type);
            return (event, context) -> written(handler.handleRequest(read(event), context));
        }
        return ofMethod(type, parts.length == 1 ? "handleRequest" : parts[1]);
    }

    private static Class<?> load(String name) throws Throwable {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException error) {
            ClassNotFoundException told = new ClassNotFoundException("Class not found: " + name);
            told.setStackTrace(error.getStackTrace());
            throw told;
        }
    }

    private static Object make(Class<?> type) throws Throwable {
        try {
            return type.getConstructor().newInstance();
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
    }

    private static Function ofMethod(Class<?> type, String name) throws Throwable {
        for (Method method : type.getMethods()) {
            if (method.getName().equals(name) && method.getParameterCount() <= 3 && !method.isBridge()) {
                Object receiver = Modifier.isStatic(method.getModifiers()) ? null : make(type);
                return (event, context) -> invoked(method, receiver, event, context);
            }
        }
        throw new IllegalArgumentException(
            "No public method named " + name + " with appropriate method signature found on class " + type);
    }

    private static byte[] invoked(Method method, Object receiver, byte[] event, Context context) throws Throwable {
        Class<?>[] types = method.getParameterTypes();
        Object[] arguments = new Object[types.length];
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        for (int index = 0; index < types.length; index++) {
            arguments[index] = argument(types[index], event, output, context);
        }
        try {
            Object result = method.invoke(receiver, arguments);
            return method.getReturnType() == void.class && output.size() > 0 ? output.toByteArray() : written(result);
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
    }

    private static Object argument(Class<?> type, byte[] event, OutputStream output, Context context) {
        if (type == Context.class) {
            return context;
        }
        if (type == InputStream.class) {
            return new ByteArrayInputStream(event);
        }
        return type == OutputStream.class ? output : read(event);
    }

    private static byte[] streamed(RequestStreamHandler handler, byte[] event, Context context) throws Throwable {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        handler.handleRequest(new ByteArrayInputStream(event), output, context);
        return output.toByteArray();
    }

    private static Object read(byte[] event) {
        return new Json(new String(event, StandardCharsets.UTF_8)).read();
    }

    private static byte[] written(Object result) {
        return Json.write(result).getBytes(StandardCharsets.UTF_8);
    }
}
