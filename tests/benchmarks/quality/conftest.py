from tests.distill.conftest import gentle_llama, small_llama, vocabulary

__all__ = ["gentle_llama", "small_llama", "vocabulary"]
