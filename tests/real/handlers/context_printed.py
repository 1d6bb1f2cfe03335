# From an AWS Lambda guide, unchanged.
# ruff: noqa
def handler(event, context):
    # Function name
    print(f"Function: {context.function_name}")

    # Memory allocated
    print(f"Memory: {context.memory_limit_in_mb} MB")

    # Request ID (unique per invocation)
    print(f"Request ID: {context.aws_request_id}")

    # Time remaining before timeout
    remaining_ms = context.get_remaining_time_in_millis()
    print(f"Time remaining: {remaining_ms} ms")

    # Log group and stream
    print(f"Log Group: {context.log_group_name}")
    print(f"Log Stream: {context.log_stream_name}")

    # Function ARN
    print(f"ARN: {context.invoked_function_arn}")
