"""Parts of an answer that should be in a language of their own: "the summary field must be in Japanese"."""

from collections.abc import Iterator

from tlpo_guard.intent.clauses import COMMA, Group, groups
from tlpo_guard.intent.folding import fold, foldable
from tlpo_guard.intent.language_names import find_names
from tlpo_guard.intent.masking import without_code
from tlpo_guard.intent.surroundings import describes_a_noun
from tlpo_guard.intent.wording import wordings
from tlpo_guard.words.patterns import compiled

__all__ = ["STRUCTURED", "languages_of_parts"]

_NEAR = 60  # characters before a name in which the part is named
_MOST_WORDS = 80
_FORMATS = r"\b(?:json|ya?ml|csv|xml)\b"
_FIELDS = (
    r"\b(?:keys?|fields?|columns?|propert(?:y|ies)|schluessel|schlussel|feld\w*|spalten?|champs?"
    r"|cles?|colonnes?|campos?|claves?|columnas?"
    r"|colunas?|chaves?|campi|chiavi|colonne|velden|kolommen|sleutels|falt|kolumner|pol[ae]|klucz\w*|kolumn\w*"
    r"|alan\w*|sutun\w*|kolom)\b"
    r"|пол[яе]|ключ\w*|столб\w*|колонк\w*|キー|フィールド|列|필드|키|열|字段|键|欄位|حقل|حقول|مفاتيح|שדות|מפתחות"
)
# What a structured answer is called, and what it is made of.
STRUCTURED = rf"{_FORMATS}|{_FIELDS}"
_PARTS = (
    rf"{_FIELDS}|\b(?:values?|titles?|headings?|headlines?|subject line|summary|captions?|labels?|descriptions?|body"
    r"|names?|titel|uberschrift\w*|betreff|zusammenfassung|werte?|beschreibung\w*|titre|resume|valeurs?|titulo|resumen"
    r"|valor(?:es)?|titolo|riassunto|valor[ei]|resumo|veld|kolom|samenvatting|campo|champ|polu)\b"
    r"|заголов\w*|значени\w*|описани\w*|резюме|タイトル|値|見出し|要約|제목|값|요약|标题|標題|值|摘要|العنوان|כותרת"
)
_REQUIRED = (
    r"\b(?:must|should|shall|has to|have to|needs? to|ought to|soll\w*|muss\w*|doit|doivent|debe[n]?|tiene[n]? que|deve\w*"
    r"|devono|tem que|moet\w*|musi|ma byc|powin\w+|ska|maste|skal)\b"
    r"|долж\w+|нужно|必须|必須|应该|應該|应当|需要|要用|用|にして|書いて|すること|してください|とする"
    r"|해야|작성|써 ?줘|하세요|يجب|צריך|חייב"
)
_ALL = (
    r"\b(?:all|every|each|both|alle\w*|jede\w*|tou[st]\w*|chaque|tod[oa]s?|cada|tutt[ie]|ogni|alla|wszystkie)\b"
    r"|\bвс[её]|кажд\w+|すべて|全|各|每|所有|모든|각|كل|כל"
)


def languages_of_parts(text: str) -> tuple[tuple[str, str], ...]:
    """(tag, words) of each language that a part of the answer should be in, beside the language of the rest.

    Args:
        text: a message.
    """
    written = foldable(without_code(text))
    folded = fold(written)
    if compiled(_REQUIRED).search(folded) is None or compiled(STRUCTURED).search(folded) is None:
        return ()
    found: dict[str, str] = {}
    for group in groups(folded, written, find_names(folded)):
        for tag in _tags(group):
            found.setdefault(tag, group.written_clause.strip()[:_MOST_WORDS])
    return tuple(found.items())


def _tags(group: Group) -> Iterator[str]:
    subject = compiled(COMMA).split(group.before)[-1][-_NEAR:]
    if compiled(_PARTS).search(subject) is None or compiled(_REQUIRED).search(group.clause) is None:
        return
    if compiled(_ALL).search(group.before):
        return
    for locale, _ in group.hits[-1].readings:
        row = wordings().get(locale)
        if row is None or row.question.match(group.clause.lstrip()) or row.no.search(group.before[-_NEAR:]):
            continue
        target = group.is_target or row.into.search(group.before[-_NEAR:]) or row.after.match(group.after[:_NEAR])
        if target and not describes_a_noun(
            locale, group.before, group.name, group.after, group.written_after, verbs=""
        ):
            yield from (tag for hit in group.hits for spoken, tag in hit.readings if spoken == locale)
            return
