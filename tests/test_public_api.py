"""What others may build on: these modules, and in each these names."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PUBLIC = {
    "tlpo_guard": "AdapterRegistry Answer DriftDetector GuardPolicy Intent Message Mode Scanner TlpoGuardError"
    " VocabularyIndex expected_language",
    "tlpo_guard.errors": "AdapterNotFoundError ConfigurationError DistillationError EventNotFoundError LeaseHeldError"
    " ModelError RegistryError StoreError TlpoGuardError TooFewEventsError UnknownLanguageError",
    "tlpo_guard.events.log": "Deleted EventFilters EventLog EventSink EventStats LONGEST_PAGE Schedules Tally TallyLog"
    " TrainingLog",
    "tlpo_guard.events.opening": "EventStore open_store",
    "tlpo_guard.events.record": "Candidate Event EventSketch",
    "tlpo_guard.generation.draws": "Draws SamplingParams",
    "tlpo_guard.generation.masking": "MaskReport RowMasker RowPolicies masked_rows",
    "tlpo_guard.generation.sampler": "Sampler",
    "tlpo_guard.generation.sequence": "Constraint ConstraintError Logprobs SampledSequence Step",
    "tlpo_guard.guard.build": "build_guard",
    "tlpo_guard.guard.detector": "BLOCKED DETECTOR_VERSION DRIFTS DriftDetector ScriptRules Verdicts",
    "tlpo_guard.guard.guard": "Guard",
    "tlpo_guard.guard.points": "Action EventDraft Kind NUM_CANDIDATES",
    "tlpo_guard.guard.state": "Repair SequenceState",
    "tlpo_guard.integrations.transformers": "GuardedSampler LanguageGuardLogitsProcessor",
    "tlpo_guard.integrations.vllm": "GuardMiddleware",
    "tlpo_guard.intent": "Claim DecidedBy Intent Message Why expected_language message_of",
    "tlpo_guard.lcb": "Judgement Rates english_words judge rates",
    "tlpo_guard.models": "LoadedModel load_model load_tokenizer",
    "tlpo_guard.models.load": "LoadedModel load_model load_outline load_tokenizer model_source",
    "tlpo_guard.paper": "PaperRates WordCounts count_words paper_rates",
    "tlpo_guard.policy": "GuardPolicy Mode",
    "tlpo_guard.registry": "AdapterRegistry AdapterVersion BASE Canary EVENT_IDS PAGE Pointers StoredRegistry open_registry "
    "unreachable",
    "tlpo_guard.rewind": "ConfusionPoint ForeignTokens WordWatch",
    "tlpo_guard.scan": "Answer Drift DriftKind Scanned Scanner answers",
    "tlpo_guard.settings": "PREFIX Settings config_file load_settings store_location",
    "tlpo_guard.vocabulary.index": "VocabularyIndex",
    "distill": "DistillConfig DistillResult TLPOConfig TLPOTrainer run_distillation",
    "distill.tlpo.loss": "admissible_loss tlpo_advantages tlpo_kl tlpo_loss",
    "distill.tlpo.trainer": "TLPOConfig TLPOTrainer",
    "server.app": "create_app",
}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_module_has_these_names_and_no_others(name: str) -> None:
    module = import_module(name)
    assert sorted(module.__all__) == sorted(PUBLIC[name].split())
    for attribute in module.__all__:
        assert getattr(module, attribute) is not None


@pytest.mark.parametrize("name", ["tlpo_guard", "distill"])
def test_a_name_that_is_not_there_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'nonsense'"):
        _ = import_module(name).nonsense


def test_the_readme_imports_what_is_public() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    imports = [
        node
        for block in blocks
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.ImportFrom)
        and str(node.module).partition(".")[0] in ("tlpo_guard", "distill", "server")
    ]
    assert imports
    for node in imports:
        assert {alias.name for alias in node.names} <= set(PUBLIC[str(node.module)].split())
