# From an AWS Lambda guide, unchanged.
# ruff: noqa
def lambda_handler(event, context):
    for record in event['Records']:
        data = json.loads(record['kinesis']['data'])
        
        # Process stream record
        result = process_stream_record(data)
        
        # Store results
        store_results(result)
