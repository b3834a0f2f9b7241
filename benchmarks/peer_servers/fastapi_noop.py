"""The no-op in a bare FastAPI application on uvicorn: no worker process, the limit that nobody above it can pass.

python fastapi_noop.py PORT
"""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI, Request

app = FastAPI()


@app.post("/predict")
async def predict(request: Request) -> dict[str, str]:
    body = await request.json()
    return {"output": body["input"]}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
