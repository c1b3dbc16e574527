"""Words for texts, in the languages of requests: what is written or answered, as an expression over folded text."""

__all__ = ["TEXT_NOUNS"]

TEXT_NOUNS = (
    r"(?:answers?|responses?|reply|replies|outputs?|texts?|text\w*|texte|texto|testo|tekst\w*|e-?mails?|mails?|letters?|messages?|summar\w+"
    r"|languages?|rest|title|headings?|comments?|explanations?|conversation|whole|following|result|essay|article|story|poem|note|post|sentence"
    r"|paragraph|antwort(?:en)?|sprache|ausgabe\w*|nachricht\w*|brief\w*|zusammenfassung\w*|erklarung\w*|gedicht|aufsatz|artikel|satz|reponses?"
    r"|langue|lettre|resume|poeme|phrase|respuestas?|idioma|correo|carta|mensaje|resumen|poema|frase|rispost[ae]|lingua|lettera|messaggio"
    r"|riassunto|poesia|respostas?|mensagem|resumo|antwoord(?:en)?|taal|bericht|gedicht|zin|svar(?:et|en)?|sprak\w*|sprog\w*|brev\w*|dikt\w*"
    r"|digt\w*|odpowiedzi?|jezyk\w*|wiadomosc|wiersz|zdanie|odpovedi?|jazyk\w*|zprav\w*|basen|ответы?|язык\w*|письм\w*|сообщени\w*|стих\w*"
    r"|предложени\w*|відповід[ьі]|мова|лист|вірш|речення|απαντησ(?:η|εισ)|γλωσσα|κειμενο|valasz(?:od|ok)?|szoveg\w*|level\w*|surat|pesan"
    r"|teks|jawaban|رساله|نص|جواب|خطاب|نامه|متن|מכתב|הודעה|טקסט|תשובה|पत्र|संदेश|उत्तर)"
)
