"""An API in the style of the guide of Powertools for AWS Lambda: structured log, metrics, routes."""

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
tracer = Tracer()
metrics = Metrics()
app = APIGatewayRestResolver()
ORDERS = {"1": {"id": "1", "state": "paid"}}


@app.get("/orders/<order_id>")
@tracer.capture_method
def get_order(order_id: str):
    logger.append_keys(order_id=order_id)
    logger.info("order asked for")
    if order_id not in ORDERS:
        raise NotFoundError(f"order {order_id} is not known")
    return ORDERS[order_id]


@app.post("/orders")
def create_order():
    order = app.current_event.json_body
    metrics.add_metric(name="OrdersCreated", unit=MetricUnit.Count, value=1)
    ORDERS[order["id"]] = {**order, "state": "new"}
    return Response(201, content_types.APPLICATION_JSON, body=ORDERS[order["id"]])


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    return app.resolve(event, context)
