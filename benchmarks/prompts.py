"""Prompts of the benchmarks: those of the tour, and such in other languages with Latin letters."""

from itertools import product

from tlpo_guard.tour.prompts import held_out_prompts, training_prompts

__all__ = ["held_out_prompts", "latin_prompts", "training_prompts"]

_LATIN = {
    "es": (
        ["dormir mejor", "ahorrar agua en casa", "aprender a tocar la guitarra", "preparar una entrevista de trabajo",
         "cuidar un huerto pequeño", "leer más libros", "organizar un viaje en tren", "cocinar lentejas"],
        ["¿Cuál es la mejor manera de {}?", "Dame tres consejos para {}.", "¿Por qué vale la pena {}?"],
    ),
    "de": (
        ["besser zu schlafen", "zu Hause Wasser zu sparen", "Gitarre zu lernen", "sich auf ein Gespräch vorzubereiten",
         "einen kleinen Garten zu pflegen", "mehr Bücher zu lesen", "eine Bahnreise zu planen", "Linsen zu kochen"],
        ["Was ist der beste Weg, {}?", "Gib mir drei Ratschläge, um {}.", "Warum lohnt es sich, {}?"],
    ),
    "fr": (
        ["mieux dormir", "économiser l'eau à la maison", "apprendre la guitare", "préparer un entretien d'embauche",
         "entretenir un petit potager", "lire davantage", "organiser un voyage en train", "cuisiner des lentilles"],
        ["Quelle est la meilleure façon de {} ?", "Donne-moi trois conseils pour {}.", "Pourquoi vaut-il la peine de {} ?"],
    ),
    "en": (
        ["sleep better", "save water at home", "learn to play the guitar", "prepare for a job interview",
         "look after a small garden", "read more books", "plan a journey by train", "cook lentils"],
        ["What is the best way to {}?", "Give me three tips to {}.", "Why is it worth the trouble to {}?"],
    ),
}  # fmt: skip


def latin_prompts(language: str) -> list[str]:
    """Prompts in a language of the Latin script; `es`, `de`, `fr` or `en`."""
    topics, questions = _LATIN[language]
    return [question.format(topic) for topic, question in product(topics, questions)]
