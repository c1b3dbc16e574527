"""What a request says of a language that it is about, per language of the request, as expressions over folded text."""

from dataclasses import dataclass

__all__ = ["BEHIND", "TALKS_ABOUT", "TOPIC_WORDS", "TopicWords"]


@dataclass(frozen=True, slots=True)
class TopicWords:
    """One language's row. An empty expression matches nothing.

    Attributes:
        preposition: what stands between a topic and a name.
        nouns: what only languages have, anywhere before the name: "honorifics", "verbs".
        heads: what languages and other things have, right before the preposition: "the cases in", "poetry in".
        place: prepositions that make a name a topic by themselves: "im Russischen", "в русском".
        writes: verbs that ask for a text, which no noun makes a topic.
        reviews: verbs of work on a text that the user has, in the language named.
        texts: such a text.
    """

    preposition: str
    nouns: str = ""
    heads: str = ""
    place: str = ""
    writes: str = ""
    reviews: str = ""
    texts: str = ""


# Words of grammar that many languages of Europe share.
_SHARED = (
    r"gram[mn]?[aá]t[iy]\w+|phoneti\w+|phonolog\w+|foneti\w+|fonolog\w+|morpholog\w+|morfolog\w+|subjunti\w+|subjunctiv\w*"
    r"|subjonctif|congiuntivo|konjunktiv\w*|dativ\w*|genitiv\w*|gerund\w*|a[ck][ck]usativ\w*|akkusativ\w*|nominativ\w*"
    r"|adje[ck]tiv\w*|adverb\w*|diphthong\w*|honorifi\w+|infinitiv\w*"
)
TOPIC_WORDS: dict[str, TopicWords] = {
    "en": TopicWords(
        preposition="in",
        nouns=(
            rf"{_SHARED}|grammar|word orders?|sentence structure|verbs?|nouns?|pronouns?|prepositions?|postpositions?|tenses"
            r"|declensions?|conjugat\w+|plurals?|noun class\w*|clitics|suffix\w*|affix\w*|grammatical \w+"
            r"|definite articles?|participles?"
            r"|vowels?|consonants?|syllables|pronunciation|orthography|writing systems?|false friends|loan ?words"
            r"|umlauts?|diacritics"
            r"|tongue twisters|swear ?words|letter ['\"]?\w{1,2}|onomatopoei\w+|politeness levels|formality levels"
            r"|comparatives|superlatives|punctuation|commas"
        ),
        heads=(
            r"tones|counters|classifiers|particles|(?<!legal |court |use )cases|articles|genders?|aspects?|moods"
            r"|politeness|formality"
            r"|intonation|accents?|spelling|alphabet|syntax|idioms?|dialects?|slang|proverbs?|sayings|vocabulary"
            r"|greetings|numerals"
            r"|(?<!regular )expressions|poetry|literature|prose|rhymes?|novels|conjunctions|the ['\"]?\w['\"]?|informal you"
        ),
        writes=(
            r"write|writing(?! systems?)|compose|draft|rewrite|rephrase|paraphrase|reword|render|create|invent"
            r"|generate|craft|narrate|recite|sing"
        ),
        reviews=(
            r"review|proof ?read|check|correct|grade|edit|critique|assess|evaluate|comment on|look (?:at|over)|go over"
            r"|feedback on|(?:mistakes|errors) in"
        ),
        texts=(
            r"(?:my|our|his|her|their|this|the following) (?:\w+ )?(?:essay|letter|e-?mail|text|paragraph|homework|application"
            r"|story|poem|sentences?|composition|translation|speech|article|draft|cv|note|message)"
        ),
    ),
    "de": TopicWords(
        preposition="in|im",
        nouns=rf"{_SHARED}|wortstellung\w*|satzbau|kasus|verb\w*|nomen|substantiv\w*|prapositionen|deklination\w*"
            rf"|vokal\w*|konsonant\w*",
        heads=r"falle|tone|artikel|zeiten|aussprache|rechtschreibung|sprichworter|redewendungen|dichtung|literatur",
        place=r"\bim $",
        writes=r"schreib\w*|verfass\w*|dichte?|formulier\w*|entwirf|erfinde|generier\w*",
        reviews=r"korrigier\w*|pruf\w*|uberpruf\w*|verbesser\w*|lies|bewert\w*",
        texts=r"(?:meine?n?|unsere?n?|diese[nrs]?) (?:aufsatz|brief|text|e-?mail|essay|bewerbung|anschreiben|hausaufgabe|absatz)",
    ),
    "fr": TopicWords(
        preposition="en|dans (?:le|la)",
        nouns=(
            rf"{_SHARED}|ordre des mots|declinaisons?|verbes?|noms communs|pronoms|prepositions|conjugaisons?"
            rf"|temps verbaux|voyelles"
            r"|consonnes|prononciation|orthographe|honorifiques|faux amis"
        ),
        heads=(
            r"tons|cas|articles|genres?|pluriels?|accents?|politesse|classificateurs|particules|proverbes|expressions|emprunts"
            r"|poesie|litterature|alphabet|salutations|dialectes|argot"
        ),
        place=r"\bdans (?:le |la |l')$",
        writes=r"ecri[stv]\w*|redig\w+|compose\w*|reecri\w*|reformul\w+|invente\w*|genere\w*",
        reviews=r"corrig\w*|reli\w*|verifi\w*|evalu\w*|note[zr]?",
        texts=r"(?:mon|ma|mes|notre|ce|cette) (?:texte|lettre|essai|e-?mail|mail|dissertation|redaction|paragraphe"
            r"|devoir|phrases?)",
    ),
    "es": TopicWords(
        preposition="en(?: el)?",
        nouns=(
            rf"{_SHARED}|orden de las palabras|declinaci\w+|verbos?|sustantivos|pronombres|preposiciones|conjugaci\w+"
            rf"|tiempos verbales"
            r"|vocales|consonantes|pronunciacion|ortografia|honorificos|falsos amigos"
        ),
        heads=(
            r"tonos|casos|articulos|generos?|plural\w*|acentos?|cortesia|clasificadores|particulas|refranes|expresiones|prestamos"
            r"|poesia|literatura|alfabeto|saludos|dialectos|jerga"
        ),
        place=r"\ben el $",
        writes=r"escrib\w+|redact\w+|compon\w*|reescrib\w+|inventa\w*|genera\w*",
        reviews=r"corri\w+|revis\w+|evalua\w*|lee",
        texts=r"(?:mi|mis|este|esta|nuestro) (?:ensayo|carta|texto|correo|redaccion|parrafo|tarea|frases?)",
    ),
    "it": TopicWords(
        preposition="in|nel(?:lo|la)?",
        nouns=(
            rf"{_SHARED}|ordine delle parole|declinazion\w+|verb[io]|sostantivi|pronomi|preposizioni|coniugazion\w+|tempi verbali"
            r"|vocali|consonanti|pronuncia|ortografia|onorifici|falsi amici"
        ),
        heads=(
            r"toni|casi|articoli|gener[ei]|plural[ei]|accent[oi]|cortesia|particelle|proverbi|espressioni|prestiti|poesia"
            r"|letteratura|alfabeto|saluti|dialetti"
        ),
        place=r"\bnel(?:lo |la |l'| )$",
        writes=r"scriv\w+|compon\w+|redig\w+|riscriv\w+|riformul\w+|inventa\w*",
        reviews=r"corregg\w+|rived\w+|controll\w+|valut\w+|leggi",
        texts=r"(?:mio|mia|miei|mie|nostro|questo) (?:tema|saggio|lettera|testo|mail|email|compito|frasi)",
    ),
    "pt": TopicWords(
        preposition="em|no",
        nouns=(
            rf"{_SHARED}|ordem das palavras|declinac\w+|verbos?|substantivos|pronomes|preposicoes|conjugac\w+"
            rf"|tempos verbais|vogais"
            r"|consoantes|pronuncia|ortografia|honorificos|falsos (?:amigos|cognatos)"
        ),
        heads=(
            r"tons|casos|artigos|generos?|plura\w+|acentos?|cortesia|particulas|proverbios|expressoes|emprestimos"
            r"|poesia|literatura"
            r"|alfabeto|saudacoes|dialetos"
        ),
        place=r"\bno $",
        writes=r"escrev\w+|redij\w+|redig\w+|compon\w+|reescrev\w+|invente|gere",
        reviews=r"corrij\w+|corrig\w+|revis\w+|avali\w+|verifi\w+|leia",
        texts=r"(?:meu|minha|meus|este|esta) (?:ensaio|carta|texto|e-?mail|redacao|paragrafo|frases?)",
    ),
    "nl": TopicWords(
        preposition="in(?: het)?",
        nouns=(
            rf"{_SHARED}|grammatica|woordvolgorde|naamval\w*|werkwoord\w*|lidwoord\w*|voorzetsel\w*|naamwoorden"
            rf"|beleefdheids\w+|klinkers?"
            r"|medeklinkers?|uitspraak|vervoeging\w*|verbuiging\w*|leenwoorden|valse vrienden"
        ),
        heads=r"tonen|spelling|meervoud\w*|spreekwoorden|uitdrukkingen|poezie|literatuur|geslachten|dialecten|begroetingen",
        writes=r"schrijf\w*|herschrijf\w*|bedenk|dicht|formuleer|genereer",
        reviews=r"verbeter\w*|controleer\w*|corrigeer\w*|bekijk|nakijken|beoordeel",
        texts=r"(?:mijn|onze|deze|dit) (?:opstel|brief|tekst|e-?mail|essay|zinnen|alinea)",
    ),
    "sv": TopicWords(
        preposition="pa|i",
        nouns=rf"{_SHARED}|ordfoljd\w*|kasus\w*|verb\w*|substantiv\w*|uttal\w*|vokal\w*|stavning\w*|ordsprak\w*",
        heads=r"toner\w*|poesi\w*|litteratur\w*|artiklar\w*",
        writes=r"skriv\w*|dikta|formulera",
    ),
    "da": TopicWords(
        preposition="pa|i",
        nouns=rf"{_SHARED}|ordstilling\w*|kasus|verb(?:er\w*|et|um)?|navneord\w*|udtale\w*|uttale\w*|vokal\w*|ordsprog\w*",
        heads=r"toner\w*|poesi\w*|litteratur\w*",
        writes=r"skriv\w*|formuler\w*",
    ),
    "pl": TopicWords(
        preposition="w(?: jezyku)?",
        nouns=(
            r"przypad(?:ki|kow|kach)|szyk\w*|czasownik\w*|rzeczownik\w*|przyim\w*|koniugacj\w*|deklinacj\w*"
            r"|samoglosk\w*|spolglosk\w*"
            r"|wymow\w*|pisown\w*|przyslowi\w*|gramatyk\w*"
        ),
        heads=r"ton(?:y|ow|ach)|odmian\w*|rodzaj\w*|literatur\w*|poezj\w*|zwrot\w*",
        writes=r"napisz\w*|pisz|uloz|sformuluj|wymysl|wygeneruj",
    ),
    "cs": TopicWords(
        preposition="v|ve",
        nouns=r"slovosled\w*|sloves\w*|podstatn\w+ jm\w+|vyslovnost\w*|samohlask\w*|prislovi\w*|predloz\w*|casovani"
            r"|sklonovani|gramatik\w*",
        heads=r"pad(?:y|u|ech)|ton(?:y|u|ech)|literatur\w*|poezi\w*",
        writes=r"napis\w*|pis|sloz|sestav|vymysli",
    ),
    "ru": TopicWords(preposition="в|во", place=r"(?<!\w)(?:в|во) $", writes=r"напи[шс]\w*|сочини\w*|составь\w*|перепиши\w*"),
    "uk": TopicWords(preposition="в|у", place=r"(?<!\w)(?:в|у) $", writes=r"напи[шс]\w*|склади\w*|перепиши\w*"),
    "el": TopicWords(
        preposition="στα",
        nouns=r"πτωσεισ|σειρα των λεξεων|ρημα\w*|φωνηεντα|προφορα|γραμματικη|παροιμιεσ",
        heads=r"τονο[ιυ]\w*|αρθρα|ποιηση|λογοτεχνια",
        writes=r"γραψ\w*|συνταξ\w*|φτιαξ\w*",
    ),
    "id": TopicWords(
        preposition="dalam",
        nouns=r"urutan kata|kata kerja|kata benda|kata depan|pengucapan|pelafalan|tata bahasa|peribahasa|huruf vokal|konsonan",
        heads=r"nada|sastra|puisi|vokal",
        writes=r"tulis\w*|buat\w*|karang\w*|susun",
    ),
}  # fmt: skip
TOPIC_WORDS["nb"] = TOPIC_WORDS["da"]
TOPIC_WORDS["ms"] = TOPIC_WORDS["id"]
TOPIC_WORDS["sk"] = TOPIC_WORDS["cs"]
# What reads as a verb of answering and is none: "parle-moi des tons", "tell us about", "honorifics used in".
TALKS_ABOUT = (
    r"(?<!\w)(?:(?:tell|give|show|teach|help|for) us|used|the use|talk(?: to (?:me|us))? about"
    r"|parle[zr]?(?:[ -](?:moi|nous))? (?:de|du|des)"
    r"|habl\w+ (?:de|del|sobre)|parl\w+ (?:di|dei|del|della|delle|degli)|fal\w+ (?:sobre|de|do|da|dos|das)|praat over"
    r"|prata om|tal om"
    r"|mow o|mluv o|μιλα\w* για|bicara\w* (?:tentang|soal))(?!\w)"
)
# Where a name stands before its topic, what is behind it: "Almancada kelime sırası".
BEHIND: dict[str, str] = {
    "tr": r"(?: dilinde)? (?!olarak)(?:\w+ )?(?:sira(?:si|lama)\w*|hal\w*|fiil\w*|ek(?:ler|i)\w*|ton\w*|zaman(?:lar"
    r"|i)\w*|unlu\w*|telaffuz\w*"
    r"|hitap\w*|edat\w*|atasoz\w*|deyim\w*)",
    "hi": r"(?: भाषा)? मे(?:ं|) (?:[^ ]+ ){0,2}?(?:शब्द ?क्रम|कारक|क्रिया|संज्ञा|स्वर|व्यंजन|लिंग|सर्वनाम|मुहावर|कहावत)",
}
