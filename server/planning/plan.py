"""From a request's body to what has to be generated: prompts, policy, sampling, form. Everything wrong with it shows here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.engines.transformers import TransformersEngine
from server.http.errors import ApiError
from server.keys.ring import Key
from server.planning.grammar import GrammarCompiler
from server.planning.schemas import (
    ChatRequest,
    CompletionRequest,
    GenerationRequest,
    GuardOptions,
    JsonObjectFormat,
    JsonSchemaFormat,
    NamedTool,
    ResponsesRequest,
)
from server.planning.schemas import Message as ChatMessage
from server.planning.tools import ToolTurn, call_schema, conversation
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.generation.sequence import Constraint
from tlpo_guard.intent import Intent, Message, expected_language
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.registry import BASE, AdapterRegistry

__all__ = ["Plan", "Planner", "Prompt"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt.

    Attributes:
        asked: what the user wrote, as far as it is known as text.
    """

    ids: list[int]
    asked: str
    policy: GuardPolicy
    intent: Intent


@dataclass(frozen=True, slots=True)
class Plan:
    """What one request wants generated.

    Attributes:
        endpoint: `chat`, `completions` or `responses`.
        key: name of the API key.
        pinned: adapter version; None for the current one.
        n: answers to each prompt.
        top_logprobs: None for no log-probabilities.
        constraint: makes the form that each answer has to have.
    """

    endpoint: str
    key: str
    user: str | None
    model: str
    pinned: str | None
    prompts: tuple[Prompt, ...]
    n: int
    params: SamplingParams
    max_new_tokens: int
    stops: tuple[str, ...] = ()
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    logit_bias: tuple[tuple[int, float], ...] = ()
    top_logprobs: int | None = None
    constraint: Callable[[], Constraint] | None = None
    tools: ToolTurn | None = None

    @property
    def choices(self) -> int:
        """How many answers there will be."""
        return self.n * len(self.prompts)


class Planner:
    """Checks requests against one engine, registry and policy."""

    def __init__(
        self,
        engine: TransformersEngine,
        registry: AdapterRegistry,
        *,
        policy: GuardPolicy,
        default_max_tokens: int,
        max_n: int,
        max_choices: int,
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._policy = policy
        self._default_max_tokens = default_max_tokens
        self._max_n = max_n
        self._max_choices = max_choices
        self._template = str(getattr(engine.loaded.tokenizer, "chat_template", "") or "")
        self._grammar = GrammarCompiler(engine.loaded.tokenizer, engine.vocabulary_size, engine.eos_token_ids)

    def chat(self, body: ChatRequest, key: Key) -> Plan:
        """The plan of a chat request.

        Raises:
            ApiError: what cannot be served; names the field.
        """
        tools = self._tools(body)
        schema = self._forced_call(body) if tools is not None and tools.forced else None
        ids = self.chat_ids(body.messages, body)
        prompt = self._prompt(ids, body.messages, body.guard, key, answer_proper=schema is None)
        asked = ("max_completion_tokens", body.max_completion_tokens) if body.max_completion_tokens else None
        plan = self._plan("chat", body, key, (prompt,), "messages", asked)
        return replace(
            plan,
            top_logprobs=(body.top_logprobs or 0) if body.logprobs else None,
            constraint=schema or self._form(body),
            tools=tools,
            user=body.user or body.safety_identifier,
        )

    def completions(self, body: CompletionRequest, key: Key) -> Plan:
        """The plan of a legacy completion; raises ApiError."""
        given: Any = body.prompt
        several = isinstance(given, list) and not isinstance(given[0], int)
        prompts = [self._completion_prompt(one, body.guard, key) for one in (given if several else [given])]
        plan = self._plan("completions", body, key, tuple(prompts), "prompt", None)
        return replace(plan, top_logprobs=body.logprobs)

    def responses(self, body: ResponsesRequest, key: Key) -> Plan:
        """The plan of a `/v1/responses` request; raises ApiError."""
        messages = [] if body.instructions is None else [ChatMessage(role="system", content=body.instructions)]
        if isinstance(body.input, str):
            messages.append(ChatMessage(role="user", content=body.input))
        else:
            messages += [ChatMessage(role=item.role, content=item.content) for item in body.input]
        form = None if body.text is None else body.text.format
        chat = ChatRequest(
            model=body.model,
            messages=messages,
            temperature=body.temperature,
            top_p=body.top_p,
            top_k=body.top_k,
            seed=body.seed,
            user=body.user or body.safety_identifier,
            guard=body.guard,
        )
        ids = self.chat_ids(messages, chat)
        asked = ("max_output_tokens", body.max_output_tokens) if body.max_output_tokens else None
        plan = self._plan("responses", chat, key, (self._prompt(ids, messages, body.guard, key),), "input", asked)
        if form is None or form.type == "text":
            return plan
        schema = None if isinstance(form, JsonObjectFormat) else getattr(form, "schema_", None)
        return replace(plan, constraint=self._constraint(schema, "text.format.schema"))

    def chat_ids(
        self, messages: Sequence[ChatMessage], body: ChatRequest | None = None, *, open_answer: bool = True
    ) -> list[int]:
        """Token ids of a conversation, as the model sees it; raises ApiError."""
        tokenizer = self._engine.loaded.tokenizer
        if not self._template:
            raise ApiError(
                400, "this model has no chat template; use /v1/completions", param="messages", code="no_template"
            )
        tools = [] if body is None or body.tool_choice == "none" else list(body.tools or ())
        turns = conversation(messages, tools, self._template)
        known: Any = (
            [tool.model_dump(exclude_none=True) for tool in tools] if tools and "tools" in self._template else None
        )
        try:
            text: Any = tokenizer.apply_chat_template(
                turns, tools=known, add_generation_prompt=open_answer, tokenize=False
            )
        except Exception as exc:  # templates refuse conversations by raising whatever they like
            raise ApiError(400, f"messages do not fit the model's chat template: {exc}", param="messages") from exc
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])

    def check_model(self, name: str) -> str | None:
        """The adapter version that a model's name pins.

        Raises:
            ApiError: a model or version that is not served here.
        """
        served = self._engine.loaded.name
        if name == served:
            return None
        if name.startswith(f"{served}@"):
            version = name.removeprefix(f"{served}@")
            if version == BASE or any(v.name == version and not v.damage for v in self._registry.list()):
                return version
        message = f"model {name[:80]!r} is not served here; use {served!r}, or one of its versions from /v1/models"
        raise ApiError(404, message, param="model", code="model_not_found")

    def _plan(
        self,
        endpoint: str,
        body: GenerationRequest,
        key: Key,
        prompts: tuple[Prompt, ...],
        where: str,
        asked: tuple[str, int] | None,
    ) -> Plan:
        n = body.n or 1
        if n > self._max_n:
            raise ApiError(400, f"n is {n}; this server allows {self._max_n}", param="n", code="invalid_value")
        if n * len(prompts) > self._max_choices:
            message = f"{n * len(prompts)} answers at once; this server runs {self._max_choices}"
            raise ApiError(400, message, param="n" if n > 1 else where, code="invalid_value")
        if asked is None and body.max_tokens is not None:
            asked = ("max_tokens", body.max_tokens)
        top_p, temperature = body.top_p, body.temperature
        return Plan(
            endpoint=endpoint,
            key=key.name,
            user=body.user,
            model=body.model,
            pinned=self.check_model(body.model),
            prompts=prompts,
            n=n,
            params=SamplingParams(
                1.0 if temperature is None else temperature, 1.0 if top_p is None else top_p, body.top_k, body.seed
            ),
            max_new_tokens=min(self._budget(prompt.ids, where, asked) for prompt in prompts),
            stops=body.stops,
            presence_penalty=body.presence_penalty or 0.0,
            frequency_penalty=body.frequency_penalty or 0.0,
            logit_bias=tuple(self._bias(body)),
        )

    def _bias(self, body: GenerationRequest) -> list[tuple[int, float]]:
        out = []
        for token_id, value in (body.logit_bias or {}).items():
            if not token_id.isascii() or not token_id.isdigit() or int(token_id[:12]) >= self._engine.vocabulary_size:
                message = f"logit_bias names {token_id[:20]!r}; token ids are 0 to {self._engine.vocabulary_size - 1}"
                raise ApiError(400, message, param="logit_bias", code="invalid_value")
            out.append((int(token_id), value))
        return out

    def _budget(self, ids: list[int], where: str, asked: tuple[str, int] | None) -> int:
        room = self._engine.context_length - len(ids)
        if not ids:
            raise ApiError(400, f"{where} holds no tokens", param=where, code="invalid_value")
        if room < 1:
            message = f"{where} takes {len(ids)} tokens; the context holds {self._engine.context_length}"
            raise ApiError(400, message, param=where, code="context_length_exceeded")
        if asked is None:
            return min(self._default_max_tokens, room)
        field, wanted = asked
        if wanted > room:
            message = f"{field} is {wanted}; after the prompt's {len(ids)} tokens the context has room for {room}"
            raise ApiError(400, message, param=field, code="context_length_exceeded")
        return wanted

    def _completion_prompt(self, given: str | list[int], own: GuardOptions | None, key: Key) -> Prompt:
        tokenizer: Any = self._engine.loaded.tokenizer
        if isinstance(given, str):
            ids, text = list(tokenizer(given)["input_ids"]), given
        else:
            if max(given) >= self._engine.vocabulary_size:
                message = f"prompt holds the token id {max(given)}; ids are 0 to {self._engine.vocabulary_size - 1}"
                raise ApiError(400, message, param="prompt", code="invalid_value")
            ids, text = list(given), str(tokenizer.decode(given, skip_special_tokens=True))
        return self._judged(ids, [Message("user", text)], text, own, key)

    def _prompt(
        self,
        ids: list[int],
        messages: Sequence[ChatMessage],
        own: GuardOptions | None,
        key: Key,
        *,
        answer_proper: bool = True,
    ) -> Prompt:
        talk = [Message(m.role, m.text) for m in messages if m.role != "tool"]
        asked = "\n".join(m.text for m in messages)
        return self._judged(ids, talk, asked, own, key, answer_proper=answer_proper)

    def _judged(
        self,
        ids: list[int],
        messages: Sequence[Message],
        asked: str,
        own: GuardOptions | None,
        key: Key,
        *,
        answer_proper: bool = True,
    ) -> Prompt:
        own = own or GuardOptions()
        intent = expected_language(own.languages or (), key.languages or self._policy.languages, messages)
        policy = replace(
            self._policy,
            mode=_first(own.mode, key.guard_mode, self._policy.mode) if answer_proper else Mode.OFF,
            languages=intent.languages,
            allow_english=_first(own.allow_english, key.allow_english, self._policy.allow_english),
            allow_hanja=_first(own.allow_hanja, key.allow_hanja, self._policy.allow_hanja),
            scripts_too=tuple(own.scripts or ()),
            reasoning=bool(own.reasoning),
        )
        return Prompt(ids, asked, policy, intent)

    def _tools(self, body: ChatRequest) -> ToolTurn | None:
        if not body.tools or body.tool_choice == "none":
            return None
        forced = body.tool_choice == "required" or isinstance(body.tool_choice, NamedTool)
        return ToolTurn(tuple(body.tools), forced, body.parallel_tool_calls is not False)

    def _forced_call(self, body: ChatRequest) -> Callable[[], Constraint]:
        assert body.tools is not None
        schema = call_schema(body.tools, body.tool_choice)
        if not schema["anyOf"]:
            raise ApiError(400, "tool_choice names a function that is not among tools", param="tool_choice")
        return self._constraint(schema, "tools")

    def _form(self, body: ChatRequest) -> Callable[[], Constraint] | None:
        if isinstance(body.response_format, JsonObjectFormat):
            return self._constraint(None, "response_format")
        if isinstance(body.response_format, JsonSchemaFormat):
            return self._constraint(body.response_format.json_schema.schema_, "response_format")
        return None

    def _constraint(self, schema: dict[str, Any] | None, param: str) -> Callable[[], Constraint]:
        try:
            self._grammar.json_schema(schema)
        except ConfigurationError as exc:
            raise ApiError(400, f"{param}: {exc}", param=param, code="invalid_schema") from exc
        return lambda: self._grammar.json_schema(schema)


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)
