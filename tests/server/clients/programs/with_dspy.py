"""dspy: `python with_dspy.py BASE_URL KEY STEP`."""

import asyncio
import sys
from typing import ClassVar

import dspy
import pydantic
from dspy.streaming import StreamListener, streamify

BASE_URL, KEY, STEP = sys.argv[1:]
QUESTION = "What is the capital of France?"
ASKED = {"role": "user", "content": QUESTION}


class Guarded(dspy.LM):
    """dspy looks up what a model can do, and takes one that it does not know for one that can do nothing."""

    supports_function_calling = True
    supports_response_schema = True
    supported_params: ClassVar = {"response_format", "tools", "tool_choice", "temperature", "max_tokens"}


def model(kind: str = "chat", name: str = "openai/smollm2", most_tokens: int = 200) -> dspy.LM:
    options = {"temperature": 0.0, "max_tokens": most_tokens, "cache": False, "num_retries": 0}
    return Guarded(name, model_type=kind, api_base=BASE_URL, api_key=KEY, **options)


def text(said: object) -> str:
    return str(said["text"] if isinstance(said, dict) else said)


class City(pydantic.BaseModel):
    city: str = pydantic.Field(max_length=12)
    population: int = pydantic.Field(ge=0, le=99)


class Tell(dspy.Signature):
    """Tell the capital."""

    question: str = dspy.InputField()
    city: City = dspy.OutputField()


class Talk(dspy.Signature):
    """Answer the question."""

    question: str = dspy.InputField()
    history: dspy.History = dspy.InputField()
    city: City = dspy.OutputField()


class Use(dspy.Signature):
    """Call a tool."""

    question: str = dspy.InputField()
    tools: list[dspy.Tool] = dspy.InputField()
    calls: dspy.ToolCalls = dspy.OutputField()


def get_weather(city: str) -> str:
    """The weather in a city."""
    return "sunny"


def chat() -> None:
    for kind in ("chat", "responses"):
        (said,) = model(kind)(messages=[ASKED])
        assert "Paris" in text(said), said
    (said,) = model("text", "text-completion-openai/smollm2", 12)("The capital of France is")
    assert text(said).strip(), said


def stream() -> None:
    listener = StreamListener(signature_field_name="city")
    program = streamify(dspy.Predict(Tell), stream_listeners=[listener])

    async def run() -> list[object]:
        with dspy.context(lm=model(), adapter=dspy.JSONAdapter()):
            return [piece async for piece in program(question=QUESTION)]

    *_, last = asyncio.run(run())
    assert isinstance(last, dspy.Prediction) and isinstance(last.city, City)


def structured() -> None:
    for kind in ("chat", "responses"):
        with dspy.context(lm=model(kind), adapter=dspy.JSONAdapter()):
            told = dspy.Predict(Tell)(question=QUESTION)
        assert isinstance(told.city, City), told


def tools() -> None:
    for kind in ("chat", "responses"):
        with dspy.context(lm=model(kind), adapter=dspy.JSONAdapter(use_native_function_calling=True)):
            options = {"tool_choice": "required"}
            told = dspy.Predict(Use)(question="The weather in Paris?", tools=[dspy.Tool(get_weather)], config=options)
        assert [call.name for call in told.calls.tool_calls] == ["get_weather"], told


def conversation() -> None:
    lm = model()
    (said,) = lm(messages=[ASKED])
    (said,) = lm(
        messages=[ASKED, {"role": "assistant", "content": text(said)}, {"role": "user", "content": "And of Italy?"}]
    )
    assert "Rome" in text(said)
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        program = dspy.Predict(Talk)
        first = program(question=QUESTION, history=dspy.History(messages=[]))
        history = dspy.History(messages=[{"question": QUESTION, **first}])
        assert isinstance(program(question="And of Italy?", history=history).city, City)


globals()[STEP]()
