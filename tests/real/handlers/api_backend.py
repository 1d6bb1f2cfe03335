# From an AWS Lambda guide, unchanged.
# ruff: noqa
def lambda_handler(event, context):
    method = event['httpMethod']
    path = event['path']
    
    if method == 'GET' and path == '/users':
        users = get_all_users()
        return {
            'statusCode': 200,
            'body': json.dumps(users)
        }
    elif method == 'POST' and path == '/users':
        user_data = json.loads(event['body'])
        user = create_user(user_data)
        return {
            'statusCode': 201,
            'body': json.dumps(user)
        }
