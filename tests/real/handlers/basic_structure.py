# From an AWS Lambda guide, unchanged.
# ruff: noqa
import json

# Global scope - runs once per cold start
# Good for: Initializing connections, loading data
database_connection = initialize_database()

def lambda_handler(event, context):
    """
    Handler function - runs on every invocation
    
    Args:
        event: Event data from trigger
        context: Runtime information
    
    Returns:
        Response object
    """
    # Extract data from event
    user_id = event.get('userId')
    
    # Business logic
    result = process_user(user_id)
    
    # Return response
    return {
        'statusCode': 200,
        'body': json.dumps({
            'message': 'Success',
            'data': result
        })
    }

def process_user(user_id):
    # Your business logic here
    return {'userId': user_id, 'processed': True}
