# From an AWS Lambda guide, unchanged.
# ruff: noqa
import os

def lambda_handler(event, context):
    # Access environment variables
    database_url = os.environ['DATABASE_URL']
    api_key = os.environ.get('API_KEY', 'default')
    
    # Use in your code
    connect_to_database(database_url)
