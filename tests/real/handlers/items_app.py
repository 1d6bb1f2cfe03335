"""A FastAPI application behind API Gateway, by way of Mangum."""

from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, HTTPException, Request
from mangum import Mangum
from pydantic import BaseModel, Field


class Item(BaseModel):
    name: str
    price: float = Field(gt=0)


@asynccontextmanager
async def lifespan(app: FastAPI):
    print("starting")
    yield
    print("stopping")


app = FastAPI(title="Items", lifespan=lifespan)
items: dict[int, Item] = {}


def caller(request: Request) -> str:
    return request.client.host


@app.post("/items", status_code=201)
async def create_item(item: Item):
    number = len(items) + 1
    items[number] = item
    return {"number": number, **item.model_dump()}


@app.get("/items/{number}")
def read_item(number: int, request: Request, currency: str = "EUR", who: str = Depends(caller)):
    if number not in items:
        raise HTTPException(404, f"No item {number}")
    request_id = request.scope["aws.context"].aws_request_id
    return {"name": items[number].name, "currency": currency, "caller": who, "requestId": request_id}


handler = Mangum(app)
