"""Words of conditions on the user's language, per language: a closed class each, as expressions over folded text."""

from dataclasses import dataclass

__all__ = ["CONDITION_WORDS", "ConditionWords"]


@dataclass(frozen=True, slots=True)
class ConditionWords:
    """One language's words.

    Attributes:
        condition: begins a condition ("if", "for users who").
        condition_behind: ends one, where it stands behind ("の場合", "라면").
        other: all other users ("otherwise", "for any other language", "default").
        another: a language that is not named ("another language").
        follow: the user's own language ("the user's language", "the same language as").
        same: what refers back to a language that was named ("that language", "likewise").
        answer: verb that ends a condition without a comma ("respond").
        never: denies what follows.
    """

    condition: str = ""
    condition_behind: str = ""
    other: str = ""
    another: str = ""
    follow: str = ""
    same: str = ""
    answer: str = ""
    never: str = ""


CONDITION_WORDS: dict[str, ConditionWords] = {
    "en": ConditionWords(
        condition=r"\b(?:if|when|whenever|unless|in case|in the event"
        r"|(?:for|to) (?:all |any |every )?(?:\w+[ -])?(?:users?|customers?|clients?|people|speakers?|visitors?"
        r"|questions?|messages?|requests?|queries|inputs?"
        r"|callers?|guests?))\b",
        other=r"\b(?:otherwise|or else|else|(?:for |to |in )?(?:all|any|every) (?:of the )?others?|(?:for "
        r"|in )?other (?:languages?|cases|users)"
        r"|everyone else|everybody else|anyone else|anything else|default(?:s|ing)?|fall ?back)\b",
        another=r"\b(?:another|a different|any other|other|some other|a foreign|different|their own"
        r"|non-\w+) languages?\b",
        follow=r"\b(?:user|customer|client|caller|sender|reader|person|visitor|guest|speaker|interlocutor|recipient"
        r"|writer|questioner|patient|student)"
        r"(?:'s|s'|s)? (?:own |preferred |native |respective |input |chosen )?language\b"
        r"|\b(?:same|whatever|whichever|detected|respective) (?:\w+ )?language\b(?! pair)|\blanguage (?:of|used by"
        r"|used in|that|in which)"
        r" (?:the |this |their |each |his |her )?(?:latest |last |original |current |most recent )?(?:user|customer"
        r"|client|question|message|query|prompt|input|request|they|sender"
        r"|caller|conversation|he|she|email|mail|text|person|writes?)"
        r"|\b(?:their|his|her|its|the) own language\b|\b(?:in|use|using) (?:that|their|his|her) language\b"
        r"|\bin kind\b"
        r"|\b(?:match|mirror|detect|follow|adapt to|switch to) (?:\w+ )?(?:\w+ )?language\b",
        same=r"\b(?:that language|use (?:that|it)|that one|likewise|the same|do so|accordingly|in it)\b",
        answer=r"\b(?:answer|respond|reply|speak|write back|use|switch|output|then|continue|you should|you must"
        r"|please)\b(?! (?:is|are|was)\b)",
        never=r"\b(?:not|never|n't|do not|avoid|regardless of|whatever|no matter|ignore|irrespective of"
        r"|independent of)\b",
    ),
    "de": ConditionWords(
        condition=r"\b(?:wenn|falls|sofern|schreibt (?:der|die|ein)|sollte|bei (?:\w+ )?(?:fragen|anfragen"
        r"|nachrichten|nutzern|kunden)|fur \w*(?:nutzer|kunden|benutzer)\w*)\b",
        other=r"\b(?:sonst|ansonsten|andernfalls|anderenfalls|in allen anderen|alle anderen|bei allen anderen"
        r"|standard\w*|standardma[sß]+ig|im zweifel)\b",
        another=r"\b(?:anderen?r?|fremden?) sprachen?\b",
        follow=r"\bsprache (?:des|der|seiner|ihrer|in der|die der|vom) ?(?:jeweiligen |letzten )?(?:nutzer|benutzer"
        r"|anwender|kunde|frage|nachricht|anfrage|absender|person|text)?\w*"
        r"|\b(?:gleichen|derselben|selben|jeweiligen|dessen|seiner|ihrer|eigenen|dieser) sprache\b|\b(?:nutzer"
        r"|benutzer|kunden)sprache\b",
        same=r"\b(?:diese[rn]?|dann (?:diese|in dieser)|ebenfalls|ebenso)\b",
        answer=r"\b(?:antworte\w*|dann|so antworte)\b",
        never=r"\b(?:nicht|nie|niemals|unabhangig von|egal)\b",
    ),
    "fr": ConditionWords(
        condition=r"\b(?:si|lorsque|quand|au cas ou|pour les (?:utilisateurs|clients|messages|questions))\b|\bs'il\b"
        r"|\blorsqu'",
        other=r"\b(?:sinon|autrement|dans tous les autres cas|(?:toutes|pour) les autres|pour toute autre|par defaut"
        r"|dans les autres cas)\b",
        another=r"\b(?:une autre|d'autres|toute autre) langues?\b",
        follow=r"\blangue (?:de l'|de la |du |de |que l'|utilisee|dans laquelle )(?:utilisateur|interlocuteur|client"
        r"|question|message|demande|personne|emploie|il|lui|expediteur)?"
        r"|\b(?:meme|sa propre|leur propre|cette|sa|leur) langue\b",
        same=r"\b(?:cette langue|celle-ci|egalement|utilise-la)\b",
        answer=r"\b(?:repon\w+|alors)\b",
        never=r"\b(?:pas|jamais|quelle que soit|peu importe|independamment)\b",
    ),
    "es": ConditionWords(
        condition=r"\b(?:si|cuando|siempre que|en caso de|para (?:los )?(?:usuarios|clientes|mensajes))\b",
        other=r"\b(?:si no|de lo contrario|en caso contrario|en otro caso|en (?:todos )?los demas|los demas"
        r"|para (?:todos )?los demas|por defecto|predeterminado)\b",
        another=r"\b(?:otro|otros|cualquier otro) idiomas?\b|\botra lengua\b",
        follow=r"\b(?:idioma|lengua) (?:del|de la|de su|en (?:el )?que|que (?:use|usa|utilice|utiliza)) ?(?:usuario"
        r"|cliente|pregunta|mensaje|consulta|remitente|escrib\w+)?"
        r"|\b(?:mismo|propio|ese|su) (?:propio )?idioma\b|\bmisma lengua\b",
        same=r"\b(?:ese idioma|usalo|usa ese|tambien)\b",
        answer=r"\b(?:respond\w+|contest\w+|entonces)\b",
        never=r"\b(?:no|nunca|sin importar|independientemente)\b",
    ),
    "pt": ConditionWords(
        condition=r"\b(?:se|quando|caso|sempre que|para (?:os )?(?:usuarios|clientes|utilizadores))\b",
        other=r"\b(?:caso contrario|senao|do contrario|em todos os outros|(?:para )?(?:todos )?os (?:demais|outros)"
        r"|por padrao|por omissao|nos demais)\b",
        another=r"\b(?:outro|outros|qualquer outro) idiomas?\b|\boutra lingua\b",
        follow=r"\b(?:idioma|lingua) (?:do|da|em que|que|usad[oa] pel[oa]) ?(?:usuario|utilizador|cliente|pergunta"
        r"|mensagem|remetente)?"
        r"|\b(?:mesm[oa]|propri[oa]|esse|seu|sua) (?:propri[oa] )?(?:idioma|lingua)\b",
        same=r"\b(?:esse idioma|use-o|tambem)\b",
        answer=r"\b(?:respond\w+|entao)\b",
        never=r"\b(?:nao|nunca|independentemente)\b",
    ),
    "it": ConditionWords(
        condition=r"\b(?:se|quando|qualora|nel caso|per gli utenti|per i clienti)\b",
        other=r"\b(?:altrimenti|in caso contrario|in tutti gli altri|(?:per )?tutte le altre|per gli altri|(?:di"
        r"|per) default|predefinit[oa])\b",
        another=r"\b(?:un'altra|altra|altre|qualsiasi altra) lingu[ae]\b",
        follow=r"\blingua (?:dell'utente|dell'interlocutore|del cliente|della domanda|del messaggio|in cui|usata"
        r"|utilizzata|che usa)"
        r"|\b(?:stessa|propria|quella|sua|loro) lingua\b",
        same=r"\b(?:quella lingua|usala|anche)\b",
        answer=r"\b(?:rispond\w+|allora)\b",
        never=r"\b(?:non|mai|a prescindere|indipendentemente)\b",
    ),
    "nl": ConditionWords(
        condition=r"\b(?:als|wanneer|indien|voor (?:\w+ )?(?:gebruikers|klanten))\b",
        other=r"\b(?:anders|in alle andere|alle andere|voor alle andere|overige|standaard\w*)\b",
        another=r"\b(?:een )?andere ta(?:al|len)\b",
        follow=r"\btaal (?:van de|waarin|die de) (?:gebruiker|klant|vraag|hij|afzender)?|\b(?:dezelfde|die|eigen"
        r"|zijn|hun) (?:eigen )?taal\b",
        same=r"\b(?:die taal|ook)\b",
        answer=r"\b(?:antwoord\w*|dan)\b",
        never=r"\b(?:niet|nooit|ongeacht)\b",
    ),
    "sv": ConditionWords(
        condition=r"\b(?:om|nar|ifall|for (?:\w+ )?(?:anvandare|kunder))\b",
        other=r"\b(?:annars|i ovriga fall|alla andra|for alla andra|i andra fall|standard\w*|som standard)\b",
        another=r"\b(?:ett )?anna[tn]t? sprak\b|\bandra sprak\b",
        follow=r"\b(?:anvandarens|kundens|samma|sitt|det) (?:eget )?sprak\w*\b|\bsprak som (?:anvandaren|kunden)",
        same=r"\bdet spraket\b",
        answer=r"\b(?:svara\w*|da)\b",
        never=r"\b(?:inte|aldrig|oavsett)\b",
    ),
    "da": ConditionWords(
        condition=r"\b(?:hvis|nar|dersom|for (?:\w+ )?(?:brugere|kunder|brukere))\b",
        other=r"\b(?:ellers|alle andre|i alle andre|for alle andre|som standard|standard(?:sprog|sprak))\b",
        another=r"\b(?:et )?anne[tn] (?:sprog|sprak)\b|\bandre (?:sprog|sprak)\b",
        follow=r"\b(?:brugerens|brukerens|kundens|samme|sit|sitt|det) (?:eget )?(?:sprog|sprak)\w*\b",
        answer=r"\b(?:svar\w*|sa)\b",
        never=r"\b(?:ikke|aldrig|aldri|uanset|uansett)\b",
    ),
    "pl": ConditionWords(
        condition=r"\b(?:jesli|jezeli|gdy|kiedy|dla (?:uzytkownikow|klientow))\b",
        other=r"\b(?:w przeciwnym razie|inaczej|w pozostalych|we wszystkich innych|(?:dla )?wszystkich innych"
        r"|domysln\w+)\b",
        another=r"\b(?:innym|inny|innych) jezyk\w*\b",
        follow=r"\bjezyk\w* (?:uzytkownika|klienta|rozmowcy|pytania|wiadomosci|w ktorym)|\b(?:tym samym|swoim|jego"
        r"|tym) jezyku\b",
        answer=r"\b(?:odpowiad\w+|odpowiedz|to)\b",
        never=r"\b(?:nie|nigdy|niezaleznie)\b",
    ),
    "cs": ConditionWords(
        condition=r"\b(?:pokud|kdyz|jestlize|jestli|ak|ked)\b",
        other=r"\b(?:jinak|v ostatnich|ve vsech ostatnich|vychozi|inak|predvolen\w+)\b",
        another=r"\b(?:jinem|jiny|inom) jazy\w+\b",
        follow=r"\bjazy\w+ (?:uzivatele|zakaznika|pouzivatela|otazky|ve kterem)|\b(?:stejnem|svem|jeho|rovnakom"
        r"|tom) jazy\w+\b",
        answer=r"\b(?:odpov\w+|tak)\b",
        never=r"\b(?:ne|nikdy|bez ohledu)\b",
    ),
    "ru": ConditionWords(
        condition=r"\b(?:если|когда|в случае|для (?:пользователей|клиентов))\b",
        other=r"\b(?:иначе|в противном случае|в остальных|во всех (?:остальных|других|прочих)"
        r"|для (?:всех )?(?:остальных|других|прочих)|по умолчанию)\b",
        another=r"\b(?:другом|ином|других|иностранном) язык\w+\b",
        follow=r"\bязык\w* (?:пользователя|собеседника|клиента|вопроса|запроса|сообщения|отправителя|на котором)"
        r"|\b(?:том же|своем|его|этом|том) (?:самом )?языке\b",
        answer=r"\b(?:отвеча\w+|ответ\w*|то)\b",
        never=r"\b(?:не|никогда|независимо)\b",
    ),
    "uk": ConditionWords(
        condition=r"\b(?:якщо|коли|у разі|для (?:користувачів|клієнтів))\b",
        other=r"\b(?:інакше|в іншому разі|у решті|в усіх інших|для (?:всіх )?інших|за замовчуванням|за умовчанням)\b",
        another=r"\bіншою мовою\b|\bінших мовах\b",
        follow=r"\bмов\w+ (?:користувача|співрозмовника|клієнта|запиту|питання|повідомлення)|\b(?:тією ж|тією самою"
        r"|своєю|його|цією) мовою\b",
        answer=r"\b(?:відпов\w+|то)\b",
        never=r"\b(?:не|ніколи|незалежно)\b",
    ),
    "el": ConditionWords(
        condition=r"\b(?:αν|εαν|οταν)\b",
        other=r"\b(?:αλλιωσ|διαφορετικα|σε καθε αλλη|για ολεσ τισ αλλεσ|προεπιλογη)\b",
        another=r"\bαλλη γλωσσα\b",
        follow=r"\bγλωσσα (?:του|τησ) (?:χρηστη|πελατη|ερωτησησ)|\b(?:ιδια|αυτη τη|δικη του) γλωσσα\b",
        answer=r"\b(?:απαντ\w+|τοτε)\b",
    ),
    "ro": ConditionWords(
        condition=r"\b(?:daca|cand)\b",
        other=r"\b(?:altfel|in caz contrar|in toate celelalte|implicit)\b",
        another=r"\balta limba\b",
        follow=r"\blimba (?:utilizatorului|clientului|intrebarii|in care|pe care)|\b(?:aceeasi|acea|propria) limba\b",
        answer=r"\b(?:raspun\w+|atunci)\b",
    ),
    "hu": ConditionWords(
        condition=r"\b(?:ha|amikor)\b",
        other=r"\b(?:kulonben|egyebkent|minden mas|alapertelmez\w+)\b",
        another=r"\bmas nyelven\b",
        follow=r"\b(?:felhasznalo|ugyfel|kerdes) nyelven\b|\bugyanazon a nyelven\b|\bazon a nyelven\b",
        answer=r"\b(?:valaszol\w*|akkor)\b",
    ),
    "fi": ConditionWords(
        condition=r"\b(?:jos|kun)\b",
        other=r"\b(?:muuten|muussa tapauksessa|kaikissa muissa|oletus\w*)\b",
        another=r"\b(?:toisella|muulla) kielella\b",
        follow=r"\b(?:kayttajan|asiakkaan|samalla|silla|hanen) (?:omalla )?kielella\b",
        answer=r"\bvastaa\w*\b",
    ),
    "tr": ConditionWords(
        condition=r"\b(?:eger)\b",
        condition_behind=r"\w+(?:rsa|rse|yorsa|ıysa|iyse|diginde|tiginda|dugunda)\b",
        other=r"\b(?:aksi (?:halde|takdirde)|yoksa|diger (?:tum|butun)|tum diger|varsayilan)\b",
        another=r"\b(?:baska|farkli) (?:bir )?dil\w*\b",
        follow=r"\b(?:kullanicinin|musterinin|ayni|kendi|o) dil\w+\b",
        answer=r"\b(?:yanit|cevap)\w*\b",
        never=r"\b(?:asla|bagimsiz)\b",
    ),
    "id": ConditionWords(
        condition=r"\b(?:jika|kalau|apabila|bila|untuk (?:pengguna|pelanggan))\b",
        other=r"\b(?:jika tidak|selain itu|untuk (?:semua )?bahasa lain\w*|secara default|bawaan|sebaliknya)\b",
        another=r"\bbahasa lain\b",
        follow=r"\bbahasa (?:pengguna|pelanggan|yang sama|yang digunakan|tersebut|itu|mereka)\b",
        answer=r"\b(?:jawab\w*|balas\w*|maka)\b",
        never=r"\b(?:jangan|tidak|terlepas)\b",
    ),
    "vi": ConditionWords(
        condition=r"\b(?:neu|khi|doi voi)\b",
        other=r"\b(?:neu khong|con lai|cac ngon ngu khac|mac dinh|truong hop khac)\b",
        another=r"\bngon ngu khac\b",
        follow=r"\bngon ngu (?:cua|ma) (?:nguoi dung|khach|ho|cau hoi)|\b(?:cung|chinh) ngon ngu|\bngon ngu (?:do"
        r"|nay)\b",
        answer=r"\b(?:tra loi|hay|thi)\b",
    ),
    "ar": ConditionWords(
        condition=r"(?<!\w)(?:اذا|ان كتب|عندما|في حال)(?!\w)",
        other=r"(?<!\w)(?:والا|وإلا|خلاف ذلك|في غير ذلك|لجميع اللغات الاخري|غير ذلك|افتراضي\w*)(?!\w)",
        another=r"لغه اخري",
        follow=r"(?:بلغه|لغه) (?:المستخدم|العميل|السوال|الرساله)|نفس اللغه|بلغته|بتلك اللغه",
        answer=r"(?<!\w)(?:ف?اجب|ف?رد|فاجب)(?!\w)",
    ),
    "fa": ConditionWords(
        condition=r"(?<!\w)(?:اگر|وقتي|چنانچه)(?!\w)",
        other=r"(?<!\w)(?:در غير اين صورت|وگرنه|پيش ?فرض|ساير زبان)",
        another=r"زبان ديگري?",
        follow=r"زبان (?:كاربر|مشتري|سوال|خودش)|همان زبان",
        answer=r"(?:پاسخ|جواب)",
    ),
    "he": ConditionWords(
        condition=r"(?<!\w)(?:אם|כאשר|כש\w+)(?!\w)",
        other=r"(?<!\w)(?:אחרת|בכל מקרה אחר|לכל השפות האחרות|ברירת (?:ה)?מחדל)(?!\w)",
        another=r"שפה אחרת",
        follow=r"(?:בשפת|שפת) (?:המשתמש|הלקוח|השאלה)|באותה שפה|בשפה שלו|בשפתו",
        answer=r"(?<!\w)(?:ענה|תענה|השב|אז)(?!\w)",
    ),
    "hi": ConditionWords(
        condition=r"(?<!\w)(?:अगर|यदि|जब)(?!\w)",
        other=r"(?:अन्यथा|वरना|नहीं तो|बाकी सभी|डिफ़ॉल्ट|डिफॉल्ट)",
        another=r"(?:किसी )?(?:और|दूसरी|अन्य) भाषा",
        follow=r"(?:उपयोगकर्ता|यूज़र|ग्राहक) की भाषा|उसी भाषा|उनकी भाषा",
        answer=r"(?:तो|जवाब|उत्तर)",
    ),
    "th": ConditionWords(
        condition=r"(?:ถ้า|หาก|เมื่อ)",
        other=r"(?:มิฉะนั้น|ไม่เช่นนั้น|ภาษาอื่นๆ ทั้งหมด|ค่าเริ่มต้น|นอกนั้น)",
        another=r"ภาษาอื่น",
        follow=r"ภาษา(?:เดียวกัน|ของผู้ใช้|ของลูกค้า|ที่ผู้ใช้|นั้น)",
        answer=r"(?:ให้ตอบ|ตอบ)",
    ),
    "ja": ConditionWords(
        condition=r"(?:もし)",
        condition_behind=r"(?:場合(?:は|には)?|とき(?:は|には)?|時(?:は|には)|たら|なら(?:ば)?|れば)",
        other=r"(?:それ以外|その他|ほかの言語|他の言語|デフォルト|既定)",
        another=r"(?:別の|他の|ほかの|違う)言語",
        follow=r"(?:同じ言語|(?:ユーザー?|利用者|お客様|相手|顧客|質問者?)の(?:使用)?言語|その言語|使用した言語)",
    ),
    "ko": ConditionWords(
        condition=r"(?:만약|만일)",
        condition_behind=r"(?:[면]|경우(?:에는|엔|에)?|때(?:는|에는)?)(?=[ ,])",
        other=r"(?:그 ?외|그렇지 않으면|나머지|다른 모든|기본(?:값| 언어|은|적으로)|아니면)",
        another=r"다른 언어",
        follow=r"(?:(?:사용자|고객|상대방?|질문|유저)의? ?언어|같은 언어|동일한 언어|그 언어|해당 언어|사용한 언어)",
    ),
    "zh": ConditionWords(
        condition=r"(?:如果|若|假如|当|當|对于|對於)",
        condition_behind=r"(?:的话|的話|时|時)(?=[,，用])",
        other=r"(?:否则|否則|其他(?:语言|情况|語言|情況|用户|用戶)|其它|其余|默认|默認|預設)",
        another=r"(?:其他|其它|别的|別的|另一[种種])(?:语言|語言)",
        follow=r"(?:用户|用戶|使用者|客户|客戶|对方|對方|提问者|问题)(?:的|所用的?|使用的)?(?:语言|語言)|(?:相同|同样|同樣|同一[种種]?|一样|该|該|那种)的?(?:语言|語言)",
        answer=r"(?:请?用|請?用|就用|则用|則用|回答|回复|回覆)",
    ),
}  # fmt: skip
