"""Whether a conversation asks for code. The names of languages and formats of code are the same in all languages."""

import re
from collections.abc import Iterable

from tlpo_guard.intent import Message
from tlpo_guard.intent.masking import has_code

__all__ = ["asks_for_code"]

_LANGUAGES = re.compile(
    r"""(?<![\w.-])(?:
        python|javascript|typescript|java|kotlin|golang|php|perl|matlab|fortran|cobol|haskell|scala|clojure|powershell|bash|
        sql|mysql|postgresql|sqlite|mongodb|html5?|css3?|scss|json|yaml|xml|regex|regexp|latex|dockerfile|makefile|numpy|pandas|
        pytorch|tensorflow|node\.js|django|jquery|c\+\+|c\#|f\#|vba|arduino|api
    )(?![\w+\#])""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,  # behind a name a particle in another script may follow
)
# "Code", "script" and "program" are one word each in most languages; where they are spelled anew is said here.
_WORDS = re.compile(
    r"""(?<!\w)(?:(?:source|quell|bron|käll|kilde)?[ -]?cod(?:e|es|ice|ici|igo|igos)|códigos?|kod(?:u|y|em|ie|a)?)(?!\w)
      | (?<!\w)(?:kód(?:u|ot|em)?|koodi(?:a|n)?|(?:shell|bash)?-?s[ck]ript(?:e|s|et|en|i|y|u)?|snippets?)(?!\w)
      | (?<!\w)(?:algorithm(?:us|s)?|algoritm[eo]?|algorithme|mã\snguồn|đoạn\smã|κώδικα[ςs]?|קוד)(?!\w)
      | (?<!\w)(?:код|скрипт|функци|алгоритм|программ[уы]\sна|програм[уи]\sна)\w{0,3}(?!\w)
      | 코드|스크립트|함수|알고리즘|コード|スクリプト|関数|アルゴリズム|代码|程式碼|代碼|脚本|腳本|函数|函數|算法|演算法
      | (?<!\w)(?:كود|سكربت|کد|اسکریپت|कोड|स्क्रिप्ट|কোড)(?!\w) | โค้ด | สคริปต์
    """,
    re.VERBOSE | re.IGNORECASE,
)


def asks_for_code(messages: Iterable[Message]) -> bool:
    """Whether what the users write holds code or speaks of it, so that the answer may hold some."""
    users = [message.text for message in messages if message.role == "user"]
    return any(has_code(text) or _LANGUAGES.search(text) or _WORDS.search(text) for text in users)
