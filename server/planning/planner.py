"""From a request's body to what has to be generated. Everything that is wrong with a request shows here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from server.engines.engine import Engine
from server.errors import ContextLengthError, InvalidRequestError, RefusalError
from server.generation.calls import ToolTurn
from server.generation.plan import Endpoint, Plan, Prompt, Reasoning
from server.planning.encoding import PromptEncoder
from server.planning.forms import chat_form, marks_in_grammar, requested_form
from server.planning.guarding import PolicyChooser
from server.planning.penalties import PenaltyReader
from server.planning.reasoning import opened_reasoning, reasoning_openings, template_options
from server.planning.response_chat import as_chat, in_own_words, own_field
from server.planning.schemas import (
    ChatRequest,
    CompletionRequest,
    DetokenizeRequest,
    GenerationRequest,
    NamedTool,
    ResponsesRequest,
    TokenizeRequest,
)
from server.planning.schemas import Message as ChatMessage
from server.planning.versions import NamedVersions
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.guard.begun import begun_ids
from tlpo_guard.guard_options import GuardOptions
from tlpo_guard.intent import Message
from tlpo_guard.keys import Key
from tlpo_guard.policy import GuardPolicy

__all__ = ["Planner"]

_LEGACY_TOKENS = 16  # of a legacy completion that does not say, as OpenAI's reference has it


@dataclass(frozen=True, slots=True)
class _Length:
    """How long an answer is to be, and the field that says so."""

    field: str
    tokens: int


def _length(field: str, tokens: int | None) -> _Length | None:
    return None if tokens is None else _Length(field, tokens)


class Planner:
    """Checks requests against one engine, its versions and a policy.

    Args:
        default_max_tokens: length of an answer to a request that does not say.
        max_n: answers to one prompt.
        max_choices: answers to one request.
    """

    def __init__(
        self,
        engine: Engine,
        versions: NamedVersions,
        *,
        policy: GuardPolicy,
        default_max_tokens: int,
        max_n: int,
        max_choices: int,
    ) -> None:
        self._engine = engine
        self._versions = versions
        self._encoder = PromptEncoder(engine)
        self._call_marks = marks_in_grammar(engine.tokenizer)
        self._policies = PolicyChooser(policy)
        self._penalties = PenaltyReader(engine.card)
        self._default_max_tokens = default_max_tokens
        self._max_n = max_n
        self._max_choices = max_choices

    def choices(self, body: ChatRequest | CompletionRequest) -> int:
        """How many answers a request wants, without looking into its text.

        Raises:
            InvalidRequestError: too many.
        """
        prompts = body.prompts if isinstance(body, CompletionRequest) else ()
        n, where = body.n or 1, "prompt" if body.n in (None, 1) else "n"
        if n > self._max_n:
            message = f"n is {n}; this server allows {self._max_n}"
            raise InvalidRequestError(message, param="n", code="invalid_value")
        wanted = n * max(1, len(prompts))
        if wanted > self._max_choices:
            message = f"{wanted} answers at once; this server runs {self._max_choices}"
            raise InvalidRequestError(message, param=where, code="invalid_value")
        return wanted

    def chat(self, body: ChatRequest, key: Key) -> Plan:
        """The plan of a chat request.

        Raises:
            RefusalError: what cannot be served; names the field.
        """
        tools = _tool_turn(body)
        form = chat_form(body, tools, self._call_marks)
        forced = tools is not None and tools.forced
        shown = [] if body.tool_choice == "none" else list(body.tools or ())
        options = template_options(body, self._engine.tokenizer.chat_template)
        go_on = bool(body.continue_final_message)
        length = _length("max_completion_tokens", body.max_completion_tokens)
        ids = self._encoder.conversation(
            body.messages, shown, open_answer=body.opens_answer, go_on=go_on, options=options
        )
        ids = self._cut(ids, body, length)
        prompt = self._prompt(ids, body.messages, "messages", body.guard, key, guarded=not forced)
        opened = opened_reasoning(self._engine, ids)
        openings = frozenset() if form is None or opened else reasoning_openings(self._engine, ids)
        begun = begun_ids(self._engine.vocabulary, ids, body.last_words) if go_on else ()
        prompt = replace(prompt, text=body.last_words, begun=begun, opened=opened, openings=openings)
        plan = self._plan(Endpoint.CHAT, body, key, (prompt,), "messages", length)
        return replace(
            plan,
            top_logprobs=(body.top_logprobs or 0) if body.logprobs else None,
            form=form,
            reasoning=Reasoning.LEFT_OUT if body.include_reasoning is False else Reasoning.APART,
            tools=tools,
            user=body.user or body.safety_identifier,
        )

    def completions(self, body: CompletionRequest, key: Key) -> Plan:
        """The plan of a legacy completion; raises RefusalError."""
        self._encoder.check_size(body.prompts, "prompt")
        length = _Length("max_tokens", _LEGACY_TOKENS) if body.max_tokens is None else None
        prompts = [self._completion_prompt(one, body, length, key) for one in body.prompts]
        plan = self._plan(Endpoint.COMPLETIONS, body, key, tuple(prompts), "prompt", length)
        return replace(plan, top_logprobs=body.logprobs, form=requested_form(body))

    def responses(self, body: ResponsesRequest, key: Key) -> Plan:
        """The plan of a `/v1/responses` request; raises RefusalError."""
        try:
            plan = self.chat(as_chat(body), key)
        except RefusalError as exc:
            raise in_own_words(exc) from exc
        form = None if plan.form is None else replace(plan.form, param=own_field(plan.form.param))
        return replace(plan, endpoint=Endpoint.RESPONSES, form=form)

    def tokens(self, body: TokenizeRequest, key: Key) -> list[int]:
        """Token ids of a text or a conversation; raises RefusalError."""
        if body.model is not None:
            self._versions.pinned(body.model, key)
        if body.messages is not None:
            opens = not body.continue_final_message and body.add_generation_prompt is not False
            go_on, options = bool(body.continue_final_message), body.chat_template_kwargs
            return self._encoder.conversation(body.messages, open_answer=opens, go_on=go_on, options=options)
        self._encoder.check_size([body.prompt or ""], "prompt")
        return self._encoder.text(body.prompt or "", add_special_tokens=body.add_special_tokens)

    def detokenized(self, body: DetokenizeRequest, key: Key) -> str:
        """The text of some token ids; raises RefusalError."""
        if body.model is not None:
            self._versions.pinned(body.model, key)
        return self._encoder.decoded(body.tokens)

    def _plan(
        self,
        endpoint: Endpoint,
        body: GenerationRequest,
        key: Key,
        prompts: tuple[Prompt, ...],
        where: str,
        length: _Length | None,
    ) -> Plan:
        n = body.n or 1
        length = length or _length("max_tokens", body.max_tokens)
        top_p, temperature = body.top_p, body.temperature
        most = min(self._budget(prompt.ids, where, length) for prompt in prompts)
        return Plan(
            endpoint=endpoint,
            key=key.name,
            user=body.user,
            model=body.model,
            pinned=self._versions.pinned(body.model, key),
            prompts=prompts,
            n=n,
            params=SamplingParams(
                1.0 if temperature is None else temperature,
                1.0 if top_p is None else top_p,
                body.tokens_kept,
                body.seed,
                body.min_p or 0.0,
            ),
            max_new_tokens=most,
            stops=body.stops,
            penalties=self._penalties.of(body, most),
            stop_token_ids=frozenset(body.stop_token_ids or ()),
            min_tokens=body.min_tokens or 0,
            with_stop=bool(body.include_stop_str_in_output),
            echo=bool(body.echo),
            token_ids=bool(body.return_token_ids),
            tokens_as_ids=bool(body.return_tokens_as_token_ids),
            prompt_logprobs=body.prompt_logprobs,
            special_tokens=body.skip_special_tokens is False,
        )

    def _budget(self, ids: list[int], where: str, length: _Length | None) -> int:
        room = self._encoder.room(ids, where)
        if length is None:
            return min(self._default_max_tokens, room)
        if length.tokens > room:
            why = f"{length.field} is {length.tokens} behind a prompt of {len(ids)}; at most {room} fit"
            raise ContextLengthError(self._engine.card.context_length, why, param=length.field)
        return length.tokens

    def _cut(self, ids: list[int], body: GenerationRequest, length: _Length | None) -> list[int]:
        """The last tokens of a prompt, as many as the request says; as fit where it says -1."""
        most = body.truncate_prompt_tokens
        if not most:
            return ids
        wanted = length or _length("max_tokens", body.max_tokens)
        if most < 0:
            most = self._engine.card.context_length - (1 if wanted is None else wanted.tokens)
        return ids[-max(most, 1) :]

    def _completion_prompt(
        self, given: str | list[int], body: CompletionRequest, length: _Length | None, key: Key
    ) -> Prompt:
        ids, text = self._encoder.completion(given)
        ids = self._cut(ids, body, length)
        self._encoder.room(ids, "prompt")  # before anything reads a text that is too long to be answered
        prompt = self._policies.prompt(ids, [Message("user", text)], body.guard, key)
        return replace(prompt, text=text if isinstance(given, str) else self._encoder.decoded(ids))

    def _prompt(
        self,
        ids: list[int],
        messages: Sequence[ChatMessage],
        where: str,
        options: GuardOptions | None,
        key: Key,
        *,
        guarded: bool = True,
    ) -> Prompt:
        self._encoder.room(ids, where)
        talk = [Message(m.role, m.text) for m in messages]
        return self._policies.prompt(ids, talk, options, key, guarded=guarded)


def _tool_turn(body: ChatRequest) -> ToolTurn | None:
    if not body.tools or body.tool_choice == "none":
        return None
    forced = body.tool_choice == "required" or isinstance(body.tool_choice, NamedTool)
    names = frozenset(tool.function.name for tool in body.tools)
    bare = body.response_format is None or body.response_format.type == "text"
    return ToolTurn(names, forced, body.parallel_tool_calls is not False, bare=bare and not body.forms_asked_for)
