# From an AWS Lambda guide, unchanged.
# ruff: noqa
def lambda_handler(event, context):
    # Function information
    function_name = context.function_name
    function_version = context.function_version
    memory_limit = context.memory_limit_in_mb
    
    # Request information
    request_id = context.aws_request_id
    log_group_name = context.log_group_name
    log_stream_name = context.log_stream_name
    
    # Remaining time
    remaining_time = context.get_remaining_time_in_millis()
    
    return {'statusCode': 200}
