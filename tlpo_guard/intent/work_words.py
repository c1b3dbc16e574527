"""What people call work on a text, per language, as expressions over folded text.

Three columns: the text's own language is asked for; the text is corrected or continued; it is answered or written anew.
"""

__all__ = ["WORK_WORDS"]

WORK_WORDS: dict[str, tuple[str, str, str]] = {
    "en": (
        r"\b(?:same|its|original) language\b(?! as (?:me|i|mine)\b)|\blanguage of the (?:text|original|e-?mail"
        r"|letter|message|review|ticket|document|source|post|comment)"
        r"|\bin (?:their|his|her|the (?:\w+'s)) (?:own )?language\b|\blanguage (?:it|they|he|she|the \w+) (?:is|are"
        r"|was|were|wrote|writes|used|uses)\b",
        r"\b(?:proof-?read\w*|spell-?check\w*|copy-?edit\w*|correct(?:ing|ed)?|(?:fix|check|improve|polish|edit"
        r"|revise|clean up|mend|repair)\b.{0,40}?\b(?:grammar|spelling|punctuation"
        r"|typos?|mistakes?|errors?|sentences?|paragraphs?|essays?|texts?|wording|writing|style|letter|e-?mail"
        r"|article|draft|style|translation|phrasing)"
        r"|grammar|typos?|spelling|misspell\w*|punctuate|(?:continue|complete|finish|extend|go on with|carry on"
        r"|fill in)\b.{0,30}?(?:\b(?:story|sentences?|text|poem|paragraph|verse|essay|song|lyrics|letter|dialogue"
        r"|tale|passage"
        r"|writing|article|it|this|blanks?|gaps?)\b|$))",
        r"\b(?:rewrite|re-write|rephrase|paraphrase|reword|shorten|simplify|condense|tidy up|make (?:this|it"
        r"|the following|that|my \w+) (?:\w+ )?(?:more |less )?(?:formal|polite|friendl\w+|shorter|longer|casual"
        r"|concise|sound|clear\w*|professional)"
        r"|(?:reply|respond|answer|write (?:a |an |the |me a )?(?:\w+ )?(?:reply|response|answer)|draft (?:a "
        r"|an )?(?:\w+ )?(?:reply|response|answer)) to (?:this|the|my|that|these)\b)",
    ),
    "de": (
        r"\b(?:gleichen|derselben|selben|original) ?sprache\b|\bsprache (?:des|der) (?:kunden|textes|mail|e-mail"
        r"|nachricht|briefs?|originals?|absenders)|\b(?:seiner|ihrer|deren) sprache\b",
        r"\b(?:korrigier\w*|verbesser\w*|lektorier\w*|korrekturles\w*|korrektur\b|rechtschreib\w*|grammatik\w*"
        r"|fehler\b|(?:setz\w*|fuhr\w*|schreib\w*|erzahl\w*) .{0,40}?\b(?:fort|weiter|zu ende)\b"
        r"|vervollstandig\w*|erganz\w*)",
        r"\b(?:formulier\w* .{0,40}?\bum\b|umformulier\w*|umschreib\w*|kurz\w* |vereinfach\w*|antwort\w* (?:auf"
        r"|an) (?:diese|die|den|das|folgende)|formulier\w*|beantwort\w* (?:diese|die|den))",
    ),
    "fr": (
        r"\b(?:meme|sa|leur) langue\b|\blangue (?:du client|du texte|de l'original|du message|de l'expediteur"
        r"|d'origine|originale)",
        r"\b(?:corrig\w+|relis|relire|orthographe|grammaire|fautes?|amelior\w+|continu\w+|poursui\w+|complet\w+"
        r"|termin\w+|finis\b)",
        r"\b(?:reformul\w+|reecri\w+|raccourci\w*|simplifi\w+|paraphras\w+|repon\w+ (?:a|au) (?:ce|cet|cette|la|le"
        r"|mail|message|client)|rends (?:ce|le|la))",
    ),
    "es": (
        r"\bmismo idioma\b|\bmisma lengua\b|\b(?:idioma|lengua) (?:del (?:cliente|texto|original|mensaje|remitente)"
        r"|original|de la carta)|\b(?:en )?su (?:propio )?idioma\b",
        r"\b(?:corrig\w+|correg\w+|correccion|ortografia|gramatica|errores|mejor(?:a|ar|e|es)\b|continu\w+"
        r"|complet(?:a|ar|e)\b|termin(?:a|ar|e)\b|sigue\b|revis(?:a|ar|e)\b)",
        r"\b(?:reescrib\w+|reformul\w+|acort\w+|simplific\w+|simplifiq\w+|parafrase\w+|(?:respond\w+"
        r"|contest\w+) (?:a|al) (?:est[ea]|la|el|siguiente|correo|mensaje|cliente))",
    ),
    "pt": (
        r"\b(?:mesmo idioma|mesma lingua)\b|\b(?:idioma|lingua) (?:do (?:cliente|texto|original|remetente)|original"
        r"|da carta|da mensagem)",
        r"\b(?:corrij\w+|corrig\w+|correcao|ortografia|gramatica|erros|melhor(?:e|ar|a)\b|continu\w+|complet(?:e|ar"
        r"|a)\b|termin(?:e|ar|a)\b|revis(?:e|ar|a)\b|revej\w+)",
        r"\b(?:reescrev\w+|reformul\w+|encurt\w+|simplifi\w+|parafrase\w+|respond\w+ (?:a|ao) (?:est[ea]|ess[ea]"
        r"|e-?mail|mensagem|cliente|seguinte))",
    ),
    "it": (
        r"\b(?:stessa|sua|loro) lingua\b|\blingua (?:del (?:cliente|testo|mittente|messaggio)|originale"
        r"|dell'originale)",
        r"\b(?:corregg\w+|correzione|ortografia|grammatica|errori|miglior(?:a|are|i)\b|continu\w+|complet(?:a|are"
        r"|i)\b|prosegu\w+|termin(?:a|are|i)\b|rivedi\b)",
        r"\b(?:riscriv\w+|riformul\w+|accorci\w+|semplific\w+|parafras\w+|rispond\w+ (?:a|alla|al) (?:quest\w+|la"
        r"|mail|email|messaggio|cliente|seguente))",
    ),
    "nl": (
        r"\b(?:dezelfde|zijn|hun) taal\b|\btaal van (?:de klant|de tekst|het origineel|de afzender)",
        r"\b(?:corrige\w+|verbeter\w*|nakijk\w*|kijk .{0,30}? na\b|spelling\w*|grammatica\w*|fouten|vul .{0,20}? aan"
        r"|maak .{0,30}? af\b|vervolg\w*|ga verder|schrijf .{0,30}? verder)",
        r"\b(?:herschrijf\w*|herformuleer\w*|verkort\w*|vereenvoudig\w*|parafraseer\w*"
        r"|(?:be)?antwoord\w* (?:op )?(?:deze|dit|de|het))",
    ),
    "sv": (
        r"\b(?:samma|sitt) sprak\b|\b(?:kundens|textens|originalets) sprak\b",
        r"\b(?:ratta\w*|korrigera\w*|korrekturlas\w*|stavning\w*|grammatik\w*|fel(?:en)?\b|fortsatt\b|avsluta\b"
        r"|slutfor\b|komplettera\w*|forbattra\w*)",
        r"\b(?:skriv om\b|omformulera\w*|forkorta\w*|forenkla\w*|svara pa (?:det|detta|den|denna|mejlet|meddelandet"
        r"|kundens))",
    ),
    "da": (
        r"\b(?:samme|sit|sitt) (?:sprog|sprak)\b|\b(?:kundens|tekstens) (?:sprog|sprak)\b",
        r"\b(?:ret\b|rett\b|korriger\w*|korrekturlaes\w*|korrekturles\w*|stavning|stavefejl|stavefeil|grammatik\w*"
        r"|fejl\w*|feil\w*|fortsaet\b|fortsett\b|faerdiggor\b|fullfor\b|forbedr\w*)",
        r"\b(?:omskriv\w*|skriv om\b|omformuler\w*|forkort\w*|forenkl\w*|svar pa (?:denne|dette|mailen|beskeden"
        r"|e-posten))",
    ),
    "pl": (
        r"\b(?:tym samym|swoim|jego) jezyku\b|\bjezyku (?:klienta|tekstu|oryginalu|nadawcy|wiadomosci)",
        r"\b(?:popraw\w*|skoryg\w*|korekt\w*|ortografi\w*|gramatyk\w*|bledy|bledow|dokoncz\w*|kontynuuj\w*"
        r"|uzupelnij\w*|sprawdz\w*)",
        r"\b(?:przeredaguj\w*|sparafrazuj\w*|przeformuluj\w*|skroc\w*|uprosc\w*|odpowiedz na (?:te|ten|to|mail\w*"
        r"|wiadomosc)|odpisz na)",
    ),
    "cs": (
        r"\b(?:stejnem|svem|jeho|rovnakom) jazy\w+\b|\bjazy\w+ (?:zakaznika|textu|originalu|odesilatele)",
        r"\b(?:oprav\w*|zkoriguj\w*|korektur\w*|pravopis\w*|gramatik\w*|chyb\w+|pokracuj\w*|dokonci\w*|dopln\w*"
        r"|zkontroluj\w*|skontroluj\w*)",
        r"\b(?:prepis\w*|preformuluj\w*|zkrat\w*|skrat\w*|zjednodus\w*|odpove\w+ na (?:tento|tuto|ten|toto"
        r"|nasledujici)|odepis na)",
    ),
    "ru": (
        r"\b(?:том же|своем|его|их) (?:самом )?языке\b|\bязыке (?:клиента|текста|оригинала|отправителя|письма)",
        r"\b(?:исправ\w*|отредактир\w*|откорректир\w*|проверь\w* .{0,30}?(?:ошиб|орфограф|граммат|текст)\w*"
        r"|орфограф\w*|грамматик\w*|ошибк\w*|продолжи\w*|закончи\w*|допиши\w*|дополни\w*|заверши\w*)",
        r"\b(?:перепиши\w*|перефразируй\w*|переформулируй\w*|сократи\w*|упрости\w*|ответь\w* на (?:это|эт\w+|письмо"
        r"|сообщение))",
    ),
    "uk": (
        r"\b(?:тією ж|тією самою|своєю|його) мовою\b|\bмовою (?:клієнта|тексту|оригіналу|відправника|листа)",
        r"\b(?:виправ\w*|відредаг\w*|перевір\w* .{0,30}?(?:помил|орфограф|грамат|текст)\w*|орфограф\w*|граматик\w*"
        r"|помилк\w*|продовж\w*|закінч\w*|допиши\w*|доповни\w*|заверши\w*)",
        r"\b(?:перепиши\w*|перефразуй\w*|переформулюй\w*|скороти\w*|спрости\w*|(?:дай )?відпов\w+ на (?:це|цей|лист"
        r"|повідомлення))",
    ),
    "el": (
        r"\bιδια γλωσσα\b|\bγλωσσα (?:του πελατη|του κειμενου|του πρωτοτυπου|του αποστολεα)",
        r"\b(?:διορθωσ\w*|ορθογραφι\w*|γραμματικ\w*|λαθη|συνεχισ\w*|συμπληρωσ\w*|ολοκληρωσ\w*|τελειωσ\w*|βελτιωσ\w*)",
        r"\b(?:ξαναγραψ\w*|αναδιατυπωσ\w*|συντομευσ\w*|απλοποιησ\w*|απαντησ\w* σ(?:ε|το|την|τη) (?:αυτο|αυτη|μηνυμα"
        r"|email|mail|παρακατω|πελατη))",
    ),
    "ro": (
        r"\b(?:aceeasi|propria) limba\b|\blimba (?:clientului|textului|originalului|expeditorului)",
        r"\b(?:corect(?:eaza|ati|a|eze)\b|ortografi\w*|gramatic\w*|greseli\w*|continu\w*|complet(?:eaza|ati)\b"
        r"|termin(?:a|ati)\b|imbunatat\w*)",
        r"\b(?:rescri\w*|reformul\w*|scurt(?:eaza|ati)\b|simplific\w*|parafraz\w*|raspun\w* la (?:acest|aceasta"
        r"|mailul|mesajul|urmatorul))",
    ),
    "hu": (
        r"\bugyanazon a nyelven\b|\b(?:ugyfel|szoveg|vevo) nyelven\b",
        r"\b(?:javits\w*|korrigal\w*|helyesiras\w*|nyelvtan\w*|hibak\w*|folytas\w*|fejezd be\b|egeszits\w*"
        r"|ellenoriz\w*)",
        r"\b(?:ird at\b|fogalmazd (?:at|meg)\b|roviditsd\w*|egyszerusitsd\w*|valaszolj (?:erre|az|a)\b)",
    ),
    "fi": (
        r"\bsamalla kielella\b|\b(?:asiakkaan|tekstin) kielella\b",
        r"\b(?:korjaa\w*|oikolue\w*|oikeinkirjoitus\w*|kielioppi\w*|virhee\w*|jatka\w*|viimeistele\w*|taydenna\w*"
        r"|tarkista\w*)",
        r"\b(?:kirjoita .{0,30}?uudelleen|muotoile\w*|lyhenna\w*|yksinkertaista\w*|vastaa (?:tahan|viestiin"
        r"|sahkopostiin))",
    ),
    "tr": (
        r"\bayni dil\w+\b|\b(?:musterinin|metnin|gonderenin) dil\w+\b",
        r"\b(?:duzelt\w*|yazim (?:hata|yanlis)\w*|imla\w*|dil ?bilgisi\w*|hata\w*|devam et\w*|devamini\w*|tamamla\w*"
        r"|bitir\w*|kontrol et\w*)",
        r"\b(?:yeniden yaz\w*|yeniden ifade\w*|kisalt\w*|sadelestir\w*|basitlestir\w*|(?:su|bu) (?:e-?posta|mesaj"
        r"|mail)\w* (?:cevap|yanit)\w*)",
    ),
    "id": (
        r"\bbahasa yang sama\b|\bbahasa (?:pelanggan|teks|asli|pengirim)\b",
        r"\b(?:perbaiki\w*|betulkan\w*|koreksi\w*|periksa .{0,20}?(?:ejaan|tata bahasa|teks)|ejaan\w*"
        r"|tata ?bahasa\w*|lanjutkan\w*|lengkapi\w*|selesaikan\w*|sambung\w*)",
        r"\b(?:tulis ulang\b|parafrase\w*|ringkas kalimat|sederhanakan\w*|(?:balas|jawab)\w* (?:email|pesan|surel"
        r"|surat) (?:ini|berikut))",
    ),
    "vi": (
        r"\b(?:cung|chinh) ngon ngu\b|\bngon ngu cua (?:khach|van ban|nguoi gui)",
        r"\b(?:sua (?:loi|chinh ta|ngu phap|lai)|chinh sua|hieu dinh|chinh ta|ngu phap|viet tiep|tiep tuc|hoan thanh"
        r"|ke tiep)",
        r"\b(?:viet lai|dien dat lai|rut gon|don gian hoa|(?:tra loi|hoi am) (?:email|thu|tin nhan)(?: nay)?)",
    ),
    "ar": (
        r"نفس اللغه|بنفس لغه|بلغه (?:العميل|النص|المرسل|الاصل)",
        r"(?<!\w)(?:صحح|صححي|دقق|تدقيق|تصحيح|الاملاء|النحو|القواعد|الاخطاء|اكمل|اكملي|تابع|واصل|حسن)(?!\w)",
        r"(?:اعد (?:صياغه|كتابه)|اختصر|بسط|رد علي (?:هذ\w|ال)|اجب (?:علي|عن) (?:هذ\w|ال))",
    ),
    "fa": (
        r"همان زبان|زبان (?:مشتري|متن|فرستنده)",
        r"(?:تصحيح|اصلاح|ويرايش|غلط|املا|دستور زبان|ادامه بده|ادامه اش|كامل كن|تكميل)",
        r"(?:بازنويسي|خلاصه تر|ساده كن|به اين (?:ايميل|پيام|نامه) (?:پاسخ|جواب))",
    ),
    "he": (
        r"באותה שפה|בשפת (?:הלקוח|הטקסט|השולח|המקור)",
        r"(?<!\w)(?:תקן|תקני|לתקן|תתקן|הגה|שגיאות|דקדוק|כתיב|המשך|המשיכי|תמשיך|השלם|תשלים|שפר)(?!\w)",
        r"(?:שכתב|נסח מחדש|קצר|פשט|(?:ענה|השב|תענה) (?:על|ל)(?: ה?)(?:מייל|הודעה|אימייל|מכתב))",
    ),
    "hi": (
        r"उसी भाषा|ग्राहक की भाषा|मूल भाषा",
        r"(?:सुधार|ठीक कर|शुद्ध कर|वर्तनी|व्याकरण|गलति|ग़लति|पूरा कर|आगे लिख|जारी रख|आगे बढ़ा)",
        r"(?:फिर से लिख|दोबारा लिख|सरल कर|छोटा कर|इस (?:ईमेल|संदेश|मेल) का (?:जवाब|उत्तर))",
    ),
    "bn": (
        r"একই ভাষা|গ্রাহকের ভাষা",
        r"(?:সংশোধন|ঠিক কর|বানান|ব্যাকরণ|ভুল|সম্পূর্ণ কর|চালিয়ে যাও|শেষ কর)",
        r"(?:আবার লেখ|পুনরায় লেখ|সহজ কর|(?:এই|নিচের) (?:ইমেইল|বার্তা)\w*)",
    ),
    "th": (
        r"ภาษาเดียวกัน|ภาษาของ(?:ลูกค้า|ข้อความ)",
        r"(?:แก้(?:ไข)?(?:ไวยากรณ์|คำผิด|ประโยค|ข้อความ)|ตรวจ(?:ทาน|คำผิด|ไวยากรณ์)|ไวยากรณ์|คำผิด|เขียนต่อ|แต่งต่อ"
        r"|เติม)",
        r"(?:เขียนใหม่|เรียบเรียงใหม่|ย่อให้สั้น|ตอบ(?:กลับ)?(?:อีเมล|ข้อความ|จดหมาย)(?:นี้)?)",
    ),
    "ja": (
        r"同じ言語|(?:お客様|顧客|相手|原文|元|文章)の言語",
        r"(?:添削|校正|校閲|直して|修正して|誤字|文法|スペル|間違い|続きを|続けて|完成させ|補って)",
        r"(?:書き直|言い換え|リライト|丁寧に(?:して|直)|短くして|(?:この|次の|以下の)(?:メール|メッセージ|手紙)に(?:返信|返事|答え))",
    ),
    "ko": (
        r"같은 언어|(?:고객|상대방?|원문|글)의? 언어",
        r"(?:맞춤법|교정|문법|고쳐|수정해|오타|틀린|이어서|이어 ?써|계속 써|완성|마저 써)",
        r"(?:다시 써|바꿔 써|다듬어|줄여|(?:이|다음|아래) (?:이메일|메일|메시지|편지)에 (?:답장|회신|답))",
    ),
    "zh": (
        r"(?:相同|同样|同樣|同一|一样)的?(?:语言|語言)|(?:客户|客戶|对方|對方|原文|文本|原来)的?(?:语言|語言)",
        r"(?:校对|校對|修改|改正|纠正|糾正|语法|語法|错别字|錯別字|错误|續寫|续写|继续写|繼續寫|接着写|接著寫|补全|補全|补完|完成(?:这|下|這)|润色|潤色)",
        r"(?:改写|改寫|重写|重寫|换(?:个|一)种?说法|缩短|縮短|简化|簡化|(?:回复|回覆|答复)(?:这|下|以下|這|客户|客戶))",
    ),
}  # fmt: skip
