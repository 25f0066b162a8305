"""A small service whose OpenAPI document is untrue in three ways, for the fuzzer to find."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chassis.testing_process import free_port


class Thing(BaseModel):
    name: str


app = FastAPI()


@app.get("/faulty", responses={500: {"description": "Sorry."}})
async def faulty() -> JSONResponse:
    """Answers 500, which no document excuses."""
    return JSONResponse({}, 500)


@app.get("/undocumented")
async def undocumented() -> JSONResponse:
    """Answers a status that its document does not have."""
    return JSONResponse({}, 418)


@app.get("/misshapen", response_model=Thing)
async def misshapen() -> JSONResponse:
    """Answers without the name that its schema promises."""
    return JSONResponse({"nom": "x"})


@asynccontextmanager
async def lying_service() -> AsyncIterator[str]:
    """Serves it on a port of its own; yields the address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
