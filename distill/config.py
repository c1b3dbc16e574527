"""Settings of a distillation: flags win over TLPO_GUARD_DISTILL_* variables, those over the TOML file's `[distill]`, that over
the defaults."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from distill.recipes import RECIPES, Recipe
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.settings import PREFIX, config_file

__all__ = [
    "Anchors",
    "DistillConfig",
    "Evaluation",
    "GateConfig",
    "LoraSettings",
    "Notification",
    "RolloutSettings",
    "Selection",
    "Training",
    "load_config",
]

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Selection(_Part):
    """Which events are used."""

    min_events: Count = 32
    """Usable points below which nothing is trained."""
    max_points: Count = 20_000
    """Training points of a run."""
    max_held_out: Count = 512
    """Points kept for the gate."""
    max_per_token: Count = 512
    """Points of one drifting token in one language."""
    max_per_request: Count = 32
    """Points of one request."""
    max_language_share: Share = 0.5
    """Share of what is there that one language may have where there are several, regions and scripts of it together."""
    max_key_share: Share = 0.5
    """The same of one API key."""
    max_user_share: Share = 0.25
    """The same of one user; all of a key's requests that name none are one user's."""
    max_per_prompt: Count = 32
    """Points of one prompt that come from one API key."""
    biased_weight: Share = 0.1
    """Weight in the draw of points whose request had moved the logits, by a bias or penalties, against that of others."""
    max_biased_share: Share = 0.1
    """Share of what is there that such points may have where there are others."""
    min_confidence: Share = 0.5
    """Of the decision for the expected language; events below are left out."""
    max_tokens: Count = 2048
    """Longest context; what is longer is left out."""
    held_out_share: Share = 0.2
    """Share of the requests kept for the gate, by a hash of their id."""


class LoraSettings(_Part):
    """PEFT's LoRA settings of a new adapter."""

    rank: Count = 16
    alpha: Annotated[float, Field(gt=0)] | None = None
    """None is twice the rank."""
    target_modules: str | list[str] = "all-linear"
    last_layers: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """Share of the layers, from the top, that get an adapter; below them nothing is computed backwards."""
    dropout: Share = 0.0
    use_dora: bool = False
    use_rslora: bool = False


class Training(_Part):
    """TLPO's and the optimizer's settings."""

    objective: Literal["tlpo", "admissible"] = "tlpo"
    """Of the points. `tlpo` is the paper's loss. `admissible` raises the mass of the tokens that may stand where letters alone
    tell which, without candidates, look-ahead and reference; where words decide, it is TLPO, too."""
    point_weight: Annotated[float, Field(gt=0)] = 5.0
    """Of the points' loss, against that of the anchors."""
    max_steps: Count = 12
    """Points of the log that these do not hold are left to the next run."""
    points_per_step: Count = 48
    """Confusion points of an optimizer step, of `num_candidates` each."""
    batch_size: Count = 8
    """Sequences held in memory at once."""
    learning_rate: Annotated[float, Field(ge=0)] = 4e-4
    num_candidates: Annotated[int, Field(ge=2)] = 16
    look_ahead: Annotated[int, Field(ge=0)] = 3
    """Tokens that each candidate is extended by where its letters tell whether it drifts."""
    look_ahead_words: Annotated[int, Field(ge=0)] = 6
    """The same where words decide, of which a few tokens tell little."""
    temperature: Annotated[float, Field(gt=0)] = 0.6
    """Of the policy whose candidates are explored and trained; the paper explores at 1."""
    clip: Annotated[float, Field(gt=0, lt=1)] = 0.2
    kl_beta: Annotated[float, Field(ge=0)] = 0.002
    """The paper's 0.04 halts the training of a LoRA adapter at two fifths of the confusion; the anchors bound the rest."""
    tail: bool = True
    """Whether all drifting tokens beyond the candidates count as one more candidate; the paper leaves them out."""
    event_mass: Share = 0.015
    """Confusion mass under today's policy below which a point teaches nothing any more."""
    gradient_checkpointing: bool = False
    bf16: bool = False
    save_steps: Count = 4
    """Optimizer steps between two checkpoints."""
    report_to: str = "none"


class Anchors(_Part):
    """Answers of the base model that training holds the policy to, so that only the confusion changes."""

    weight: Annotated[float, Field(ge=0)] = 1.0
    """Of KL(base || policy) over their tokens, per nat; 0 is the paper's objective alone."""
    answers: Count = 48
    """Clean answers to training prompts; a fixed set of English ones comes on top."""
    draws: Count = 4
    """Clean answers to each prompt, of which one that ended is taken: most are cut before they end."""
    requests: Annotated[int, Field(ge=0)] = 40
    """Answers to training prompts with a request for English or Chinese."""
    per_batch: Count = 3
    """Answers in each batch, one of them ended if any has."""
    end_weight: Annotated[float, Field(gt=0)] = 15.0
    """Of the token that ends an answer, against its others."""
    request_weight: Annotated[float, Field(gt=0)] = 5.0
    """Of the first token of an English answer or one by request, against its others: it decides the language."""
    max_new_tokens: Count = 64


class RolloutSettings(_Part):
    """Fresh answers to logged prompts, as in the paper, whose confusion points are trained on."""

    per_prompt: Annotated[int, Field(ge=0)] = 0
    """Answers to each prompt in a round; 0 trains on logged events alone."""
    prompts: Count = 64
    """Most prompts of a round."""
    max_new_tokens: Count = 48
    temperature: Annotated[float, Field(gt=0)] = 0.6
    file: Path | None = None
    """JSONL of prompts, `prompt` or `messages` and `language`, that are answered in place of a log's; None takes the log."""
    template_options: dict[str, bool | int | str] = {}
    """For the chat template in which the file's prompts are put, where a model's template has some."""
    alone: bool = False
    """Whether only these points are trained on, as in the paper, and not the logged ones beside them."""


class GateConfig(_Part):
    """How much must improve, and how much harm is tolerated."""

    min_relative_confusion_drop: Share = 0.3
    """Least fall of the held-out confusion mass, relative to before."""
    max_perplexity_rise: Annotated[float, Field(ge=0)] = 0.02
    """Most rise of the perplexity of clean completions, relative to before."""
    max_perplexity_rise_over_base: Annotated[float, Field(ge=0)] = 0.03
    """Most rise of it relative to the base model: many runs may not add up to what one may not do."""
    max_length_change: Annotated[float, Field(ge=0)] = 0.25
    """Most change of the mean answer length, relative to before, either way."""
    max_english_kl: Annotated[float, Field(ge=0)] = 0.05
    """Most drift from the base model on English answers, nats a token."""
    max_pass_rate_drop: Annotated[float, Field(ge=0)] = 5.0
    """Most fall of the response pass rate in any language, percentage points."""
    max_confusion_rise: Share = 0.01
    """Most rise of the confusion mass in any language of the operator's prompts."""
    max_watched_perplexity_rise: Annotated[float, Field(ge=0)] = 0.1
    """Most rise of the perplexity of clean answers to them in any language, relative to before."""
    max_unseen_kl: Annotated[float, Field(ge=0)] = 0.05
    """Most drift from the base model on these answers, nats a token, all languages together."""
    max_end_rate_drop: Share = 0.1
    """Most fall of the share of sampled answers that end by themselves, beyond what chance does."""
    max_end_drop: Share = 0.15
    """Most fall of the probability of ending where the base model ends its answers, relative to before."""
    max_distinct_drop: Share = 0.05
    """Most fall of the share of different 4-grams in an answer."""
    max_relevance_drop: Annotated[float, Field(ge=0)] = 0.2
    """Most fall of how much answers belong to their prompts, nats a token, beyond what chance does."""
    max_accuracy_drop: Annotated[float, Field(ge=0)] = 0.02
    """Most fall of the accuracy on multiple-choice questions, where some are given."""


class Evaluation(_Part):
    """What is measured before and after."""

    prompts_per_language: Count = 12
    """Held-out prompts answered in each language."""
    answers_per_prompt: Count = 4
    """Answers to each, sampled and judged."""
    max_new_tokens: Count = 32
    temperature: Annotated[float, Field(gt=0)] = 0.6
    """Of these answers, and at which confusion mass is measured."""
    prompts: Path | None = None
    """JSONL of the operator's own prompts: `prompt` or `messages`, and `language`; None takes a set in 20 languages."""
    watched_per_language: Annotated[int, Field(ge=0)] = 6
    """How many of these are measured on in each language; 0 measures on none."""
    watched_tokens: Count = 16
    """Length of the answers to them."""
    ended_answers: Annotated[int, Field(ge=0)] = 48
    """Most answers of the base model, to all of these prompts, at whose ends is measured whether a model would end, too."""
    ended_tokens: Count = 64
    """Longest of them."""
    questions: Path | None = None
    """JSONL of multiple-choice questions: `question`, `choices`, `answer` (index)."""
    lm_eval_tasks: list[str] = []
    """Tasks of lm-evaluation-harness, where it is installed: names, or paths of YAML files with data of one's own."""
    lm_eval_chat_template: bool = True
    """Whether they are asked with the model's chat template, where it has one."""


class Notification(_Part):
    """Who is told how a run ended."""

    webhook: str | None = None
    """URL that gets the report as JSON by POST."""
    command: str | None = None
    """Program, with arguments, that gets the report as JSON on standard input; no shell."""
    timeout_seconds: Annotated[float, Field(gt=0)] = 30.0


class _RecipeSource(PydanticBaseSettingsSource):
    """The settings of the recipe that the sources before it have named."""

    def __call__(self) -> dict[str, Any]:
        return RECIPES.get(self.current_state.get("recipe", "default"), {})

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Of no use: the whole table is given at once."""
        return None, field_name, False


class DistillConfig(BaseSettings):
    """Settings of one run.

    Attributes:
        recipe: settings that go together, below all that is set by itself: `default`, or `paper` for the TLPO paper's.
        model: name, folder or file; None takes the one named in the newest event.
        from_base: train a new adapter over all history instead of going on with the current one over new events.
        seed: of the weights, the order and the evaluation.
        time_budget_minutes: of work, after which training ends and the gate decides on what there is; None for no limit. Events
            that no step has held are the next run's.
        lease_seconds: how long the lock of a run outlives its last sign of life on another host.
        registry: folder or fsspec URL of the adapter registry; None is the server's setting, or `adapters` in the data folder.
    """

    model_config = SettingsConfigDict(
        env_prefix=f"{PREFIX}DISTILL_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    recipe: Recipe = "default"
    model: str | None = None
    from_base: bool = False
    seed: int = 0
    time_budget_minutes: Annotated[float, Field(gt=0)] | None = None
    lease_seconds: Annotated[float, Field(gt=0)] = 120.0
    registry: str | None = None
    selection: Selection = Selection()
    training: Training = Training()
    lora: LoraSettings = LoraSettings()
    anchors: Anchors = Anchors()
    rollouts: RolloutSettings = RolloutSettings()
    evaluation: Evaluation = Evaluation()
    gate: GateConfig = GateConfig()
    notify: Notification = Notification()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        table = InitSettingsSource(settings_cls, _table(config_file()))
        return init_settings, env_settings, table, _RecipeSource(settings_cls)


def _table(file: Path | None) -> dict[str, Any]:
    """The table `[distill]` of the file that the server reads, too."""
    if file is None:
        return {}
    table = tomllib.loads(file.read_text(encoding="utf-8")).get("distill", {})
    if not isinstance(table, dict):
        raise ConfigurationError(f"{file}: `distill` must be a table, written [distill]")
    return table


def load_config(flags: Mapping[str, Any]) -> DistillConfig:
    """The settings in force.

    Args:
        flags: by dotted name (`training.max_steps`); one that is None was not given.

    Raises:
        ConfigurationError: naming the setting that cannot be used, or the TOML file that cannot be read.
    """
    given: dict[str, Any] = {}
    for name, value in flags.items():
        if value is not None:
            *parents, leaf = name.split(".")
            table = given
            for parent in parents:
                table = table.setdefault(parent, {})
            table[leaf] = value
    try:
        return DistillConfig(**given)
    except ValidationError as exc:
        raise ConfigurationError("; ".join(_problem(error) for error in exc.errors())) from exc
    except (SettingsError, OSError, ValueError) as exc:
        if isinstance(exc, ConfigurationError):
            raise
        raise ConfigurationError(f"{config_file() or 'the settings'} cannot be read: {exc}") from exc


def _problem(error: Any) -> str:
    where = ".".join(map(str, error["loc"])) or "settings"
    return f"distill.{where} is {error['input']!r}: {error['msg'].removeprefix('Value error, ')}"
