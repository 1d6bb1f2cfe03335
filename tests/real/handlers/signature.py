# From an AWS Lambda guide, unchanged.
# ruff: noqa
def lambda_handler(event, context):
    # event: Dict containing event data
    # context: LambdaContext object with runtime info
    pass
