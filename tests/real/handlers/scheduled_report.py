# From an AWS Lambda guide, unchanged.
# ruff: noqa
def lambda_handler(event, context):
    # Triggered by EventBridge schedule
    # Runs every day at 2 AM
    
    # Generate daily report
    report = generate_daily_report()
    
    # Send email
    send_email_report(report)
