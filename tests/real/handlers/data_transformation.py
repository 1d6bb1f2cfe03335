# From an AWS Lambda guide, unchanged.
# ruff: noqa
def lambda_handler(event, context):
    # Triggered by SQS message
    for record in event['Records']:
        data = json.loads(record['body'])
        
        # Transform data
        transformed = transform_data(data)
        
        # Send to destination
        send_to_destination(transformed)
