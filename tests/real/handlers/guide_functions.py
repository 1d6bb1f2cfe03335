"""What the guide's examples call and do not show. Each says on standard output what it was given."""

import builtins
import json


def initialize_database():
    print("initialize_database")
    return object()


def connect_to_database(url):
    print("connect_to_database", url)


def get_all_users():
    return [{"name": "Ada"}, {"name": "Grace"}]


def create_user(user_data):
    return {"id": 3, **user_data}


def download_from_s3(bucket, key):
    return f"{bucket}/{key}"


def process_image(image):
    return image.upper()


def upload_to_s3(processed, bucket, key):
    print("upload_to_s3", processed, bucket, key)


def transform_data(data):
    return {"total": sum(data["amounts"])}


def send_to_destination(transformed):
    print("send_to_destination", json.dumps(transformed))


def generate_daily_report():
    return "report"


def send_email_report(report):
    print("send_email_report", report)


def process_stream_record(data):
    return data["temperature"] * 2


def store_results(result):
    print("store_results", result)


for name, value in list(globals().items()):
    if callable(value) or value is json:
        setattr(builtins, name, value)
