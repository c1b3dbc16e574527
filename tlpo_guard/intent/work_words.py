"""What people call work on a text, per language, as expressions over folded text.

Three columns: the text's own language is asked for; the text is corrected, continued or written anew; it is answered.
"""

__all__ = ["SUMMARISE_VERBS", "TRANSLATE_VERBS", "WORK_WORDS"]

WORK_WORDS: dict[str, tuple[str, str, str]] = {
    "en": (
        r"\b(?:same|its|original) language\b(?! as (?:me|i|mine)\b)|\blanguage of the (?:text|original"
        r"|e-?mail|letter|message|review|ticket|document|source|post|comment)|\bin (?:their|his|her"
        r"|the (?:\w+'s)) (?:own )?language\b|\blanguage (?:it|they|he|she|the \w+) (?:is|are|was|were"
        r"|wrote|writes|used|uses)\b",
        r"\b(?:proof-?read\w*|spell-?check\w*|copy-?edit\w*|correct(?:ing|ed)?|(?:fix|check|improve"
        r"|polish|edit|revise|clean up|mend|repair)\b.{0,40}?\b(?:grammar|spelling|punctuation|typos?"
        r"|mistakes?|errors?|sentences?|paragraphs?|essays?|texts?|wording|writing|style|letter|e-?mail"
        r"|article|draft|style|translation|phrasing)|grammar|typos?|spelling|misspell\w*|punctuate"
        r"|(?:continue|complete|finish|extend|go on with|carry on|fill in)\b.{0,30}?(?:\b(?:story"
        r"|sentences?|text|poem|paragraph|verse|essay|song|lyrics|letter|dialogue|tale|passage|writing"
        r"|article|it|this|blanks?|gaps?)\b|$))|\b(?:rewrite|re-write|rephrase|paraphrase|reword|shorten"
        r"|simplify|condense|tidy up|make (?:this|it|the following|that|my \w+) (?:\w+ )?(?:more "
        r"|less )?(?:formal|polite|friendl\w+|shorter|longer|casual|concise|sound|clear\w*|professional))",
        r"\b(?:(?:reply|respond|answer|write (?:a |an |the |me a )?(?:\w+ )?(?:reply|response|answer)"
        r"|draft (?:a |an )?(?:\w+ )?(?:reply|response|answer)) to (?:this|the|my|that|these)\b)",
    ),
    "de": (
        r"\b(?:gleichen|derselben|selben|original) ?sprache\b|\bsprache (?:des|der) (?:kunden|textes|mail"
        r"|e-mail|nachricht|briefs?|originals?|absenders)|\b(?:seiner|ihrer|deren) sprache\b",
        r"\b(?:korrigier\w*|verbesser\w*|lektorier\w*|korrekturles\w*|korrektur\b|(?:setz\w*|fuhr\w*"
        r"|schreib\w*|erzahl\w*) .{0,40}?\b(?:fort|weiter|zu ende)\b|vervollstandig\w*|erganz\w*)"
        r"|\b(?:formulier\w* .{0,40}?\bum\b|umformulier\w*|umschreib\w*|kurz\w* |vereinfach\w*"
        r"|formulier\w*)",
        r"\b(?:antwort\w* (?:auf|an) (?:diese|die|den|das|folgende)|beantwort\w* (?:diese|die|den))",
    ),
    "fr": (
        r"\b(?:meme|sa|leur) langue\b|\blangue (?:du client|du texte|de l'original|du message"
        r"|de l'expediteur|d'origine|originale)",
        r"\b(?:corrig\w+|relis|relire|amelior\w+|continu\w+|poursui\w+|complet\w+|termin\w+|finis\b)"
        r"|\b(?:reformul\w+|reecri\w+|raccourci\w*|simplifi\w+|paraphras\w+|rends (?:ce|le|la))",
        r"\b(?:repon\w+ (?:a|au) (?:ce|cet|cette|la|le|mail|message|client))",
    ),
    "es": (
        r"\bmismo idioma\b|\bmisma lengua\b|\b(?:idioma|lengua) (?:del (?:cliente|texto|original|mensaje"
        r"|remitente)|original|de la carta)|\b(?:en )?su (?:propio )?idioma\b",
        r"\b(?:corrig\w+|correg\w+|correccion|mejor(?:a|ar|e|es)\b|continu\w+|complet(?:a|ar|e)\b"
        r"|termin(?:a|ar|e)\b|sigue\b|revis(?:a|ar|e)\b)|\b(?:reescrib\w+|reformul\w+|acort\w+"
        r"|simplific\w+|simplifiq\w+|parafrase\w+)",
        r"\b(?:(?:respond\w+|contest\w+) (?:a|al) (?:est[ea]|la|el|siguiente|correo|mensaje|cliente))",
    ),
    "pt": (
        r"\b(?:mesmo idioma|mesma lingua)\b|\b(?:idioma|lingua) (?:do (?:cliente|texto|original"
        r"|remetente)|original|da carta|da mensagem)",
        r"\b(?:corrij\w+|corrig\w+|correcao|melhor(?:e|ar|a)\b|continu\w+|complet(?:e|ar|a)\b|termin(?:e"
        r"|ar|a)\b|revis(?:e|ar|a)\b|revej\w+)|\b(?:reescrev\w+|reformul\w+|encurt\w+|simplifi\w+"
        r"|parafrase\w+)",
        r"\b(?:respond\w+ (?:a|ao) (?:est[ea]|ess[ea]|e-?mail|mensagem|cliente|seguinte))",
    ),
    "it": (
        r"\b(?:stessa|sua|loro) lingua\b|\blingua (?:del (?:cliente|testo|mittente|messaggio)|originale"
        r"|dell'originale)",
        r"\b(?:corregg\w+|correzione|miglior(?:a|are|i)\b|continu\w+|complet(?:a|are|i)\b|prosegu\w+"
        r"|termin(?:a|are|i)\b|rivedi\b)|\b(?:riscriv\w+|riformul\w+|accorci\w+|semplific\w+|parafras\w+)",
        r"\b(?:rispond\w+ (?:a|alla|al) (?:quest\w+|la|mail|email|messaggio|cliente|seguente))",
    ),
    "nl": (
        r"\b(?:dezelfde|zijn|hun) taal\b|\btaal van (?:de klant|de tekst|het origineel|de afzender)",
        r"\b(?:corrige\w+|verbeter\w*|nakijk\w*|kijk .{0,30}? na\b|grammatica\w*|vul .{0,20}? aan"
        r"|maak .{0,30}? af\b|vervolg\w*|ga verder|schrijf .{0,30}? verder)|\b(?:herschrijf\w*"
        r"|herformuleer\w*|verkort\w*|vereenvoudig\w*|parafraseer\w*)",
        r"\b(?:(?:be)?antwoord\w* (?:op )?(?:deze|dit|de|het))",
    ),
    "sv": (
        r"\b(?:samma|sitt) sprak\b|\b(?:kundens|textens|originalets) sprak\b",
        r"\b(?:ratta\w*|korrigera\w*|korrekturlas\w*|fortsatt\b|avsluta\b|slutfor\b|komplettera\w*"
        r"|forbattra\w*)|\b(?:skriv om\b|omformulera\w*|forkorta\w*|forenkla\w*)",
        r"\b(?:svara pa (?:det|detta|den|denna|mejlet|meddelandet|kundens))",
    ),
    "da": (
        r"\b(?:samme|sit|sitt) (?:sprog|sprak)\b|\b(?:kundens|tekstens) (?:sprog|sprak)\b",
        r"\b(?:ret\b|rett\b|korriger\w*|korrekturlaes\w*|korrekturles\w*|fortsaet\b|fortsett\b"
        r"|faerdiggor\b|fullfor\b|forbedr\w*)|\b(?:omskriv\w*|skriv om\b|omformuler\w*|forkort\w*"
        r"|forenkl\w*)",
        r"\b(?:svar pa (?:denne|dette|mailen|beskeden|e-posten))",
    ),
    "pl": (
        r"\b(?:tym samym|swoim|jego) jezyku\b|\bjezyku (?:klienta|tekstu|oryginalu|nadawcy|wiadomosci)",
        r"\b(?:popraw\w*|skoryg\w*|korekt\w*|dokoncz\w*|kontynuuj\w*|uzupelnij\w*|sprawdz\w*)"
        r"|\b(?:przeredaguj\w*|sparafrazuj\w*|przeformuluj\w*|skroc\w*|uprosc\w*)",
        r"\b(?:odpowiedz na (?:te|ten|to|mail\w*|wiadomosc)|odpisz na)",
    ),
    "cs": (
        r"\b(?:stejnem|svem|jeho|rovnakom) jazy\w+\b|\bjazy\w+ (?:zakaznika|textu|originalu|odesilatele)",
        r"\b(?:oprav\w*|zkoriguj\w*|korektur\w*|pokracuj\w*|dokonci\w*|dopln\w*|zkontroluj\w*"
        r"|skontroluj\w*)|\b(?:prepis\w*|preformuluj\w*|zkrat\w*|skrat\w*|zjednodus\w*)",
        r"\b(?:odpove\w+ na (?:tento|tuto|ten|toto|nasledujici)|odepis na)",
    ),
    "ru": (
        r"\b(?:том же|своем|его|их) (?:самом )?языке\b|\bязыке (?:клиента|текста|оригинала|отправителя"
        r"|письма)",
        r"\b(?:исправ\w*|отредактир\w*|откорректир\w*|проверь\w* .{0,30}?(?:ошиб|орфограф|граммат"
        r"|текст)\w*|продолжи\w*|закончи\w*|допиши\w*|дополни\w*|заверши\w*)|\b(?:перепиши\w*"
        r"|перефразируй\w*|переформулируй\w*|сократи\w*|упрости\w*)",
        r"\b(?:ответь\w* на (?:это|эт\w+|письмо|сообщение))",
    ),
    "uk": (
        r"\b(?:тією ж|тією самою|своєю|його) мовою\b|\bмовою (?:клієнта|тексту|оригіналу|відправника"
        r"|листа)",
        r"\b(?:виправ\w*|відредаг\w*|перевір\w* .{0,30}?(?:помил|орфограф|грамат|текст)\w*|продовж\w*"
        r"|закінч\w*|допиши\w*|доповни\w*|заверши\w*)|\b(?:перепиши\w*|перефразуй\w*|переформулюй\w*"
        r"|скороти\w*|спрости\w*)",
        r"\b(?:(?:дай )?відпов\w+ на (?:це|цей|лист|повідомлення))",
    ),
    "el": (
        r"\bιδια γλωσσα\b|\bγλωσσα (?:του πελατη|του κειμενου|του πρωτοτυπου|του αποστολεα)",
        r"\b(?:διορθωσ\w*|συνεχισ\w*|συμπληρωσ\w*|ολοκληρωσ\w*|τελειωσ\w*|βελτιωσ\w*)|\b(?:ξαναγραψ\w*"
        r"|αναδιατυπωσ\w*|συντομευσ\w*|απλοποιησ\w*)",
        r"\b(?:απαντησ\w* σ(?:ε|το|την|τη) (?:αυτο|αυτη|μηνυμα|email|mail|παρακατω|πελατη))",
    ),
    "ro": (
        r"\b(?:aceeasi|propria) limba\b|\blimba (?:clientului|textului|originalului|expeditorului)",
        r"\b(?:corect(?:eaza|ati|a|eze)\b|continu\w*|complet(?:eaza|ati)\b|termin(?:a|ati)\b"
        r"|imbunatat\w*)|\b(?:rescri\w*|reformul\w*|scurt(?:eaza|ati)\b|simplific\w*|parafraz\w*)",
        r"\b(?:raspun\w* la (?:acest|aceasta|mailul|mesajul|urmatorul))",
    ),
    "hu": (
        r"\bugyanazon a nyelven\b|\b(?:ugyfel|szoveg|vevo) nyelven\b",
        r"\b(?:javits\w*|korrigal\w*|folytas\w*|fejezd be\b|egeszits\w*|ellenoriz\w*)|\b(?:ird at\b"
        r"|fogalmazd (?:at|meg)\b|roviditsd\w*|egyszerusitsd\w*)",
        r"\b(?:valaszolj (?:erre|az|a)\b)",
    ),
    "fi": (
        r"\bsamalla kielella\b|\b(?:asiakkaan|tekstin) kielella\b",
        r"\b(?:korjaa\w*|oikolue\w*|jatka\w*|viimeistele\w*|taydenna\w*|tarkista\w*)"
        r"|\b(?:kirjoita .{0,30}?uudelleen|muotoile\w*|lyhenna\w*|yksinkertaista\w*)",
        r"\b(?:vastaa (?:tahan|viestiin|sahkopostiin))",
    ),
    "tr": (
        r"\bayni dil\w+\b|\b(?:musterinin|metnin|gonderenin) dil\w+\b",
        r"\b(?:duzelt\w*|yazim (?:hata|yanlis)\w*|devam et\w*|devamini\w*|tamamla\w*|bitir\w*"
        r"|kontrol et\w*)|\b(?:yeniden yaz\w*|yeniden ifade\w*|kisalt\w*|sadelestir\w*|basitlestir\w*)",
        r"\b(?:(?:su|bu) (?:e-?posta|mesaj|mail)\w* (?:cevap|yanit)\w*)",
    ),
    "id": (
        r"\bbahasa yang sama\b|\bbahasa (?:pelanggan|teks|asli|pengirim)\b",
        r"\b(?:perbaiki\w*|betulkan\w*|koreksi\w*|periksa .{0,20}?(?:ejaan|tata bahasa|teks)|lanjutkan\w*"
        r"|lengkapi\w*|selesaikan\w*|sambung\w*)|\b(?:tulis ulang\b|parafrase\w*|ringkas kalimat"
        r"|sederhanakan\w*)",
        r"\b(?:(?:balas|jawab)\w* (?:email|pesan|surel|surat) (?:ini|berikut))",
    ),
    "vi": (
        r"\b(?:cung|chinh) ngon ngu\b|\bngon ngu cua (?:khach|van ban|nguoi gui)",
        r"\b(?:sua (?:loi|chinh ta|ngu phap|lai)|chinh sua|hieu dinh|chinh ta|ngu phap|viet tiep|tiep tuc"
        r"|hoan thanh|ke tiep)|\b(?:viet lai|dien dat lai|rut gon|don gian hoa)",
        r"\b(?:(?:tra loi|hoi am) (?:email|thu|tin nhan)(?: nay)?)",
    ),
    "ar": (
        r"نفس اللغه|بنفس لغه|بلغه (?:العميل|النص|المرسل|الاصل)",
        r"(?<!\w)(?:صحح|صححي|دقق|تدقيق|تصحيح|اكمل|اكملي|تابع|واصل|حسن)(?!\w)|(?:اعد (?:صياغه|كتابه)|اختصر"
        r"|بسط)",
        r"(?:رد علي (?:هذ\w|ال)|اجب (?:علي|عن) (?:هذ\w|ال))",
    ),
    "fa": (
        r"همان زبان|زبان (?:مشتري|متن|فرستنده)",
        r"(?:تصحيح|اصلاح|ويرايش|دستور زبان|ادامه بده|ادامه اش|كامل كن|تكميل)|(?:بازنويسي|خلاصه تر"
        r"|ساده كن)",
        r"(?:به اين (?:ايميل|پيام|نامه) (?:پاسخ|جواب))",
    ),
    "he": (
        r"באותה שפה|בשפת (?:הלקוח|הטקסט|השולח|המקור)",
        r"(?<!\w)(?:תקן|תקני|לתקן|תתקן|הגה|המשך|המשיכי|תמשיך|השלם|תשלים|שפר)(?!\w)|(?:שכתב|נסח מחדש|קצר"
        r"|פשט)",
        r"(?:(?:ענה|השב|תענה) (?:על|ל)(?: ה?)(?:מייל|הודעה|אימייל|מכתב))",
    ),
    "hi": (
        r"उसी भाषा|ग्राहक की भाषा|मूल भाषा",
        r"(?:सुधार|ठीक कर|शुद्ध कर|पूरा कर|आगे लिख|जारी रख|आगे बढ़ा)|(?:फिर से लिख|दोबारा लिख|सरल कर"
        r"|छोटा कर)",
        r"(?:इस (?:ईमेल|संदेश|मेल) का (?:जवाब|उत्तर))",
    ),
    "bn": (
        r"একই ভাষা|গ্রাহকের ভাষা",
        r"(?:সংশোধন|ঠিক কর|সম্পূর্ণ কর|চালিয়ে যাও|শেষ কর)|(?:আবার লেখ|পুনরায় লেখ|সহজ কর)",
        r"(?:(?:এই|নিচের) (?:ইমেইল|বার্তা)\w*)",
    ),
    "th": (
        r"ภาษาเดียวกัน|ภาษาของ(?:ลูกค้า|ข้อความ)",
        r"(?:แก้(?:ไข)?(?:ไวยากรณ์|คำผิด|ประโยค|ข้อความ)|ตรวจ(?:ทาน|คำผิด|ไวยากรณ์)|เขียนต่อ|แต่งต่อ"
        r"|เติม)|(?:เขียนใหม่|เรียบเรียงใหม่|ย่อให้สั้น)",
        r"(?:ตอบ(?:กลับ)?(?:อีเมล|ข้อความ|จดหมาย)(?:นี้)?)",
    ),
    "ja": (
        r"同じ言語|(?:お客様|顧客|相手|原文|元|文章)の言語",
        r"(?:添削|校正|校閲|直して|修正して|続きを|続けて|完成させ|補って)|(?:書き直|言い換え|リライト|丁寧に(?:して|直)|短くして)",
        r"(?:(?:この|次の|以下の)(?:メール|メッセージ|手紙)に(?:返信|返事|答え))",
    ),
    "ko": (
        r"같은 언어|(?:고객|상대방?|원문|글)의? 언어",
        r"(?:맞춤법|교정|고쳐|수정해|이어서|이어 ?써|계속 써|완성|마저 써)|(?:다시 써|바꿔 써|다듬어|줄여)",
        r"(?:(?:이|다음|아래) (?:이메일|메일|메시지|편지)에 (?:답장|회신|답))",
    ),
    "zh": (
        r"(?:相同|同样|同樣|同一|一样)的?(?:语言|語言)|(?:客户|客戶|对方|對方|原文|文本|原来)的?(?:语言|語言)",
        r"(?:校对|校對|修改|改正|纠正|糾正|續寫|续写|继续写|繼續寫|接着写|接著寫|补全|補全|补完|完成(?:这|下|這)|润色|潤色)|(?:改写|改寫|重写|重寫|换(?:个"
        r"|一)种?说法|缩短|縮短|简化|簡化)",
        r"(?:(?:回复|回覆|答复)(?:这|下|以下|這|客户|客戶))",
    ),
}  # fmt: skip

# Forms of "translate", narrow enough to tell the language that asks. Where one form is at home in several, the first is the
# likeliest.
TRANSLATE_VERBS: dict[str, str] = {
    "en": r"\b(?:translat(?:e|ing|ion)|render|localize|localise)\b",
    "es": r"\btradu(?:ce|ceme|celo|cir|zca|zcan|cid|ccion|ceis|cime|ci lo)\b",
    "fr": r"\btradui(?:s|sez|re|t|sons)\b|\btraduction\b",
    "pt": r"\btradu(?:z|za|zam|zir|zes|cao|zi-lo)\b",
    "it": r"\btradu(?:ci|cimi|cete|ca|rre|rlo|zione|cilo)\b",
    "ro": r"\btradu(?:|ceti|ci|cerea)\b(?!:? ?«)",
    "ca": r"\btradu(?:eix|iu|ir|eixi)\b",
    "gl": r"\btraduce\b",
    "de": r"\bubersetz\w*|\bubertrag\w*",
    "nl": r"\bvertaal\w*|\bvertal\w+",
    "af": r"\bvertaal\b",
    "sv": r"\boversatt\w*",
    "da": r"\boversaet\w*|\boversat\b",
    "nb": r"\boversett\w*",
    "is": r"\bþyd\w*",
    "pl": r"\b(?:prze)?tlumacz\w*|\bprzeloz\w*",
    "cs": r"\bpřelož\w*|\bpřeklad\w*",
    "sk": r"\bprelož\w*|\bpreklad\w*",
    "hr": r"\bprevedi\w*|\bprijevod\w*",
    "sl": r"\bprevedi\w*|\bprevod\w*",
    "ru": r"\bпереве(?:ди|сти|дите)\w*|\bперевод\w*",
    "uk": r"\bперекла\w+",
    "be": r"\bперакла\w+",
    "bg": r"\bпревед[ие]\w*|\bпревод\w*",
    "sr": r"\bпреведи\w*|\bпревод\w*",
    "mk": r"\bпреведи\w*|\bпревод\w*",
    "el": r"\bμεταφρα\w*",
    "hu": r"\b(?:le)?fordit\w*",
    "fi": r"\bkaan(?:na|nos|ta)\w*",
    "et": r"\bto[lo]l?gi\w*|\btolki\w*",
    "lv": r"\b(?:iz|par)?tulko\w*",
    "lt": r"\b(?:is)?versk\w*",
    "sq": r"\bperkthe\w*",
    "eu": r"\bitzul\w*",
    "tr": r"\b(?:cevir\w*|tercume\w*)",
    "az": r"\btercume\w*|\btərcumə\w*|\btərcümə\w*",
    "uz": r"\btarjima\w*",
    "kk": r"\bаудар\w*",
    "ky": r"\bкотор(?!ы|а|о|ую)\w*",
    "mn": r"\bорчуул\w*",
    "id": r"\b(?:terjemah|menerjemah)\w*",
    "ms": r"\b(?:terjemah|menterjemah)\w*",
    "fil": r"\b(?:isalin|salin)\w*",
    "vi": r"\b(?:dich|ban dich|phien dich)\b",
    "sw": r"\b(?:tafsiri|nitafsirie)\w*",
    "cy": r"\bcyfieith\w*",
    "ga": r"\baistrigh\w*",
    "ar": r"(?<!\w)(?:ترجم\w*|الترجمه)",
    "fa": r"(?<!\w)ترجمه(?!\w)",
    "ur": r"(?<!\w)ترجمہ(?!\w)",
    "he": r"(?<!\w)[לת]?תרג[מםו]\w*",
    "hi": r"अनुवाद|तर्जुमा|ट्रांसलेट",
    "mr": r"भाषांतर|अनुवाद",
    "ne": r"अनुवाद|उल्था",
    "bn": r"অনুবাদ|তর্জমা",
    "gu": r"અનુવાદ|ભાષાંતર",
    "pa": r"ਅਨੁਵਾਦ|ਤਰਜਮਾ",
    "ta": r"மொழிபெயர்",
    "te": r"అనువద|అనువాద",
    "kn": r"ಅನುವಾದ|ಭಾಷಾಂತರ",
    "ml": r"വിവർത്തന|പരിഭാഷ|തർജ്ജമ",
    "si": r"පරිවර්තනය",
    "th": r"แปล",
    "lo": r"ແປ",
    "km": r"បកប្រែ",
    "my": r"ဘာသာပြန်",
    "ka": r"თარგმნ",
    "hy": r"թարգման",
    "am": r"ተርጉም|ትርጉም",
    "ja": r"翻訳|訳(?:して|せ|す)",
    "ko": r"번역|옮겨",
    "zh": r"翻译|翻譯|译成|譯成",
}  # fmt: skip

# Forms of "summarise", for the same end: the summary is in the language of the verb.
SUMMARISE_VERBS: dict[str, str] = {
    "en": r"\b(?:summari[sz]e|sum up|recap|outline)\b",
    "de": r"\b(?:fass\w* .{0,30}?zusammen|zusammenfass\w*)",
    "fr": r"\bresume(?:z|r)?\b(?! este| esto| el| la)|\bresume[sz]?[- ]moi\b",
    "es": r"\bresum(?:e|ir|eme|elo|a|an)\b|\bresumen\b",
    "pt": r"\bresum(?:a|ir|am|o)\b",
    "it": r"\briassum\w+",
    "nl": r"\b(?:vat .{0,30}?samen|samenvat\w*)",
    "sv": r"\bsammanfatt\w*",
    "da": r"\b(?:opsummer\w*|resumer\w*|sammenfat\w*)",
    "nb": r"\b(?:oppsummer\w*|sammenfatt\w*)",
    "pl": r"\b(?:podsumuj\w*|stresc\w*|streszcz\w*)",
    "cs": r"\bshrn\w*",
    "sk": r"\bzhrn\w*",
    "ru": r"\b(?:резюмируй\w*|кратко изложи\w*|суммируй\w*|перескажи\w*|подытожь\w*)",
    "uk": r"\b(?:підсумуй\w*|стисло викла\w*|перекажи\w*)",
    "bg": r"\bобобщ\w*",
    "el": r"\b(?:συνοψ\w*|περιληψ\w*)",
    "ro": r"\brezum\w*",
    "hu": r"\bfoglald ossze\b|\bosszefoglal\w*",
    "fi": r"\btiivist\w*",
    "tr": r"\bozetle\w*",
    "id": r"\b(?:ringkas\w*|rangkum\w*)",
    "vi": r"\btom tat\b",
    "ar": r"(?<!\w)(?:لخص\w*|تلخيص)",
    "fa": r"خلاصه",
    "he": r"(?<!\w)[לת]?סכמ?\w*",
    "hi": r"सारांश",
    "bn": r"সারাংশ|সংক্ষেপ",
    "th": r"สรุป",
    "ja": r"要約|まとめて",
    "ko": r"요약",
    "zh": r"总结|總結|概括|摘要",
}  # fmt: skip
