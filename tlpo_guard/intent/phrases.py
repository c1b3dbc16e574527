"""How people ask for a language, per language of the request, as regular expressions over folded text (see `folding`).

Names of languages come from CLDR (`names`), so a row holds only what stands around a name.
"""

from dataclasses import dataclass

__all__ = ["PHRASES", "Phrases"]


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's row. An empty expression matches nothing.

    Attributes:
        into: what stands before a name that is a target, such as "in" or "to".
        after: what stands after such a name.
        genre: a text in that language ("a \\x00 poem"), the name being \\x00.
        answer: verbs and nouns that make a rule for answers.
        write: verbs that ask for a text.
        translate: verbs and nouns of translation.
        aside: a name is talked about, not asked for.
        question: how a question about the world begins.
        standing: the rule is meant to last.
        no: what denies the name that follows.
        filler: what may stand beside a lone "in French".
        conjunction: between two names that are both asked for.
        label: of a field that names the language of the output.
        same: the rule is the user's own language, or depends on it.
    """

    into: str = ""
    after: str = ""
    genre: str = ""
    answer: str = ""
    write: str = ""
    translate: str = ""
    aside: str = ""
    question: str = ""
    standing: str = ""
    no: str = ""
    filler: str = ""
    conjunction: str = ""
    label: str = ""
    same: str = ""


PHRASES: dict[str, Phrases] = {
    "en": Phrases(
        into=r"\b(?:in|into|to|using|with|speak|speaks|use|be|purely|only|fluent|simple|plain|proper|formal|standard"
        r"|as)(?: the| only| pure| simple| plain| formal| proper| fluent| good| natural| modern| standard| casual"
        r"| both| either| simplified| idiomatic)*",
        after=r"(?: language)? (?:only|please|translation|version)\b",
        genre=r"\b(?:an?|\d[\w-]*|some|me)(?: [\w-]+){0,2} \x00(?:[- ]language)? (?:[\w-]+ ){0,2}?(?:e-?mail|letter"
        r"|essay|poem|song"
        r"|story|article|post|text|summary|message|note|speech|haiku|slogan|caption|tweet|dialogue|paragraph"
        r"|description"
        r"|review|joke|riddle)s?\b",
        answer=r"\b(?:(?:answer|respond|reply|output|speak|us|talk|converse|communicate|chat|switch|stick)(?:e|ing"
        r"|ed)?|continue"
        r"|replies|responses?|answers|outputs)\b",
        write=r"\b(?:write|written|compose|draft|create|generate|make|give|tell|explain|describe|summari[sz]e"
        r"|provide|list|say"
        r"|show|prepare|produce|help|define|outline|discuss|recommend|suggest|introduce|rewrite|rephrase|paraphrase"
        r"|present|name|teach|sing|express|come up|put|need|want|finish|format\w*|extract|identify|compare|analy[sz]e"
        r"|read|design|develop|build|act|state|print|return|correct|argue|advise|narrate|craft|formulate|sort"
        r"|classify|find|choose|rank|do|send|turn|change|adapt|complete|simplify|reword|expand|shorten|draw up|note"
        r"|brainstorm|invent"
        r"|pick|highlight|evaluate|assess|review|ask|wish|greet|congratulate|thank|quiz|pretend|recount|report|limit"
        r"|keep|ensure|make sure|start|begin|end|include|walk|guide|break|have|let|type|repeat|recite|elaborate"
        r"|critique|propose|plan|i'?d like"
        r"|would like)\b",
        translate=r"\b(?:translat\w+|render|convert|localis\w+|localiz\w+)\b",
        aside=r"\bteach me (?:how )?to\b|\bhow (?:do|does|would|can|could|should|to|is"
        r"|are)\b.{0,30}?\b(?:say|write|writes|spell|spells"
        r"|pronounce|call"
        r"|called|translate|express|conjugate|count|read|type|pronounced|spelled|written|said|translated)\b"
        r"|\b(?:the|a) (?:words?|terms?) (?:for|of)\b|\bwords? for\b|\bwhat (?:is|does|are|'?s)\b.{0,60}\b(?:called"
        r"|means?|word)\b"
        r"|\b(?:learn|learns|learning|studying|practi[cs]e|practi[cs]ing|improve my|fluent in"
        r"|translated from) (?:\w+ ){0,4}\x00"
        r"|\b(?:recommend|suggest|find|know|any|good|best)\b.{0,40}\b(?:podcasts?|movies?|films?|books?|courses?"
        r"|class|classes|lessons"
        r"|music|channels?|series|shows|apps?|novels|websites?|subtitles|tutorials|magazines|newspapers)\b.{0,25}\x00"
        r"|\bi (?:need|have|want|am going|plan|am trying|'?m going|'?m trying) to (?!.{0,40}\b(?:you|answer to be)\b)"
        r"|\b(?:i|he|she|they|we|boss|teacher) (?:was|were|am|had|have|has|must|can|can't|cannot|could|should"
        r"|used|wrote|said|spoke|speaks?|told|asked|answered|replied|only)\b(?!.{0,40}\byou\b)(?!.{0,20}\b(?:an?|the"
        r"|this|my|your)\b"
        r".{0,40}\b(?:written|translated|response|reply|answer|e-?mail|translation)\b)"
        r"|\b(?:told|asked|ordered|expects?|wants|wanted|forced|taught) (?:me|us|him|her|them)\b"
        r"|\b(?:originally|already|was|were) (?:\w+ )?(?:written|published|released|born|sung|spoken|called"
        r"|printed)\b",
        question=r"(?:so |and |but |then )?(?:who|whose|whom|why|when|where|which|what|what'?s|how|is|are|was|were"
        r"|does|did|has|have|do|should|am)\b",
        standing=r"\b(?:always|from now on|only|all|every\w*|never|throughout|going forward|no matter|regardless|keep"
        r"|conversation|exclusively|must|stick)\b",
        no=r"(?:\b(?:not|never|without|instead of|rather than|avoid|no|stop|other than|except|besides|nor|anything but)|n't)\b"
        r"(?: \w+){0,3}? ?",
        filler=r"(?:please|thanks?|thank you|only|now|all|this time|again|and|answer|ok|okay|just|but|everything"
        r"|instead|you|plz|pls"
        r"|kindly|sorry)",
        conjunction=r"(?: ?,)?(?: (?:and|or|then|plus|&|as well as|and also|and then|followed by|once)(?: (?:in|into"
        r"|to))?)? |/| / ?",
        label=r"(?:(?:output|answer|target|response|reply|preferred|desired|my|user)[ -]?)?lang(?:uage)?",
        same=r"\b(?:same|user'?s?|their|my|whatever|whichever|detected|your|own|original"
        r"|customer'?s?) (?:\w+ )?(?:own )?language"
        r"|\blanguage (?:of the|the user|that the|they|in which|i |used by)|\b(?:if|when(?! (?:respond|answer"
        r"|reply|writ|speak|talk)ing)|whenever|unless|in case"
        r"|default)\b",
    ),
    "de": Phrases(
        into=r"\b(?:auf|in|ins|im|zu|in die|in das|nutze|verwende|benutze|sprich|schreibe?|rede)"
        r"(?: nur| einfachem| gutem| formellem)?",
        after=r" (?:bitte|ubersetzung|version)\b",
        answer=r"\b(?:antworte\w*|beantworte\w*|antwort\w*|erwidere|sprich|sprechen sie|rede|reden wir|nutze"
        r"|verwende\w*|benutze"
        r"|ausgabe|wechs(?:le|eln)|fortfahren|reagiere\w*|kommunizier\w+)\b",
        write=r"\b(?:schreib\w*|erklar\w*|erzahl\w*|verfass\w*|formulier\w*|fass\w*|zusammenfass\w*|gib|geben sie"
        r"|nenn\w*|beschreib\w*"
        r"|erstell\w*|mach\w*|sag|sagen|hilf|liste|dicht\w*|entwirf|entwerf\w*|generier\w*|zeig\w*|brauche|mochte"
        r"|hatte gern\w*)\b",
        translate=r"\b(?:ubersetz\w*|ubertrag\w*)\b",
        aside=r"\bwie (?:sagt|heis+t|schreibt|spricht|nennt|sage|schreibe|lautet|ubersetzt)\b|\bwas (?:heis+t"
        r"|bedeutet)\b"
        r"|\bwort fur\b|\bich (?:muss|soll|kann|habe|spreche|antworte|schreibe)\b"
        r"|\b(?:grammatik|konjunktiv|verb(?:en)?|kasus|dativ|akkusativ|aussprache)\b",
        question=r"(?:wer|wann|wo|warum|wieso|weshalb|welche\w*|was|wie|ist|sind|hat|woher)\b",
        standing=r"\b(?:immer|ab jetzt|ab sofort|von nun an|nur|ausschlies+lich|stets|alle|egal|durchgehend|nie)\b",
        no=r"\b(?:nicht|statt|anstatt|kein\w*|nie|niemals|ohne)\b(?: \w+){0,2}? ?",
        filler=r"(?:bitte|nur|danke|jetzt|und|nochmal|alles|aber|doch)",
        conjunction=r"(?: ?,)?(?: (?:und|sowie|oder|als auch|wie auch|dann|und dann|danach|und danach)(?: (?:auf|in|ins))?)? |/",
        label=r"(?:ausgabe|antwort|ziel)?sprache",
        same=r"\b(?:gleichen|derselben|jeweiligen|seiner|ihrer|meiner) (?:\w+ )?sprache|sprache des (?:nutzer"
        r"|benutzer|anwender|kunden)"
        r"|\b(?:wenn|falls|sofern)\b",
    ),
    "fr": Phrases(
        into=r"\b(?:en|vers l[ea]|vers l'|vers|au|a l'|dans l[ea]|utilise\w*(?: l[ea]| l')?|parle\w*(?: l[ea]| l')?)"
        r"(?: bon| langue)? ?",
        after=r" (?:seulement|uniquement|s'il)\b",
        answer=r"\b(?:repon\w+|reponse|parle|parlez|parler|utilise|utilisez|passe|passez|continue\w*|sortie"
        r"|exprime\w*)\b",
        write=r"\b(?:ecri[stv]\w*|redig\w+|expli\w+|raconte\w*|resum\w+|donne\w*|decri\w+|fais|faites|cree\w*"
        r"|compose\w*|dis|dites"
        r"|propose\w*|prepare\w*|genere\w*|presente\w*|aide\w*|liste\w*|reformul\w+|voudrais|veux)\b",
        translate=r"\b(?:tradu\w+)\b",
        aside=r"\bcomment (?:on )?(?:dit|dire|dit-on|ecrit|ecrire|s'ecrit|prononce\w*|appelle|traduit|traduire"
        r"|se dit)\b|\bque (?:veut dire|signifie)\b"
        r"|\bmot pour\b|\bj(?:e |'ai )(?:dois|peux|parle|reponds|ecris)\b"
        r"|\b(?:grammaire|subjonctif|conjugaison|verbes?|prononciation)\b",
        question=r"(?:qui|quand|ou|pourquoi|quelle?s?|combien|comment|est-ce|qu'est|que|c'est quoi)\b",
        standing=r"\b(?:toujours|desormais|a partir de maintenant|dorenavant|uniquement|seulement|tout\w*"
        r"|exclusivement|quelle que soit|jamais)\b",
        no=r"\b(?:pas|jamais|sans|au lieu de|plutot que|ni)\b(?: \w+){0,2}? ?(?:l')?",
        filler=r"(?:s'il te plait|s'il vous plait|stp|svp|merci|seulement|uniquement|et|mais|maintenant)",
        conjunction=r"(?: ?,)?(?: (?:et|puis|ou|ainsi qu'|et aussi|et puis)(?: (?:en|l')|en| l')?)? ?",
        label=r"langue(?: de (?:sortie|reponse|la reponse))?",
        same=r"\b(?:meme|sa|leur|ma) (?:propre )?langue|langue de l'(?:utilisateur|interlocuteur)(?!, )|\b(?:si"
        r"|lorsque|quand)\b",
    ),
    "es": Phrases(
        into=r"\b(?:en|al?|hacia el|para el|usa(?:ndo)?(?: el)?|utiliza(?:ndo)?(?: el)?|habla(?:me)?(?: en)?"
        r"|a la lengua|al idioma"
        r"|en idioma|en lengua)(?: solo)?",
        after=r" (?:por favor|solamente|solo|unicamente)\b",
        answer=r"\b(?:respond\w+|contest\w+|respuestas?|habla|hablame|hable|hablemos|usa|use|utiliza|utilice|cambia"
        r"|cambie|salida"
        r"|continua|continue|sigue)\b",
        write=r"\b(?:escrib\w+|redact\w+|explic\w+|expliq\w+|cuent\w+|resum\w+|d[ai]me|deme|describ\w+|haz\w*|haga"
        r"|crea\w*|cree|compon\w*|di|genera\w*"
        r"|genere|prepara\w*|elabora\w*|ayud\w+|hacer|dar|enumera|nombra|reescrib\w+|quiero|quisiera|necesito)\b",
        translate=r"\b(?:trad[uú]\w+|traduc\w+)\b",
        aside=r"\bcomo (?:se )?(?:dice|dicen|escribe|pronuncia|llama|traduce|traduzco|digo|decir|diria)\w*\b"
        r"|\bque (?:significa|quiere decir)\b"
        r"|\bpalabra (?:para|de)\b|\b(?:gramatica|subjuntivo|verbos?|pronunciacion)\b|\btengo que\b",
        question=r"(?:quien|cuando|donde|por que|cual|cuales|que|cuanto\w*|como|es|son)\b",
        standing=r"\b(?:siempre|a partir de ahora|de ahora en adelante|solo|unicamente|solamente|todo\w*"
        r"|exclusivamente|sin importar|nunca)\b",
        no=r"\b(?:no|nunca|sin|en (?:vez|lugar) de|ni)\b(?: \w+){0,2}? ?",
        filler=r"(?:por favor|gracias|solo|solamente|y|pero|ahora|porfa)",
        conjunction=r"(?: ?,)?(?: (?:y|e|o|u|luego|como|y luego|y tambien)(?: (?:en|al))?)? ",
        label=r"(?:idioma|lengua)(?: de (?:salida|respuesta|la respuesta))?",
        same=r"\b(?:mismo|su|mi) (?:propio )?idioma|(?:idioma|lengua) del (?:usuario|cliente)(?! sea)|\b(?:si"
        r"|cuando)\b",
    ),
    "it": Phrases(
        into=r"\b(?:in|all'|al|verso l'|nell[ao]|usa(?:ndo)?(?: l'| l[ao])?|utilizza(?: l'| l[ao])?"
        r"|parla(?:mi)?(?: in)?"
        r"|lingua|verso il)(?: lingua)? ?",
        after=r" (?:per favore|soltanto)\b",
        answer=r"\b(?:rispond\w+|risposta|risposte|parla|parlami|parli|usa|usi|utilizza|utilizzi|passa|continua"
        r"|prosegui)\b",
        write=r"\b(?:scriv\w+|spieg\w+|raccont\w+|riassum\w+|dimmi|dammi|descriv\w+|fai|fammi|fare|crea\w*|compon\w+"
        r"|genera\w*"
        r"|prepara\w*|redig\w+|elenca\w*|aiuta\w*|mi dica|vorrei|riscriv\w+|formula\w*)\b",
        translate=r"\b(?:tradu\w+|traduz\w+)\b",
        aside=r"\bcome (?:si )?(?:dice|dico|scrive|pronuncia|chiama|traduce|traduco|dire)\b"
        r"|\b(?:che )?cosa (?:significa|vuol dire)\b"
        r"|\b(?:parola per|grammatica|congiuntivo|verb[io]|pronuncia)\b|\bdevo\b",
        question=r"(?:chi|quando|dove|perche|quale|quali|quant\w+|che|cosa|come|e)\b",
        standing=r"\b(?:sempre|d'ora in poi|da ora in poi|solo|soltanto|tutt\w+|esclusivamente|unicamente|mai)\b",
        no=r"\b(?:non|mai|senza|invece (?:di|che)|anziche|ne)\b(?: \w+){0,2}? ?(?:l')?",
        filler=r"(?:per favore|per piacere|grazie|solo|soltanto|e|ma|adesso|ora)",
        conjunction=r"(?: ?,)?(?: (?:e|ed|o|poi|che|sia|e poi|e anche)(?: in)?)? ",
        label=r"lingua(?: (?:di (?:output|risposta)|della risposta))?",
        same=r"\b(?:stessa|sua|mia|loro) lingua|lingua dell'utente|\b(?:se|quando)\b",
    ),
    "pt": Phrases(
        into=r"\b(?:em|para o|para a lingua|para|no|ao|pro|usando(?: o)?|use(?: o)?|utilize(?: o)?|fale(?: em)?"
        r"|fala(?: em)?|na lingua|em lingua"
        r"|no idioma)",
        after=r" (?:por favor|apenas|somente)\b",
        answer=r"\b(?:respond\w+|respost\w+|fale|fala|falar|use|usa|utilize|mude|continue|continua)\b",
        write=r"\b(?:escrev\w+|redij\w+|redig\w+|expli(?:c|q)\w+|cont[ea]\w*|resum\w+|diga|diz|de-me|me de"
        r"|descrev\w+|fac\w+|faz|fazer|cri[ea]\w*|componha"
        r"|ger[ea]\w*|prepar\w+|elabor\w+|ajud\w+|liste|reescrev\w+|quero|queria|gostaria|preciso)\b",
        translate=r"\b(?:traduz\w*|traduc\w+|tradut\w+|verta)\b",
        aside=r"\bcomo (?:se )?(?:diz|digo|escreve|pronuncia|chama|traduz|dizer|fala|falo|falar)\b"
        r"|\bo que (?:significa|quer dizer)\b"
        r"|\b(?:palavra para|gramatica|subjuntivo|conjuntivo|verbos?|pronuncia)\b|\btenho que\b",
        question=r"(?:quem|quando|onde|por que|porque|qual|quais|quant\w+|o que|como|e|sao)\b",
        standing=r"\b(?:sempre|a partir de agora|de agora em diante|apenas|somente|so|tod\w+|exclusivamente|nunca)\b",
        no=r"\b(?:nao|nunca|sem|em (?:vez|lugar) de|nem)\b(?: \w+){0,2}? ?",
        filler=r"(?:por favor|obrigad[oa]|so|apenas|e|mas|agora|pfv)",
        conjunction=r"(?: ?,)?(?: (?:e|ou|depois|quanto|como|e depois|e tambem)(?: (?:em|para o))?)? ",
        label=r"(?:idioma|lingua)(?: (?:de saida|da resposta|de resposta))?",
        same=r"\b(?:mesm[oa]|seu|sua|meu) (?:propri[oa] )?(?:idioma|lingua)|(?:idioma|lingua) do (?:usuario"
        r"|utilizador|cliente)|\b(?:se|quando)\b",
    ),
    "nl": Phrases(
        into=r"\b(?:in het|in|naar het|naar|op zijn|gebruik|spreek|praat|schrijf)(?: alleen| enkel)?",
        after=r" (?:alstublieft|alsjeblieft|graag)\b",
        answer=r"\b(?:antwoord\w*|beantwoord\w*|reageer\w*|spreek|praat|gebruik|schakel|ga verder)\b",
        write=r"\b(?:schrijf\w*|schrijven|leg|uitleg\w*|vertel\w*|vat|samenvat\w*|geef|noem|beschrijf|maak|maken|zeg"
        r"|help|stel|opstellen|formuleer|genereer"
        r"|bedenk|wil|graag)\b",
        translate=r"\b(?:vertaal\w*|vertalen|vertaling|omzetten)\b",
        aside=r"\bhoe (?:zeg|zegt|schrijf|spreek|heet|spel|vertaal|noem)\w*\b|\bwat betekent\b|\bwoord voor\b"
        r"|\b(?:grammatica|werkwoord\w*|uitspraak)\b|\bik (?:moet|kan|heb|spreek)\b",
        question=r"(?:wie|wanneer|waar|waarom|welke?|wat|hoe|is|zijn)\b",
        standing=r"\b(?:altijd|vanaf nu|voortaan|alleen|uitsluitend|alles|steeds|nooit)\b",
        no=r"\b(?:niet|geen|nooit|zonder|in plaats van)\b(?: \w+){0,2}? ?",
        filler=r"(?:alsjeblieft|alstublieft|aub|graag|bedankt|alleen|en|maar|nu)",
        conjunction=r"(?: ?,)?(?: (?:en|of|daarna|als|en daarna)(?: (?:in|naar)(?: het)?)?)?(?: het)? ",
        label=r"(?:uitvoer|antwoord|doel)?taal",
        same=r"\b(?:dezelfde|zijn|hun|mijn) taal|taal van de (?:gebruiker|klant)|\b(?:als|wanneer|indien)\b",
    ),
    "sv": Phrases(
        into=r"\b(?:pa|till|anvand|prata|tala)(?: bara| endast)?",
        after=r" tack\b",
        answer=r"\b(?:svar\w*|besvara\w*|prata|tala|anvand|byt|fortsatt|utdata)\b",
        write=r"\b(?:skriv\w*|forklar\w*|beratta|sammanfatta|ge|beskriv\w*|gor|skapa|sag|hjalp|lista|namn|formulera"
        r"|vill|utforma)\b",
        translate=r"\b(?:oversatt\w*)\b",
        aside=r"\bhur (?:sager|skriver|uttalar|heter|stavar)\b|\bvad (?:betyder|heter)\b|\bord for\b"
        r"|\b(?:grammatik\w*|verb\w*|uttal\w*)\b|\bjag (?:maste|kan|ska)\b",
        question=r"(?:vem|nar|var|varfor|vilken|vilket|vilka|vad|hur|ar)\b",
        standing=r"\b(?:alltid|fran och med nu|fran nu|bara|endast|allt|enbart|aldrig)\b",
        no=r"\b(?:inte|aldrig|utan|i stallet for|istallet for|ej)\b(?: \w+){0,2}? ?",
        filler=r"(?:tack|snalla|bara|endast|och|men|nu)",
        conjunction=r"(?: ?,)?(?: (?:och|eller|sedan|samt|och sedan)(?: (?:pa|till))?)? ",
        label=r"(?:svars|ut|mal)?sprak",
        same=r"\b(?:samma|sitt|mitt) (?:\w+ )?sprak|anvandarens sprak|\b(?:om|nar)\b",
    ),
    "da": Phrases(
        into=r"\b(?:pa|til|brug|tal)(?: kun)?",
        answer=r"\b(?:svar\w*|besvar\w*|tal|brug)\b",
        write=r"\b(?:skriv\w*|forklar\w*|fortael\w*|fortal\w*|beskriv\w*|giv|lav|opsummer\w*)\b",
        translate=r"\b(?:oversat\w*|oversett\w*)\b",
        aside=r"\b(?:hvordan (?:siger|sier|skriver)|hvad (?:betyder|hedder)|hva betyr|laere|lare)\b",
        question=r"(?:hvem|hvornar|hvor|hvorfor|hvilke\w*|hvad|hva|hvordan|er)\b",
        standing=r"\b(?:altid|alltid|fra nu af|fra na av|kun|bare)\b",
        no=r"\b(?:ikke|aldrig|aldri|i stedet for)\b(?: \w+){0,2}? ?",
        filler=r"(?:tak|takk|kun|bare|og|nu)",
        conjunction=r" og(?: (?:pa|til))? ",
        same=r"\bsamme sprog|samme sprak|\b(?:hvis|nar)\b",
    ),
    "pl": Phrases(
        into=r"\b(?:po|na jezyk|na|w jezyku|w j\.|uzyj(?: jezyka)?|uzywaj(?: jezyka)?|jezykiem)",
        after=r" (?:prosze|poprosze)\b",
        answer=r"\b(?:odpowi?[ae]d[zź]?\w*|odpowi\w*|odpisz\w*|mow|mowmy|rozmawiaj\w*|uzywaj|uzyj|przejdz"
        r"|kontynuuj)\b",
        write=r"\b(?:napisz\w*|pisz|wyjasnij|wytlumacz|opowiedz|stresc|streszcz\w*|podsumuj|podaj|opisz|zrob|stworz"
        r"|utworz|powiedz|pomoz|wymien|wygeneruj"
        r"|sformuluj|uloz|chce|chcialbym|potrzebuje|przygotuj)\b",
        translate=r"\b(?:przetlumacz\w*|tlumacz\w*|przeloz\w*|przeklad\w*)\b",
        aside=r"\bjak (?:sie )?(?:mowi|powiedziec|napisac|wymawia|nazywa|pisze|przetlumaczyc)\b|\bco (?:znaczy"
        r"|oznacza)\b"
        r"|\bslowo na\b|\b(?:gramatyk\w*|czasownik\w*|wymow\w*)\b|\bmusze\b",
        question=r"(?:kto|kiedy|gdzie|dlaczego|ktor\w+|co|ile|jak|jaki\w*|czy(?! (?:mozesz|moglbys|moglabys"
        r"|moze)))\b",
        standing=r"\b(?:zawsze|od teraz|od tej pory|tylko|wylacznie|wszystk\w+|nigdy)\b",
        no=r"\b(?:nie|nigdy|bez|zamiast)\b(?: \w+){0,2}? ?",
        filler=r"(?:prosze|dzieki|dziekuje|tylko|i|ale|teraz)",
        conjunction=r"(?: ?,)?(?: (?:i|oraz|lub|jak i|a potem|i potem)(?: (?:po|na))?)? ",
        label=r"jezyk(?: (?:odpowiedzi|wyjsciowy|docelowy))?",
        same=r"\b(?:tym samym|swoim|moim) jezyku|jezyku (?:uzytkownika|klienta|rozmowcy)|\b(?:jesli|jezeli|gdy"
        r"|kiedy)\b",
    ),
    "cs": Phrases(
        into=r"\b(?:do|v|ve|na|pouzij|pouzivej|mluv)(?: jazyce| jazyka)?",
        after=r" (?:prosim|jazyce)\b",
        answer=r"\b(?:odpove[dz]\w*|odpovid\w*|odepis|mluv|mluvte|pouzij|pouzivej|prejdi|pokracuj)\b",
        write=r"\b(?:napis\w*|pis|vysvetl\w*|vysvetli|popis|rekni|povez|shrn\w*|dej|uved|vytvor|udelej|pomoz|sestav"
        r"|vyjmenuj|vygeneruj|chci|potrebuji|sloz)\b",
        translate=r"\b(?:prelo[zž]\w*|preklad\w*)\b",
        aside=r"\bjak (?:se )?(?:rekne|rict|napsat|napise|pise|vyslovuje|rika)\b|\bco (?:znamena)\b|\bslovo pro\b"
        r"|\b(?:gramatik\w*|sloves\w*|vyslovnost\w*)\b|\bmusim\b",
        question=r"(?:kdo|kdy|kde|proc|ktery|ktera|ktere|co|kolik|jak|jaky|jaka|jake|je|jsou)\b",
        standing=r"\b(?:vzdy|vzdycky|od ted|odted|pouze|jen|jenom|vyhradne|vse\w*|nikdy)\b",
        no=r"\b(?:ne|neodpovid\w*|nepis\w*|nemluv\w*|nepouzivej\w*|nikdy|bez|misto|namisto)\b(?: \w+){0,2}? ?",
        filler=r"(?:prosim|diky|dekuji|jen|pouze|a|ale|ted)",
        conjunction=r"(?: ?,)?(?: (?:a|i|nebo|a pak)(?: (?:do|v))?)? ",
        label=r"jazyk(?: (?:odpovedi|vystupu))?",
        same=r"\b(?:stejnem|jeho|svem|mem) jazyce|jazyce (?:uzivatele|zakaznika)|\b(?:pokud|kdyz|jestli)\b",
    ),
    "ro": Phrases(
        into=r"\b(?:in(?: limba)?|pe|la|folosind(?: limba)?|foloseste(?: limba)?|vorbeste(?: in)?(?: limba)?)",
        after=r" (?:te rog|va rog)\b",
        answer=r"\b(?:raspun\w+|vorbe\w+|foloseste|folositi|treci|continua)\b",
        write=r"\b(?:scri\w+|redact\w+|explic\w+|spune\w*|povest\w+|rezum\w+|da-mi|descri\w+|fa|fa-mi|crea\w+"
        r"|compun\w*|genere\w+|ajut\w+|enumer\w+"
        r"|vreau|as vrea|pregat\w+)\b",
        translate=r"\b(?:tradu\w*|traduc\w*)\b",
        aside=r"\bcum (?:se )?(?:spune|zice|scrie|pronunta|cheama|spun|traduce|traduc)\b|\bce (?:inseamna)\b"
        r"|\bcuvantul pentru\b"
        r"|\b(?:gramatic\w*|verb\w*|pronuntie|conjunctiv\w*)\b|\btrebuie sa\b",
        question=r"(?:cine|cand|unde|de ce|care|ce|cat|cum|este|sunt|cati|cate)\b",
        standing=r"\b(?:intotdeauna|mereu|de acum|doar|numai|exclusiv|tot\w*|niciodata)\b",
        no=r"\b(?:nu|niciodata|fara|in loc de)\b(?: \w+){0,2}? ?",
        filler=r"(?:te rog|va rog|multumesc|mersi|doar|numai|si|dar|acum)",
        conjunction=r"(?: ?,)?(?: (?:si|sau|apoi|cat si|si apoi)(?: in)?)? ",
        label=r"limba(?: (?:raspunsului|de iesire))?",
        same=r"\b(?:aceeasi|sa|mea|lui) limba|limba (?:utilizatorului|clientului|in care|pe care)|\b(?:daca|cand)\b",
    ),
    "id": Phrases(
        into=r"\b(?:dalam|ke dalam|ke|gunakan|pakai|menggunakan|dengan|pake|guna|berbahasa|di dalam)(?: bahasa)?",
        after=r" (?:saja|ya|tolong|sahaja)\b",
        answer=r"\b(?:(?:men)?jawab\w*|balas\w*|membalas|respons?\w*|berbicara\w*|bicara\w*|gunakan|pakai|beralih\w*"
        r"|lanjutkan|keluaran)\b",
        write=r"\b(?:tulis\w*|menulis\w*|buat\w*|membuat\w*|jelaskan|terangkan|menjelaskan|ceritakan|ringkas\w*"
        r"|rangkum\w*|beri\w*|sebutkan|katakan|gambarkan"
        r"|susun|bantu|buatkan|ciptakan|karang|ingin|mau|tolong|uraikan|sampaikan)\b",
        translate=r"\b(?:terjemah\w*|menterjemah\w*|menerjemah\w*|alih bahasa\w*|translate)\b",
        aside=r"\bbagaimana (?:cara )?(?:mengucapkan|mengatakan|menulis|menyebut|melafalkan|bilang)\b|\bapa (?:arti"
        r"|artinya|bahasa)\b"
        r"|\bkata untuk\b|\b(?:tata bahasa|kata kerja|pengucapan)\b|\bsaya (?:harus|bisa|perlu)\b",
        question=r"(?:siapa|kapan|di ?mana|mengapa|kenapa|apa|apakah|berapa|bagaimana|yang mana)\b",
        standing=r"\b(?:selalu|mulai sekarang|hanya|saja|semua|setiap|jangan)\b",
        no=r"\b(?:jangan|bukan|tidak|tanpa|daripada)\b(?: \w+){0,2}? ?",
        filler=r"(?:tolong|mohon|terima kasih|saja|hanya|dan|ya|sekarang)",
        conjunction=r"(?: ?,)? dan(?: (?:dalam|ke))?(?: bahasa)? ",
        label=r"bahasa(?: (?:keluaran|jawaban))?",
        same=r"\bbahasa (?:yang sama|pengguna|saya|mereka)|\b(?:jika|kalau|apabila|bila)\b",
    ),
    "vi": Phrases(
        into=r"\b(?:bang|sang|qua|ra|dung|su dung|noi|thanh|trong)",
        after=r" (?:nhe|giup)\b",
        answer=r"\b(?:tra loi|dap|phan hoi|noi chuyen|noi|hoi dap|su dung|dung|chuyen sang|tiep tuc)\b",
        write=r"\b(?:viet|giai thich|ke|tom tat|cho|mo ta|tao|soan|lam|giup|liet ke|trinh bay|neu|dien dat|muon"
        r"|hay)\b",
        translate=r"\b(?:dich|phien dich|chuyen ngu|ban dich)\b",
        aside=r"\b(?:noi|viet|doc|phat am) (?:nhu )?(?:the nao|sao|ra sao)\b|\b(?:nghia la gi|co nghia)\b|\x00 la gi\b"
        r"|\b(?:ngu phap|dong tu|phat am)\b|\btoi (?:phai|can|biet)\b",
        question=r"(?:ai|khi nao|o dau|tai sao|vi sao|bao nhieu)\b",
        standing=r"\b(?:luon|luon luon|tu bay gio|tu gio|chi|tat ca|moi|khong bao gio)\b",
        no=r"\b(?:khong|dung bang|thay vi|dung dung|khong phai)\b(?: \w+){0,1}? ?",
        filler=r"(?:vui long|lam on|cam on|chi|va|nhe|xin)",
        conjunction=r"(?: ?,)? va(?: (?:bang|sang))? ",
        label=r"ngon ngu(?: (?:dau ra|tra loi))?",
        same=r"\b(?:cung ngon ngu|ngon ngu cua (?:nguoi dung|ho|toi|khach))|\b(?:neu|khi)\b",
    ),
    "tr": Phrases(
        into=r"\b(?:sadece|yalnizca|dili|lutfen|bana|bunu)",
        after=r"(?: (?:olarak|dilinde|diline|dilini|lutfen|cevap\w*|yanit\w*|konus\w*|yaz\w*"
        r"|anlat\w*|acikla\w*|ozetle\w*|kullan\w*|devam))",
        genre=r"\x00 (?:\w+ ){0,2}(?:e-?posta|mektup|metin|mail|siir|mesaj|yazi|hikaye|ozet|makale)\w*",
        answer=r"\b(?:cevap\w*|yanit\w*|konus\w*|kullan|kullanin\w*|gec|devam et\w*)\b",
        write=r"\b(?:yaz|yazin\w*|yazar misin\w*|yazabilir\w*|yazmani\w*|acikla\w*|anlat\w*|ozetle\w*|ver|verin\w*"
        r"|tanimla\w*|yap\w*|olustur\w*|soyle|soyler misin\w*|yardim"
        r"|listele\w*|hazirla\w*|istiyorum)\b",
        translate=r"\b(?:cevir\w*|tercume\w*)\b",
        aside=r"\b(?:nasil (?:denir|soylenir|yazilir|deriz|okunur|telaffuz|cevrilir)|ne demek|ne denir|nedir$"
        r"|kelimesi)\b|\b(?:dil ?bilgisi|gramer\w*|fiil\w*|telaffuz\w*|zor mu)\b",
        question=r"(?:kim|ne zaman|nerede|neden|nicin|hangi|kac)\b",
        standing=r"\b(?:her zaman|daima|bundan sonra|artik|sadece|yalnizca|hep|tum|asla|surekli)\b",
        no=r"\b(?:degil|asla|yerine)\b(?: \w+){0,1}? ?",
        filler=r"(?:lutfen|sadece|yalnizca|tesekkurler|ve|ama|simdi)",
        conjunction=r"(?: ?,)?(?: (?:ve|hem|hem de|veya|sonra))? |/",
        label=r"(?:cikti |cevap |yanit )?dil[i]?",
        same=r"\b(?:ayni dil\w*|kullanicinin dil\w*|kendi dil\w*)|\b(?:eger|ise)\b",
    ),
    "ru": Phrases(
        into=r"(?:\b(?:на|в|по|пo|используй|используя|только|с)(?: чистом| хорошем)?|по-)",
        after=r"(?: (?:язык[еу]?|языком))? ?(?:пожалуйста|перевод\w*|текст\w*|письмо)?(?= ?(?:язык|[,.!?:]|$"
        r"|пожалуйста|перевод|текст|письмо))",
        answer=r"\b(?:отве[тч]\w*|говори\w*|пиши\w*|используй\w*|общайся|общайтесь|общаться|перейди\w*|переключи\w*"
        r"|продолж\w*|разговаривай\w*|вывод)\b",
        write=r"\b(?:напи[шс]\w*|объясни\w*|расскаж\w*|опиши\w*|перескаж\w*|дай\w*|составь\w*|сделай\w*|создай\w*"
        r"|сочини\w*|подготовь\w*|скажи\w*|помоги\w*"
        r"|перечисли\w*|резюмируй\w*|суммируй\w*|изложи\w*|назови\w*|сформулируй\w*|хочу|нужно|нужен|придумай\w*)\b",
        translate=r"\b(?:перев[её]?[дл]\w*|перевест\w*|переводи\w*)\b",
        aside=r"\bкак (?:\w+ )?(?:будет|сказать|сказал\w*|пишется|написать|произносится|называется|перевести"
        r"|переводится|говорят)\b|\bчто (?:значит|означает)\b"
        r"|\bслово для\b|\b(?:грамматик\w*|глагол\w*|падеж\w*|произношени\w*)\b|\bя (?:должен|должна|могу)\b",
        question=r"(?:кто|когда|где|почему|как(?:ой|ая|ие|ое)|сколько|зачем|стоит ли|правда ли|чем)\b",
        standing=r"\b(?:всегда|отныне|с этого момента|теперь|только|все|исключительно|независимо|никогда|впредь)\b",
        no=r"\b(?:не|никогда|без|вместо|а не)\b(?: \w+){0,2}? ?-?",
        filler=r"(?:пожалуйста|спасибо|только|и|но|теперь|плиз)",
        conjunction=r"(?: ?,)?(?: (?:и|или|затем|а также|а затем|и затем)(?: (?:на|по))?-?)? ?",
        label=r"язык(?: (?:ответа|вывода))?",
        same=r"(?:том же|своем|его|моем) (?:\w+ )?языке|языке (?:пользователя|собеседника|клиента|вопроса|запроса)"
        r"|\b(?:если|когда)\b",
    ),
    "uk": Phrases(
        into=r"(?:\b(?:на|в|у|по|до|використовуй|лише|тільки)|по-)",
        after=r"(?: (?:мов\w+))? ?(?:будь ласка|переклад\w*)?(?= ?(?:мов|[,.!?:]|$|будь|переклад))",
        answer=r"\b(?:відпов\w*|говори\w*|розмовляй\w*|пиши\w*|використовуй\w*|спілкуй\w*|перейди\w*|продовж\w*)\b",
        write=r"\b(?:напи[шс]\w*|поясни\w*|пояснити|розкаж\w*|розповід\w*|опиши\w*|перекаж\w*|дай\w*|склади\w*"
        r"|зроби\w*|створи\w*|підготуй\w*|скажи\w*"
        r"|допоможи\w*|перелічи\w*|підсумуй\w*|стисло|назви|сформулюй\w*|хочу|потрібно|придумай\w*)\b",
        translate=r"\b(?:переклад\w*|перекла[сж]\w*)\b",
        aside=r"\bяк (?:\w+ )?(?:буде|сказати|пишеться|написати|вимовляється|називається|перекласти|кажуть)\b"
        r"|\bщо (?:означає|значить)\b"
        r"|\b(?:граматик\w*|дієсл\w*|відмін\w*|вимов\w*)\b|\bя (?:повинен|мушу|можу)\b",
        question=r"(?:хто|коли|де|чому|як(?:ий|а|е|і)|скільки|навіщо|чи|чим)\b",
        standing=r"\b(?:завжди|відтепер|тепер|лише|тільки|все|виключно|незалежно|ніколи)\b",
        no=r"\b(?:не|ніколи|без|замість|а не)\b(?: \w+){0,2}? ?-?",
        filler=r"(?:будь ласка|дякую|лише|тільки|і|та|але|тепер)",
        conjunction=r"(?: ?,)?(?: (?:і|й|та|або|а потім|і потім)(?: (?:на|по))?-?)? ?",
        label=r"мова(?: (?:відповіді|виводу))?",
        same=r"(?:тією ж|тією самою|своєю|його|моєю) (?:\w+ )?мовою|мовою (?:користувача|співрозмовника|клієнта"
        r"|запиту)|\b(?:якщо|коли)\b",
    ),
    "bg": Phrases(
        into=r"\b(?:на|в)",
        answer=r"\b(?:отговор\w*|отговаряй\w*|говори|използвай)\b",
        write=r"\b(?:напиши|обясни|разкажи|опиши|дай|обобщи|състави|направи)\b",
        translate=r"\b(?:превед\w*|превод\w*)\b",
        aside=r"\bкак (?:се )?(?:казва|пише|произнася)\b",
        question=r"(?:кой|кога|къде|защо|какво|колко)\b",
        standing=r"\b(?:винаги|отсега|само)\b",
        no=r"\b(?:не|никога|без|вместо)\b(?: \w+){0,2}? ?",
        filler=r"(?:моля|благодаря|само|и)",
        conjunction=r"(?: ?,)? и(?: на)? ",
        same=r"\b(?:същия език|ако|когато)\b",
    ),
    "el": Phrases(
        into=r"\b(?:στα|στην|στη|σε|χρησιμοποιησε|μιλα|μιλησε)(?: απλα)?",
        after=r"(?: γλωσσα)? ?(?:παρακαλω)\b",
        answer=r"\b(?:απαντ\w*|μιλα\w*|μιλησ\w*|χρησιμοποι\w*|συνεχισ\w*|αποκρι\w*)\b",
        write=r"\b(?:γραψ\w*|γραφ\w*|εξηγησ\w*|πεσ|πεσ μου|πειτε|περιγραψ\w*|δωσ\w*|κανε\w*|φτιαξ\w*|δημιουργησ\w*"
        r"|συνοψ\w*|αφηγησ\w*|βοηθησ\w*|συνταξ\w*|θελω)\b",
        translate=r"\b(?:μεταφρα\w*)\b",
        aside=r"\bπωσ (?:το |τον |την )?(?:λεμε|λενε|λεγεται|λεω|γραφεται|γραφω|προφερεται|λεσ)\b|\bτι (?:σημαινει)\b"
        r"|\b(?:γραμματικη|ρημα\w*|προφορα|υποτακτικη)\b|\bπρεπει να\b",
        question=r"(?:ποιοσ|ποια|ποιο|ποτε|που|γιατι|τι|ποσο\w*|πωσ|ειναι)\b",
        standing=r"\b(?:παντα|παντοτε|απο δω|απο εδω|μονο|αποκλειστικα|ολα|ποτε)\b",
        no=r"\b(?:μη|μην|οχι|χωρισ|αντι για|δεν)\b(?: \w+){0,2}? ?",
        filler=r"(?:παρακαλω|ευχαριστω|μονο|και|αλλα|τωρα)",
        conjunction=r"(?: ?,)? και(?: στα)? ",
        label=r"γλωσσα(?: (?:απαντησησ|εξοδου))?",
        same=r"(?:ιδια|του|μου) γλωσσα|γλωσσα του (?:χρηστη|πελατη)|\b(?:αν|οταν|εαν)\b",
    ),
    "ar": Phrases(
        into=r"(?:(?<!\w)(?:الي|ب|في|علي|استخدم|باستخدام|بلغه|باللغه|الي اللغه|للغه|اللغه|استعمل|من"
        r"|تحدث)(?: اللغه)?)",
        after=r" ?(?:فقط|من فضلك|لو سمحت)(?!\w)",
        answer=r"(?:اجب|اجيب|اجابه|الاجابه|رد|الرد|تحدث|تكلم|استخدم|استعمل|جاوب|تجيب|ترد|انتقل)",
        write=r"(?:اكتب|اشرح|لخص|صف|اعط|احك|اذكر|قدم|انشي|الف|حرر|صغ|ساعدني|قل|اريد|وضح|عدد|اعد)",
        translate=r"(?:ترجم|ترجمه)",
        aside=r"(?:كيف (?:اقول|نقول|يقال|تقول|اكتب|نكتب|يكتب|الفظ|انطق|تلفظ)|ما معني|ماذا (?:تعني|يعني)"
        r"|كلمه .{1,20} (?:ب|في)|النحو|الافعال|نطق|القواعد|الفرق بين)",
        question=r"(?:من|متي|اين|لماذا|ما|ماذا|كم|كيف|هل(?! (?:يمكنك|تستطيع|بامكانك)))(?!\w)",
        standing=r"(?:دايما|من الان|فقط|كل|جميع|ابدا|دوما|حصرا)",
        no=r"(?:لا|ليس|بدون|بدلا من|عدم|غير)(?!\w)(?: \w+){0,2}? ?",
        filler=r"(?:من فضلك|رجاء|شكرا|فقط|و|لو سمحت)",
        conjunction=r" ?،? ?و(?:ب|الي )?",
        label=r"(?:اللغه|لغه (?:الاجابه|الاخراج|الرد))",
        same=r"(?:نفس اللغه|بنفس لغه|بلغه المستخدم|لغه المستخدم|لغته|اذا|عندما)",
    ),
    "fa": Phrases(
        into=r"(?<!\w)(?:به زبان|به|با زبان|در زبان|از زبان|از)",
        answer=r"(?:جواب|پاسخ|صحبت كن|حرف بزن|استفاده كن|ادامه بده)",
        write=r"(?:بنويس|توضيح|شرح بده|خلاصه|بگو|تعريف كن|توصيف|بساز|تهيه كن|ايجاد كن|كمك كن|ليست كن|ميخواهم"
        r"|مي خواهم)",
        translate=r"(?:ترجمه|برگردان)",
        aside=r"(?:چطور (?:مي|بايد)|چگونه (?:مي|بايد)|چه مي ?(?:گويند|شود)|چي مي|يعني چه|چه معني|معني .{1,30}چيست"
        r"|گرامر|تلفظ|فعل)",
        question=r"(?:چه كسي|كي|كجا|چرا|كدام|چند|آيا|ايا(?! مي ?تواني))(?!\w)",
        standing=r"(?:هميشه|از اين به بعد|از حالا|فقط|همه|هرگز|صرفا)",
        no=r"(?:نه|بدون|به جاي|نبايد)(?!\w)(?: \w+){0,2}? ?",
        filler=r"(?:لطفا|ممنون|فقط|و)",
        conjunction=r" ?،? و(?: به)? ",
        label=r"زبان(?: (?:پاسخ|خروجي))?",
        same=r"(?:همان زبان|زبان كاربر|زبان خود|اگر|وقتي)",
    ),
    "he": Phrases(
        into=r"(?<!\w)(?:בשפה ה|לשפה ה|בשפה|לשפה|השתמש ב|תשתמש ב|דבר|רק)-?",
        after=r" ?(?:בבקשה|בלבד)(?!\w)",
        answer=r"(?:ענה|ענו|עני|תענה|תעני|לענות|השב|תשיב|תשובה|התשובה|תשובות|דבר|תדבר|דברי|השתמש|עבור ל|המשך)",
        write=r"(?:כתוב|כתבי|תכתוב|תכתבי|לכתוב|הסבר|תסביר|הסבירי|לסכם|סכם|תסכם|ספר לי|תספר|תן|תני|תאר|חבר|נסח|צור"
        r"|תיצור|אמור|תגיד|עזור|הכן|רוצה)",
        translate=r"(?:תרגם|תרגמי|תרגום|לתרגם|תתרגם)",
        aside=r"(?:איך (?:אומרים|כותבים|מבטאים|קוראים|להגיד|אני אומר|מתרגמים)|מה (?:המילה|הפירוש|פירוש|המשמעות)"
        r"|דקדוק|הגייה|פעלים)",
        question=r"(?:מי|מתי|איפה|למה|מדוע|איזה|איזו|כמה|האם(?! (?:אתה יכול|תוכל|את יכולה)))(?!\w)",
        standing=r"(?:תמיד|מעכשיו|מעתה|רק|כל|בלבד|לעולם|אך ורק)",
        no=r"(?:לא|אל|בלי|במקום|אף פעם)(?!\w)(?: \w+){0,2}? ?",
        filler=r"(?:בבקשה|תודה|רק|אנא)",
        conjunction=r" ?,? ו(?:ב|ל)?",
        label=r"שפה|שפת (?:התשובה|הפלט)",
        same=r"(?:באותה שפה|בשפת המשתמש|בשפה של|שפת המשתמש|בשפתו|אם|כאשר)",
    ),
    "hi": Phrases(
        after=r"(?: भाषा)? ?(?:में|मे|मैं)(?= |$|[,।.?!:])",
        answer=r"(?:जवाब|उत्तर|बोलो|बोलिए|बोलें|बात कर|बात करो|प्रयोग कर|उपयोग कर|इस्तेमाल)",
        write=r"(?:लिख|बता|समझा|व्याख्या|सारांश|सुना|दीजिए|दो$|बनाओ|बनाइए|वर्णन|तैयार|कहो|चाहिए|मदद)",
        translate=r"(?:अनुवाद|तर्जुमा|ट्रांसलेट|रूपांतर)",
        aside=r"(?:को क्या (?:कहते|कहा|बोलते)|क्या कहते|कैसे (?:कह|बोल|लिख|कहते)|मतलब|अर्थ क्या|व्याकरण|उच्चारण"
        r"|क्रिया|शब्द क्या|क्या बोलते)",
        question=r"(?:कौन|कब|कहाँ|कहां|क्यों)(?= )",
        standing=r"(?:हमेशा|सदा|अब से|केवल|सिर्फ|सभी|हर|कभी)",
        no=r"(?:नहीं|मत|बिना|बजाय)(?: [^ ]+){0,2}? ?",
        filler=r"(?:कृपया|धन्यवाद|केवल|सिर्फ|और|प्लीज|प्लीज़)",
        conjunction=r" ?,? और ",
        label=r"(?:उत्तर की )?भाषा",
        same=r"(?:उसी भाषा|की भाषा में|अपनी भाषा|अगर|यदि|जब)",
    ),
    "bn": Phrases(
        after=r"(?: ভাষায়| ভাষায়| ভাষাতে)(?= |$|[,।.?!:])",
        answer=r"(?:উত্তর|জবাব|কথা বলো|কথা বলুন|ব্যবহার কর)",
        write=r"(?:লেখ|লিখ|ব্যাখ্যা|বোঝাও|বুঝিয়ে|সারাংশ|বলো|বলুন|দাও|দিন|তৈরি কর|বর্ণনা|বানাও|সাহায্য)",
        translate=r"(?:অনুবাদ|তর্জমা|ভাষান্তর)",
        aside=r"(?:কীভাবে বল|কিভাবে বল|কী বলে|কি বলে|কেমন করে বল|মানে কী|মানে কি|অর্থ কী|অর্থ কি|ব্যাকরণ|উচ্চারণ"
        r"|ক্রিয়া)",
        question=r"(?:কে|কখন|কোথায়|কেন)(?= )",
        standing=r"(?:সবসময়|সর্বদা|এখন থেকে|শুধু|কেবল|সব|কখনো)",
        no=r"(?:না|নয়|বাদে|পরিবর্তে)(?: [^ ]+){0,1}? ?",
        filler=r"(?:দয়া করে|অনুগ্রহ করে|ধন্যবাদ|শুধু|এবং)",
        conjunction=r" ?,? (?:এবং|ও|আর) ",
        label=r"ভাষা",
        same=r"(?:একই ভাষা|ব্যবহারকারীর ভাষা|নিজের ভাষা|যদি|যখন)",
    ),
    "th": Phrases(
        into=r"(?:เป็น|ใน|ด้วย|ใช้|พูด|ตอบ|แปล|เขียน|สรุป)(?:เป็น)?",
        genre=r"(?:อีเมล|อีเมล์|จดหมาย|บทความ|ข้อความ|เรียงความ|กลอน|เรื่อง|บทกวี)\x00",
        after=r" ?(?:เท่านั้น|หน่อย|ด้วย|นะ|ครับ|ค่ะ)",
        answer=r"(?:ตอบ|คุย|พูด|ใช้|สนทนา|โต้ตอบ)",
        write=r"(?:เขียน|อธิบาย|เล่า|สรุป|ให้|บอก|บรรยาย|สร้าง|แต่ง|ร่าง|ทำ|ช่วย|ขอ|แนะนำ)",
        translate=r"(?:แปล)",
        aside=r"(?:พูดว่า(?:อย่างไร|อะไร|ยังไง)|เรียกว่า|แปลว่าอะไร|เขียน(?:ว่า)?(?:อย่างไร|ยังไง)|หมายความว่า"
        r"|ไวยากรณ์|ออกเสียง|คำกริยา|คำว่า|ใด)",
        question=r"(?:ใคร|เมื่อไหร่|ทำไม)",
        standing=r"(?:เสมอ|ตลอด|จากนี้|ต่อไปนี้|เท่านั้น|ทุก|ห้าม)",
        no=r"(?:ไม่|อย่า|ห้าม|แทน)(?:ใช้|ต้อง|ตอบ|เป็น|พูด)*",
        filler=r"(?:กรุณา|โปรด|ขอบคุณ|ครับ|ค่ะ|คะ|นะ|หน่อย|ด้วย|เท่านั้น)",
        conjunction=r" ?(?:และ|กับ)(?:เป็น)?",
        label=r"ภาษา(?:คำตอบ)?",
        same=r"(?:ภาษาเดียวกัน|ภาษาของผู้ใช้|ภาษาที่ผู้ใช้|ถ้า|หาก|เมื่อ)",
    ),
    "ja": Phrases(
        after=r"(?:文|版)?(?:の(?:両方|二か国語|2か国語|両言語|二言語|バイリンガル))?(?:のみ|だけ)?(?:で(?!きる"
        r"|きま|す|し|も|の(?!回答|返|答|説|要))|に(?:翻?訳|直"
        r"|変換|し|切|なお|て|変え)|にて|へ(?:翻?訳|$|の翻訳|変換)"
        r"|訳|を使|を用い|の?翻訳(?!者)|で$)",
        genre=r"\x00(?:の|文の)?(?:メール|文章|手紙|詩|返信|回答|作文|記事|スピーチ)を",
        answer=r"(?:答え|回答|返事|返信|応答|話し|話せ|喋|使って|使い|使用|用い|切り替え|続け|お願い)",
        write=r"(?:書い|書き|説明|教え|要約|まとめ|作っ|作成|ください|下さい|紹介|述べ|して|頼む"
        r"|頼みます|表現|話|出力|記述|列挙|解説|くれ|ちょうだい)",
        translate=r"(?:翻訳|訳|直して|なおして|に変換|にして)",
        aside=r"(?:何と(?:言|い)|なんと(?:言|い)|何て|なんて|どう(?:言|い|書|発音)|という意味|の意味|文法|発音|話せるように)",
        question=r"(?:誰が|いつ|どこで|なぜ)",
        standing=r"(?:常に|いつも|今後|これから|のみ|だけ|すべて|全て|必ず|以降|絶対)",
        no=r"(?:以外の?|ではなく|じゃなく|でなく)",
        filler=r"(?:お願い(?:します|いたします)?|ください|で|だけ|のみ|どうぞ)",
        conjunction=r"(?:と|、|および|及び|そして|か|または|・|/|で、(?:次に|それから)|で、?その後|の後に?)",
        label=r"(?:出力|回答)?言語",
        same=r"(?:同じ言語|ユーザーの言語|ユーザの言語|使用した言語|場合)",
    ),
    "ko": Phrases(
        after=r"(?: ?(?:둘 ?다|모두|두 (?:언어|가지)))?(?:로|으로)(?:만|는)?(?!부터| 된| 쓰인| 쓴 "
        r"| 작성된| 쓰여)|를 (?:사용|써서|이용)|만 (?:사용|써)"
        r"| ?(?:번역|버전)",
        genre=r"\x00 ?(?:이메일|편지|글|시|문장|메일|에세이|답변|자기소개서)(?:을|를)? ?(?:[^ ]+ )?(?:써|작성|만들)",
        answer=r"(?:답|대답|답변|응답|회신|말해|말하|대화|얘기|이야기해|사용|써서|전환|바꿔|계속|부탁)",
        write=r"(?:써|쓰|적어|작성|설명|알려|요약|정리|말해|소개|만들|들려|묘사|나열"
        r"|해 ?줘|해 ?주|주세요|해라|하세요|출력|도와)",
        translate=r"(?:번역|옮겨|옮기|통역)",
        aside=r"(?:뭐라고|뭐라|어떻게 (?:말|쓰|읽|발음|표현|해요|하나|되)|무슨 뜻|뜻이|의미가|문법|발음)",
        question=r"(?:누가|언제|어디서|왜)(?= )",
        standing=r"(?:항상|언제나|앞으로|지금부터|이제부터|만(?= )|모두|모든|반드시|절대|무조건)",
        no=r"(?:말고|아닌|대신) ?",
        filler=r"(?:부탁해|부탁합니다|부탁드립니다|부탁|제발|요|좀|만|이제)",
        conjunction=r"(?:와|과|랑|하고|, ?| 및 |나|이나| 또는 |로, ?|로 ?(?:쓰고|먼저)[,]? (?:그 ?다음|다음)?)? ?|/",
        label=r"(?:출력 |답변 )?언어",
        same=r"(?:같은 언어|사용자의 언어|사용자 언어|사용한 언어|동일한 언어|경우|라면)",
    ),
    "zh": Phrases(
        into=r"(?:用|使用|以|成为|成|为|作|到|至|说|讲|請用|请用|译|翻|写|改成|换成|转成|变成|只能?用|回复"
        r"|全部用|為|轉成|譯成|說|講|語言)(?:标准|纯|简体|简单的?"
        r"|流利的?)?(?:的)?",
        after=r"(?:来|來)?(?:回复|回答|作答|解释|写|说明|描述|总结|回覆|解釋|(?:翻译|翻譯)(?!成|为"
        r"|為|到|一下|出)|译文|版本|版|吗|输出|表达|交流)",
        genre=r"(?:写|寫|作|拟|起草)(?:一|两|三)?[篇封首个段份則则]?\x00的?[^，。]{0,6}(?:邮件"
        r"|信|作文|文章|短文|故事|诗|简历|郵件|演讲稿|文案)",
        answer=r"(?:回答|回复|回覆|作答|答复|答|说话|交流|对话|输出|请用|使用|切换|继续|說話|對話|輸出|請用|切換)",
        write=r"(?:写|解释|说明|总结|介绍|描述|讲|告诉|给|列出|生成|创作|概括|撰写|说|帮|请|寫|解釋"
        r"|說明|總結|介紹|講|告訴|給|撰寫|幫|請|表达|做|编)",
        translate=r"(?:翻译|译成|译为|翻成|译|翻譯|譯)",
        aside=r"(?:怎么(?:说|讲|写|读|念|拼|表达)|如何(?:说|讲|写|读|表达)|怎樣說|怎麼(?:說|講|寫|讀)|什么意思"
        r"|是什么意思|甚麼意思|什麼意思|语法|語法|发音|發音|叫什么|区别)",
        question=r"(?:谁|什么时候|哪里|为什么|为何|誰|為什麼)",
        standing=r"(?:始终|一直|总是|从现在|以后|只用|只能|全部|所有|都|始終|總是|從現在|以後|永远|务必|必须)",
        no=r"(?:不要?|别|而不是|不是|代替|不许|不得|不能|別)(?:再)?(?:使?用|说|以|讲|回复)?",
        filler=r"(?:请|謝謝|谢谢|吧|就|一下|請)",
        conjunction=r"(?:和|与|及|以及|、|跟|與|或|或者|/|，再用|,再用|，然后用|，然後用)",
        label=r"(?:输出|回答|回复|輸出)?(?:语言|語言|语种)",
        same=r"(?:相同的?语言|同样的?语言|用户的?语言|一样的语言|同一种?语言|相同的語言|使用者的語言|如果|若|当.{1,10}时)",
    ),
}
