package com.amazonaws.services.lambda.runtime;

/** A stand-in for tests, see Context. */
public interface RequestHandler<I, O> {
    O handleRequest(I input, Context context);
}
