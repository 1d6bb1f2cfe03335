# From an AWS Lambda guide, unchanged.
# ruff: noqa
def lambda_handler(event, context):
    for record in event['Records']:
        bucket = record['s3']['bucket']['name']
        key = record['s3']['object']['key']
        
        # Download image
        image = download_from_s3(bucket, key)
        
        # Process (resize, compress, etc.)
        processed = process_image(image)
        
        # Upload processed image
        upload_to_s3(processed, bucket, f'processed/{key}')
