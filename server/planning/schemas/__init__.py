"""Request bodies, an endpoint a file, and what they share."""

from server.planning.schemas.base import Strict, Text, refusal
from server.planning.schemas.chat import ChatRequest
from server.planning.schemas.completions import CompletionRequest
from server.planning.schemas.forms import JsonObjectFormat, JsonSchemaFormat
from server.planning.schemas.functions import FunctionSpec, NamedTool, Tool
from server.planning.schemas.generation import GenerationRequest, StreamOptions
from server.planning.schemas.messages import MOST_MESSAGES, Message, ToolCall
from server.planning.schemas.responses import ResponsesRequest
from server.planning.schemas.structured import StructuredOutputs
from server.planning.schemas.tokens import DetokenizeRequest, TokenizeRequest

__all__ = [
    "MOST_MESSAGES",
    "ChatRequest",
    "CompletionRequest",
    "DetokenizeRequest",
    "FunctionSpec",
    "GenerationRequest",
    "JsonObjectFormat",
    "JsonSchemaFormat",
    "Message",
    "NamedTool",
    "ResponsesRequest",
    "StreamOptions",
    "Strict",
    "StructuredOutputs",
    "Text",
    "TokenizeRequest",
    "Tool",
    "ToolCall",
    "refusal",
]
