package com.amazonaws.services.lambda.runtime;

/** A stand-in for tests, see Context. */
public interface LambdaLogger {
    void log(String message);
}
