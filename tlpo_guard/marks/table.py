"""The marks of today's models, as their chat templates write them."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["MARKS", "Content", "MarkPair"]


class Content(StrEnum):
    """What stands between marks."""

    REASONING = "reasoning"
    TOOL_CALL = "tool_call"


@dataclass(frozen=True, slots=True)
class MarkPair:
    """What opens and what closes a stretch that is not the answer.

    Attributes:
        content: what the stretch holds.
        opens: any of these begins it; a mark that has attributes is given as far as it is fixed.
        closes: any of these ends it; without any it runs to the end of the answer.
        head: ends what stands between the opening mark and the text, such as the name of a channel; empty for none.
        tells: those of `closes` that say by themselves that all before was reasoning: the template had opened it in the prompt.
    """

    content: Content
    opens: tuple[str, ...]
    closes: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    head: str = ""


def _reasoning(opens: str, closes: str) -> MarkPair:
    return MarkPair(Content.REASONING, (opens,), (closes,), (closes,))


def _tags(content: Content, *names: str) -> tuple[MarkPair, ...]:
    pairs = tuple((f"<{name}>", f"</{name}>") for name in names)
    told = content is Content.REASONING
    return tuple(MarkPair(content, (opens,), (closes,), (closes,) if told else ()) for opens, closes in pairs)


def _calls(opens: str, *closes: str) -> MarkPair:
    return MarkPair(Content.TOOL_CALL, (opens,), closes)


_FINAL = tuple(f"<|channel|>final{form}<|message|>" for form in ("", " json", " <|constrain|>json"))
_REASONING = (
    *_tags(
        Content.REASONING, "think", "thinking", "reasoning", "thought", "seed:think", "longcat_think", "scratch_pad"
    ),
    _reasoning("[THINK]", "[/THINK]"),  # Mistral
    _reasoning("◁think▷", "◁/think▷"),  # Kimi
    _reasoning("<|START_THINKING|>", "<|END_THINKING|>"),  # Command
    _reasoning("<|begin_of_thought|>", "<|end_of_thought|>"),  # OpenThinker, Sky
    _reasoning("<|inner_prefix|>", "<|inner_suffix|>"),  # Apertus
    _reasoning("<|channel>", "<channel|>"),  # Gemma 4
    # Harmony, of gpt-oss: every channel but the final one, and the heads of messages
    MarkPair(
        Content.REASONING,
        opens=("<|start|>", "<|channel|>analysis", "<|channel|>commentary"),
        closes=(*_FINAL, "<|end|>", "<|call|>", "<|return|>"),
        tells=_FINAL,
        head="<|message|>",
    ),
)
_TOOL_CALLS = (
    # Qwen and Hermes, GLM, Granite, Olmo; Hunyuan and Jamba; Seed; MiniMax; LongCat; Nemotron
    *_tags(
        Content.TOOL_CALL,
        "tool_call",
        "tool_calls",
        "seed:tool_call",
        "minimax:tool_call",
        "longcat_tool_call",
        "TOOLCALL",
    ),
    *_tags(Content.TOOL_CALL, "function_call", "function_calls", "invoke", "tool", "tools"),
    _calls("<tool_call ", "</tool_call>"),
    _calls("<invoke ", "</invoke>"),
    _calls("<function=", "</function>"),  # Functionary, Qwen Coder
    _calls("[TOOL_CALLS]"),  # Mistral
    _calls("<|python_tag|>", "<|eom_id|>", "<|eot_id|>"),  # Llama 3
    _calls("<|python_start|>", "<|python_end|>"),  # Llama 4
    _calls("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"),  # DeepSeek
    _calls("<｜tool_calls_begin｜>", "<｜tool_calls_end｜>"),  # Step
    _calls("<｜DSML｜function_calls>", "</｜DSML｜function_calls>"),  # DeepSeek from 3.2 on
    _calls("<|tool_calls_section_begin|>", "<|tool_calls_section_end|>"),  # Kimi
    _calls("<|tool_call_begin|>", "<|tool_call_end|>"),
    _calls("<|tool_call_start|>", "<|tool_call_end|>"),  # LFM
    _calls("<|tool_call>", "<tool_call|>"),  # Gemma 4
    _calls("<|tool_call|>", "<|/tool_call|>"),  # Granite, Phi
    _calls("<|tools_prefix|>", "<|tools_suffix|>"),  # Apertus
    _calls("<|START_ACTION|>", "<|END_ACTION|>"),  # Command
    _calls("<|action_start|>", "<|action_end|>"),  # InternLM
)
MARKS: tuple[MarkPair, ...] = (*_REASONING, *_TOOL_CALLS)
