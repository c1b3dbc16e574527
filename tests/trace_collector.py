"""An OpenTelemetry collector on a real socket."""

import gzip
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

__all__ = ["Collector"]


class Collector:
    """An OTLP receiver that remembers what it was sent."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.requests: list[ExportTraceServiceRequest] = []
        self.answering = Event()
        self.answering.set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.paths.append(self.path)
                collector.requests.append(ExportTraceServiceRequest.FromString(body))
                collector.answering.wait(30)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.end_headers()
                self.wfile.write(ExportTraceServiceResponse().SerializeToString())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def names(self, trace_id: str) -> set[str]:
        """Names of the spans received of one trace; its id in hexadecimal digits."""
        found = [s for r in self.requests for rs in r.resource_spans for ss in rs.scope_spans for s in ss.spans]
        return {span.name for span in found if span.trace_id.hex() == trace_id}

    def spans(self) -> dict[str, Any]:
        """All spans received, by name."""
        found = [s for r in self.requests for rs in r.resource_spans for ss in rs.scope_spans for s in ss.spans]
        assert len({span.name for span in found}) == len(found)
        return {span.name: span for span in found}

    def close(self) -> None:
        self.answering.set()
        self._server.shutdown()
        self._server.server_close()
