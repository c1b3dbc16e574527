"""Letters and everyday words of languages: what tells those that no frequency list has from their neighbours.

Words are such as stand in most questions: pronouns, auxiliaries, question words, particles. Letters are those beyond a to z, or
beyond the letters that Russian, Arabic or Hindi have, that the language's own words are spelt with.
"""

from dataclasses import dataclass
from functools import cache

from tlpo_guard.intent.folding import fold

__all__ = ["Everyday", "everyday_languages"]


@dataclass(frozen=True, slots=True)
class Everyday:
    """One language.

    Attributes:
        letters: that it has besides the basic ones of its script; None where they are not known.
        words: in lower case, and without their accents.
    """

    letters: frozenset[str] | None
    words: frozenset[str]


# Tag -> (letters, words); "-" for letters that are not known.
_ROWS: dict[str, tuple[str, str]] = {
    "en": (
        "éï",
        "i you he she we they it is are not what how why where when who which a an the has have for with from can"
        " could must"
        " want will my your his please thanks thank going do does did make know this that much many and or also only"
        " just to of"
        " in on at about help me mean means there should would am was were don't doesn't i'm it's what's hello hi hey good"
        " morning evening yes no explain write tell give show if but so",
    ),
    "de": (
        "äöüß",
        "ich du er sie wir ihr es ist sind nicht was wie warum wieso wo wann wer welche der die das ein eine einen hat"
        " habe haben"
        " für mit von kann kannst muss will möchte mein meine dein bitte danke vielen gehen machen weiß dieser diese"
        " viel und"
        " oder auch nur zu bei auf im in an wird werden soll sollte mir dir mich dich gibt bin bist war hallo guten"
        " tag morgen"
        " ja nein man den dem des zum zur am wenn aber erkläre schreibe hilf",
    ),
    "fr": (
        "àâæçéèêëîïôœùûüÿ",
        "je tu il elle nous vous ils on est sont pas ne que quoi comment pourquoi où quand qui quel quelle le la les"
        " un une des"
        " a ai pour avec de du puis peux peut dois veux voudrais mon ma mes ton votre merci beaucoup aller faire sais"
        " ce cet"
        " cette combien et ou aussi seulement à au aux en dans sur me moi suis es c'est j'ai qu'est bonjour salut"
        " bonsoir oui"
        " non s'il plaît si mais plus très explique écris aide",
    ),
    "nl": (
        "éëïèöü",
        "ik jij je hij zij ze wij we jullie u het is zijn niet wat hoe waarom waar wanneer wie welke de een heeft heb"
        " voor met van"
        " kan kun moet wil wilt mijn jouw uw alsjeblieft alstublieft bedankt dank gaan doen maken weet deze dit dat"
        " veel en of"
        " ook maar te bij op naar in aan wordt worden zou er me mij ben bent was hallo goedemorgen dag ja nee als leg"
        " schrijf",
    ),
    "af": (
        "áéèêëíîïóôöúûüýŉ",
        "ek jy hy ons hulle dit is nie wat hoe waarom hoekom waar wanneer die 'n het vir met van kan moet wil sal my jou"
        " asseblief baie dankie gaan doen maak weet hierdie daardie watter hoeveel dag wees word om te en of as ook"
        " net iets hallo goeie môre ja nee",
    ),
    "fy": (
        "áâàäéèêëíïóôöúûü",
        "ik do hy wy jo jim it is net wat hoe wêrom wêr wannear de in hat foar mei fan kin moat wol sil myn dyn asjebleaft"
        " tige tank gean dwaan meitsje wit dizze dy hoefolle wurde om te en of as ek mar kinne bin binne by nei hjir"
        " thús hoi goeie moarn ja nee",
    ),
    "lb": (
        "äëéèêïôöüß",
        "ech du hien si mir dir et ass net wat wéi firwat wou wéini den dat déi eng en huet fir mat vun kann muss wëll mäi"
        " däin w.e.g. wann ech gelift merci goen maachen weess dësen dës wéivill ginn an oder och nëmmen sinn bei op"
        " kënnen hunn"
        " kanns hunn mech wier vill gutt moien gudde moien jo nee",
    ),
    "gsw": (
        "äöüéèà",
        "ich du er mir ir es isch nöd nid wie warum wo wänn de s d en e het für mit vo cha chan chasch muess wott wett mis"
        " dis merci vilmal gahn mache weiss dä das wievil wärde und oder au nume sind bi uf chönd händ mech mi öppis gits"
        " git chume gsi hend söll würkli hälfe bitti het's isches grüezi hoi salü sali guete morge jo ja nei",
    ),
    "nds": (
        "äöüßåœ",
        "ik du he se wi ji dat is nich wat wo worüm woans wannehr de en hett för mit vun kann mutt will mien dien"
        " danke gahn"
        " maken weet disse un oder ok bloots sünd bi op hebbt köönt",
    ),
    "bar": (
        "äöüßå",
        "i du er mia es is ned wia warum wo wann da de a hod fia mid vo kon muas wui mei dei gehn mocha woaß und oda a"
        " nua san bei auf",
    ),
    "is": (
        "áðéíóúýþæö",
        "ég þú hann hún við þið það er ekki hvað hvernig hvers vegna hvar hvenær hefur fyrir með frá get getur getum"
        " verð vil"
        " minn mín mitt þinn takk fara gera veit þessi þetta hversu mikið að og eða líka bara eru hjá hvort mér þér mig þig"
        " kostar hver eigum sem af hverju halló góðan daginn já nei",
    ),
    "fo": (
        "áðíóúýæø",
        "eg tú hann hon vit tit tað er ikki hvat hvussu hví hvar nær hevur fyri við frá kann kanst má vil mín mítt tín takk"
        " fara gera veit hesin hetta hvussu nógv at og ella eisini bara eru hjá mær tær meg teg dugi lata skriva ert"
        " ein eitt hey góðan morgun ja nei",
    ),
    "da": (
        "åæøéü",
        "jeg du han hun vi det er ikke hvad hvordan hvorfor hvor hvornår en et har for med fra kan skal vil min mit"
        " din tak gå"
        " gøre ved denne dette meget at og eller også kun hos af efter noget nogle blev være mig dig sig hvilken"
        " hvilke uge hej godmorgen goddag ja nej tak går hvordan",
    ),
    "nb": (
        "åæøéòôü",
        "jeg du han hun vi dere det er ikke hva hvordan hvorfor hvor når en et har for med fra kan må vil min mitt din"
        " takk gå"
        " gjøre vet denne dette mye å og eller også bare hos av etter noe noen ble være meg deg seg hvilken hvilke uke"
        " hjelpe hei god morgen ja nei hyggelig",
    ),
    "nn": (
        "åæøéòôü",
        "eg du han ho me vi de dykk det er ikkje kva korleis kvifor kvar kor når ein eit har for med frå kan må vil"
        " min mitt din"
        " takk gje gjere veit denne dette mykje å og eller berre hjå av etter noko nokon vart vere meg deg seg kven kvens"
        " skilnaden kjem seier gjer sjå spørje ho dei hei god morgon ja nei",
    ),
    "sv": (
        "åäöé",
        "jag du han hon vi ni det är inte vad hur varför var när en ett har för med från kan måste vill min mitt din"
        " tack gå göra"
        " vet denna detta den här mycket att och eller också bara hos av efter något några blev vara mig dig sig"
        " vilken vilka hej god morgon ja nej tack",
    ),
    "et": (
        "äöõüšž",
        "ma mina sa sina ta me te nad see on ei mis kuidas miks kus millal kas ja või ka ainult et mul sul minu sinu"
        " oma saan"
        " saab saaksin pean tahan palun aitäh tänan teha lähen tean kui palju mida selle mind sind olen oled siis aga"
        " väga tere hommikust jah ei",
    ),
    "fi": (
        "äöåšž",
        "minä sinä hän me te he se on ei mikä mitä miten miksi missä milloin ja tai myös vain että minun sinun oma"
        " voin voit"
        " voiko pitää haluan kiitos tehdä tiedän kuinka paljon tämä olen olet ovat kun mutta niin minulle auttaa mistä"
        " onko hei moi terve hyvää huomenta päivää kyllä ei",
    ),
    "lv": (
        "āčēģīķļņšūž",
        "es tu viņš viņa mēs jūs tas ir nav kas kā kāpēc kur kad un vai arī tikai ka man tev mans mana savu var varu"
        " vari vajag"
        " gribu lūdzu paldies darīt iet zinu cik daudz šis šī no uz ar par pie ko esmu esi bet ļoti sveiki labrīt"
        " labdien jā nē",
    ),
    "lt": (
        "ąčęėįšųūž",
        "aš tu jis ji mes jūs tai yra nėra kas kaip kodėl kur kada ir ar arba taip pat tik kad man tau mano tavo savo"
        " gali galiu"
        " galėčiau reikia noriu prašau ačiū daryti eiti žinau kiek daug šis ši iš į su apie prie ką esu esi bet labai"
        " labas rytas sveiki taip ne",
    ),
    "sq": (
        "çë",
        "unë ti ai ajo ne ju është nuk çfarë si pse ku kur dhe ose edhe vetëm që më të tim time jam mund duhet dua"
        " faleminderit"
        " bëj shkoj di sa shumë ky kjo nga në me për tek një a do kam ka janë por këtë mua ndihmosh përshëndetje"
        " mirëmëngjesi mirë po jo",
    ),
    "cy": (
        "âêîôûŵŷáéíóúäëïöüàèìòù",
        "fi ti ef hi ni chi nhw yn mae ydy oes sut pam ble pryd beth pwy faint a'r neu hefyd y yr i o ar am gan fy dy"
        " ei ein eich"
        " gallaf alla allwch rhaid eisiau diolch fawr wneud mynd gwybod hwn hon hyn dw i'n dwi'n rydw bod wedi gyda'r os"
        " gwelwch yn dda newid helpu a oedd sydd mae'r ydych helo bore da ie nage",
    ),
    "ga": (
        "áéíóú",
        "mé tú sé sí muid sinn sibh siad is tá níl bhfuil an na conas cad cén fáth cá cathain agus nó freisin ach go"
        " ar le do mo"
        " ár bhur is féidir liom leat caithfidh raibh maith agat agam déanamh dul fhios seo sin ag i sa don bhí níor"
        " nach raibh"
        " atá céard cathain cé mhéad dia duit maidin mhaith",
    ),
    "gd": (
        "àèìòùáéó",
        "mi thu e i sinn sibh iad is tha chan eil am an na ciamar dè carson càit cuin agus no cuideachd ach gu air le"
        " do mo ar ur"
        " urrainn dhomh leam leat feumaidh robh tapadh leibh leat dèanamh dol fios seo sin aig ann bha nach agam agad"
        " a bheil"
        " cò mheud bidh gàidhlig dhut halò madainn mhath",
    ),
    "br": (
        "âêîôûùüñé",
        "me te eñ hi ni c'hwi int eo n'eo ket petra penaos perak pelec'h pegoulz ha pe ivez hepken ar an al ur un ul"
        " em va da he"
        " hon ho gallan c'hallan ret fell trugarez mar plij ober mont gouzout hemañ gant evit war eus d'an bezañ emañ zo"
        " pet vez n'eus gouzon demat ya nann",
    ),
    "eu": (
        "ñç",
        "ni zu hura gu zuek haiek da ez zer nola zergatik non noiz eta edo ere bakarrik bat nire zure bere dut duzu du"
        " dezaket"
        " dezakezu dezaket behar nahi mesedez eskerrik asko egin joan dakit zenbat hau hori zein dago daude naiz zara ditut"
        " balio gabe baino dira al didazu diot zuen kaixo egun on bai ez arratsalde",
    ),
    "ca": (
        "àçèéíïòóúü·",
        "jo tu ell ella nosaltres vosaltres és no què com per on quan el la els les un una i o també només que em et"
        " meu meva teu"
        " puc pots pot cal vull gràcies fer anar sé quant aquest aquesta amb de del al a en són estic estàs va si us plau"
        " m'agradaria d'un l' ajudar-me hi ha què podria perquè meves hola bon dia bona tarda sí no",
    ),
    "oc": (
        "àáçèéíïòóúü",
        "ieu tu el ela nosautres vosautres es pas qué cossí perqué ont quand lo la los las un una e o tanben sonque"
        " que me te mon"
        " ma ton pòdi pòdes podètz cal vòli mercés far anar sabi quant aqueste aquesta amb de del al a en son soi"
        " ajudar amb"
        " d'aquò dins aver bonjorn adieu òc non",
    ),
    "gl": (
        "áéíóúñüï",
        "eu ti el ela nós vós é non que como por onde cando o a os as un unha e ou tamén só me te meu miña teu túa"
        " podo podes pode"
        " debo quero grazas moitas facer ir sei canto canta este esta con de do da ao á en son estou estás axuda"
        " axudar axudarme"
        " hai cales ás algunha nunha ben máis teño cal fai ola bos días boas si non",
    ),
    "pt": (
        "áâãàçéêíóôõúü",
        "eu você ele ela nós vocês é não que como por onde quando o a os as um uma e ou também só me te meu minha seu"
        " sua posso"
        " pode podes devo quero obrigado obrigada fazer ir sei quanto este esta isso com de do da ao à em no na são"
        " estou está"
        " ajuda ajudar há quais faço melhor muito mais tenho qual olá oi bom dia boa tarde noite sim não tudo bem tchau",
    ),
    "es": (
        "áéíóúñü",
        "yo tú él ella nosotros ustedes es no que qué como cómo por dónde cuándo el la los las un una y o también solo"
        " me te mi tu"
        " su puedo puedes puede debo quiero gracias hacer ir sé cuánto este esta eso con de del al en son estoy está"
        " ayuda ayudar"
        " hay cuáles hago mejor mucho muy más tengo cuál hola buenos días buenas tardes noches sí no tal adiós",
    ),
    "ast": (
        "áéíóúñüḥḷ",
        "yo tu él ella nós vós ye nun que como por ónde cuándo el la los les un una y o tamién namás me te mio to"
        " puedo pues"
        " tengo quiero gracies facer dir sé cuánto esti esta con de del al en son toi tas ayuda hai cuálos meyor"
        " munchu perasgaya",
    ),
    "it": (
        "àèéìíîòóùú",
        "io tu lui lei noi voi è non che cosa come perché dove quando il lo la i gli le un una uno e o anche solo mi"
        " ti mio mia tuo"
        " posso puoi può devo voglio grazie fare andare so quanto questo questa con di del della al alla in nel sono"
        " sto sta aiuto"
        " aiutarmi ci quali faccio meglio molto più ho qual dei ciao buongiorno buonasera salve sì no stai sta",
    ),
    "co": (
        "àèìòù",
        "eiu tù ellu ella noi voi hè ùn chì cumu perchè induve quandu u a i e un una ancu solu mi ti mo to possu poi"
        " vogliu grazie fà andà sò quantu issu issa cù di in",
    ),
    "sc": (
        "àèìòù",
        "deo tue issu issa nois bois est non ite comente pro ite ue cando su sa sos sas unu una e o puru mi ti meu mea"
        " tuo potzo podes depo chèrgio gràtzias fàghere andare isco cantu custu custa cun de in",
    ),
    "scn": (
        "àèìòùâêîôûḍ",
        "iu tu iddu idda nuàutri vuàutri è nun chi comu pirchì unni quannu lu la li un na e o macari mi ti me pozzu po"
        " vogghiu grazzi fari iri sacciu quantu stu sta cu di nta",
    ),
    "ro": (
        "ăâîșțşţ",
        "eu tu el ea noi voi este e nu ce cum de unde când și sau doar că îmi mi îți meu mea tău pot poți poate"
        " trebuie vreau"
        " mulțumesc face merge știu cât acest această cu la din pe în sunt ești ajuta ajutor care fac mai mult foarte am ai"
        " îmi schimb pentru unui unei să vă rog bună ziua salut da nu dimineața faci",
    ),
    "mt": (
        "ċġħżàèìòù",
        "jien int hu hi aħna intom huma mhux x' kif għaliex għalfejn fejn meta u jew ukoll biss li għandi nista tista"
        " irrid grazzi"
        " ħafna tal nagħmel mmur naf kemm dan din minn fuq ma' ta' f' il is it id l- għal dwar hemm inti kien tgħinni"
        " bonġu iva le",
    ),
    "eo": (
        "ĉĝĥĵŝŭ",
        "mi vi li ŝi ni ili ĝi estas ne kio kiel kial kie kiam kiu kiom la kaj aŭ ankaŭ nur ke mian mia via povas"
        " devas volas dankon"
        " bonvolu fari iri scias tiu ĉi tio de al en por kun pri ĉu havas estu kion tre pli multe por ĉiuj saluton"
        " bonan matenon jes",
    ),
    "ia": (
        "",
        "io tu ille illa nos vos illes es non que como proque ubi quando le un e o anque solmente mi tu pote debe vole"
        " gratias facer ir sape quanto iste de a in con pro esser ha",
    ),
    "la": (
        "āēīōūæœăĕĭŏŭ",
        "ego tu nos vos est non quid quomodo cur ubi quando qui quae quod et aut etiam tantum me te meus mea meum meam"
        " tuus possum"
        " potes potest potesne debeo volo gratias facere ire scio quantum hic haec hoc ille cum de ad in sunt sum es"
        " ut si mihi tibi"
        " quis quot ex esse salve salvete ita vero",
    ),
    "ht": (
        "èòàé",
        "mwen ou li nou yo se pa sa kisa ki kijan kouman poukisa ki kote kilè e ak oswa tou sèlman m w la a an nan pou"
        " avèk ka kapab"
        " dwe vle mèsi anpil fè ale konnen konbyen sa a yon èske te ap pral gen ede tanpri lè bonjou bonswa wi non",
    ),
    "mfe": (
        "",
        "mo to li nou zot ki kouma kifer kot kan ek ousi zis mo mwa kapav bizin anvi mersi fer ale kone komie sa enn"
        " pou avek dan pa pe ti pou",
    ),
    "sw": (
        "",
        "mimi wewe yeye sisi nyinyi wao ni si nini vipi kwa jinsi gani kwanini wapi lini na au pia tu kwamba yangu"
        " yako yake langu"
        " ninaweza naweza unaweza lazima nataka asante sana kufanya kwenda najua ngapi hii hiyo ya wa la za katika"
        " kutoka ili je"
        " tafadhali nisaidie kunisaidia bei nani hili cha vya niko habari jambo hujambo mambo ndiyo hapana",
    ),
    "so": (
        "",
        "aniga adiga isaga iyada annaga waa maaha maxaa maxay sidee sababta xagee goorma iyo ama sidoo kale kaliya in"
        " ayaan ayaad"
        " kartaa karaa waxaan mahadsan tahay samee tag imisa kan tan oo ka ku u la ma aan aad baad badan fadlan ii iga"
        " caawi"
        " yahay yihiin waxa si loo ah buu salaan subax wanaagsan haa maya",
    ),
    "ha": (
        "ɓɗƙƴ’",
        "ni kai ke shi ita mu ku su ne ce ba me mene yaya ta yaya don me yasa ina yaushe da ko kuma kawai cewa na ka"
        " ki ya zan zai"
        " iya dole so nagode gode sosai yi tafi san nawa wannan wancan a cikin daga ga akan kalmar taimaka mini za ake"
        " wane sannu barka ina kwana eh a'a",
    ),
    "yo": (
        "áàéèẹíìóòọṣúùńǹ",
        "mo o ó ẹ a wọn ni kì kí báwo ló kí ni ìdí níbo nígbà wo àti tàbí náà nìkan pé mi rẹ rẹ̀ wa lè gbọ́dọ̀ fẹ́ ṣé"
        " jọ̀wọ́ dúpẹ́ ṣe lọ mọ"
        " eélòó yìí nínú láti fún sí kan tí bí dé jẹ́ fi ràn lọ́wọ́ ẹ káàárọ̀ bẹ́ẹ̀ni rárá",
    ),
    "ig": (
        "ịọụṅṇáàéèíìóòúù",
        "m mụ gị ị ọ ha anyị unu bụ abụghị gịnị kedu ka mere ebee mgbe na ma ọ ọzọ naanị m ga-esi ga nwere ike biko"
        " daalụ imela mee"
        " gaa maara ole nke a ahụ n'ime site maka nye e inyere aka dị nwekwara otu ndewo nnọọ ee mba",
    ),
    "zu": (
        "",
        "mina wena yena thina nina bona akuyona yini kanjani kungani kuphi nini futhi noma kuphela ukuthi yami yakho"
        " yakhe ngicela"
        " ngiyabonga ngingakwazi ungakwazi kufanele ngifuna ukwenza hamba ngiyazi malini le lokhu ku ngo na wami sengi"
        " ukuze"
        " ngubani ngingayishintsha ungangisiza lapho kakhulu kusho sawubona yebo cha unjani",
    ),
    "xh": (
        "",
        "mna wena yena thina nina bona ayiyo ntoni njani kutheni phi nini kunye okanye kuphela ukuba yam yakho yakhe"
        " nceda enkosi"
        " ndicela ndingakwazi ungakwazi kufuneka ndifuna ukwenza hamba ndiyazi malini le oku ku nga wam ukuze ngubani"
        " ndingayitshintsha ungandinceda apho kakhulu molo ewe hayi unjani",
    ),
    "st": (
        "",
        "nna wena yena rona lona bona ke ha eng jwang hobaneng kae neng le kapa feela hore ya ka hao ka tshwanela"
        " batla kea leboha kgolo etsa tsamaya tseba bokae ena eo ho tswa ka mo na kgona nthusa thusa",
    ),
    "tn": (
        "",
        "nna wena ene rona lona bone ke ga eng jang goreng kae leng le kgotsa fela gore ya me gago ka tshwanetse batla"
        " ke a leboga dira tsamaya itse bokae e eo go tswa ka mo a nka kgona nthusa thusa mang",
    ),
    "sn": (
        "",
        "ini iwe iye isu imi ivo ndi ha chii sei nei kupi riini uye kana chete kuti yangu yako yake ndinoda unogona"
        " ndingagona"
        " ndatenda maita kuita enda ndinoziva marii ichi icho mu kubva pa ne here ndokumbira kundibatsira ndinogona"
        " zvakanaka mhoro ehe aiwa makadii",
    ),
    "ny": (
        "ŵ",
        "ine inu iye ife iwo ndi si chiyani bwanji chifukwa kuti liti kapena ndi komanso okha kuti anga wanga zanga"
        " lanu ndingathe"
        " mungathe ndikufuna zikomo kwambiri kupanga pita ndikudziwa zingati ichi icho mu kuchokera pa kodi chonde"
        " ndithandizeni"
        " ndi nji momwe ndili moni inde ayi muli",
    ),
    "rw": (
        "",
        "njye wowe we twe mwe bo ni si iki gute nte kuki hehe ryari na cyangwa kandi gusa ko cyanjye yawe yanjye"
        " ndashaka nshobora"
        " ushobora ngomba murakoze cyane gukora kugenda nzi angahe iyi iyo mu kuva ku ese mwamfasha nigute bite uko"
        " muraho yego oya mwaramutse",
    ),
    "om": (
        "",
        "ani ati inni isheen nuti isin isaan dha miti maal maali akkam akkamitti maaliif eessa yoom fi yookiin yookaan"
        " qofa akka koo"
        " kee isaa danda'a dandeessaa dandeenya barbaada galatoomi galatoomaa gochuu deemuu beeka meeqa kun sun keessa"
        " irraa irratti"
        " waa'ee baay'ee hin na naaf gargaaruu jedhu jira",
    ),
    "wo": (
        "àéëñóŋ",
        "man yow moom ñun yeen ñoom la du lan naka lu tax fan kañ ak walla itam rekk ne sama sa mën war bëgg jërëjëf"
        " def dem xam ñaata bii bu ci ba ma nga mu ndax naa nga laa",
    ),
    "ln": (
        "ɛɔáéíóúâêîôûǎěǐǒǔ",
        "ngai yo ye biso bino bango ezali te nini ndenge mpo na nini wapi ntango na to mpe kaka ete ya nga yo nakoki"
        " okoki nasengeli nalingi matondo mingi kosala kokende nayebi boni oyo wana kati uta bato",
    ),
    "lg": (
        "ŋ",
        "nze ggwe ye ffe mmwe bo ki tya lwaki wa ddi ne oba nnyo nti wange wo nsobola oyinza njagala weebale nnyo"
        " kukola kugenda mmanyi meka kino okuva mu ku",
    ),
    "mg": (
        "àâèéêëìïñôò",
        "aho izaho ianao izy isika izahay ianareo no tsy inona ahoana nahoana aiza oviana sy na ihany koa fa ny ko nao"
        " afaka tokony"
        " tia misaotra manao mandeha mahay firy ity io amin'ny ao avy ho ve azafady manampy ahy dia misy izany"
        " tamin'ny raha salama manao ahoana eny tsia",
    ),
    "id": (
        "é",
        "saya aku kamu anda dia kami kita mereka adalah tidak bukan apa bagaimana gimana kenapa mengapa di mana kapan"
        " dan atau juga"
        " hanya bahwa yang ini itu bisa harus mau ingin tolong terima kasih banyak pergi tahu berapa dari ke untuk"
        " dengan pada"
        " sudah belum akan sedang banget dong nggak gak cara supaya karena kalau membuat halo hai selamat pagi siang"
        " sore malam ya tidak kabar",
    ),
    "ms": (
        "é",
        "saya aku kamu awak anda dia kami kita mereka ialah adalah tidak bukan apa apakah bagaimana bagaimanakah macam"
        " mana kenapa"
        " mengapa di mana bila bilakah dan atau juga hanya bahawa yang ini itu boleh perlu mahu nak tolong terima"
        " kasih banyak pergi"
        " tahu berapa berapakah dari ke untuk dengan pada sudah belum akan sedang tak awak kerana kalau buat kereta"
        " tukar cuba"
        " nampak jom kat dekat encik puan helo hai selamat pagi petang ya tidak khabar",
    ),
    "jv": (
        "éèåê",
        "aku kula kowe sampeyan panjenengan dheweke iku niku ora mboten apa piye kepriye kenapa ngapa ngendi kapan lan"
        " utawa uga mung"
        " yen sing iki bisa saged kudu arep pengin tulung matur nuwun akeh lunga ngerti pira saka menyang kanggo karo"
        " ing wis"
        " durung carane wernane amarga nulungi sugeng enjing siang nggih",
    ),
    "su": (
        "é",
        "abdi kuring anjeun manéhna urang éta sanés henteu naon kumaha naha dimana iraha jeung atawa ogé ngan yén nu"
        " anu ieu bisa tiasa"
        " kudu hoyong punten hatur nuhun seueur indit terang sabaraha ti ka pikeun sareng dina geus parantos can"
        " carana nulungan"
        " warnana aya teu wilujeng enjing muhun",
    ),
    "fil": (
        "ñ",
        "ako ko ka ikaw mo siya niya kami tayo kayo sila hindi ano paano bakit saan kailan at o rin din lang na ang ng"
        " mga sa si ni"
        " pwede puwede maaari kailangan gusto salamat po gawin pumunta alam magkano ito iyan iyon may mayroon ba naman"
        " kung para"
        " aking akong tulungan nang dito maraming ilan sino kumusta kamusta magandang umaga gabi oo hindi",
    ),
    "ceb": (
        "ñ",
        "ako nako ka ikaw nimo siya niya kami kita kamo sila dili wala unsa unsaon giunsa ngano nganong asa kanus-a ug"
        " o usab lang nga"
        " ang sa si ni mahimo pwede kinahanglan gusto salamat daghang buhaton adto kabalo pila kini kana aduna naa ba"
        " man kung para"
        " akong tabangan kaayo palihug og maayong buntag oo dili kumusta",
    ),
    "mi": (
        "āēīōū",
        "au ahau koe ia tātou mātou koutou rātou he kāore aha pēhea me pēhea he aha hea āhea me rānei hoki anake te"
        " ngā taku tāku tō"
        " ka taea hiahia tēnā ngā mihi mahi haere mōhio hia tēnei tēnā tērā i ki o a e kei ai mai hei mō nei kia"
        " āwhina kia ora mōrena āe kāo",
    ),
    "sm": (
        "āēīōū‘'",
        "a'u oe ia matou tatou outou latou e le o lea fea aisea anafea ma po'o foi na'o le lo'u la'u lou mafai tatau"
        " fia fa'amolemole faafetai tele lava fai alu iloa fia lenei lena i mai mo ona sui se talofa mālō ioe leai",
    ),
    "haw": (
        "āēīōūʻ",
        "au wau 'oe ʻoe ia kākou mākou lākou he ʻaʻole aha pehea no ke aha hea i ka wā hea a me ʻo ka ke nā kaʻu koʻu"
        " kāu hiki pono makemake mahalo nui hana hele ʻike ʻehia kēia kēlā ma mai no i ai ala aloha ʻae",
    ),
    "to": (
        "āēīōūʻ‘'",
        "au koe ia ko e ikai ha fefē hā ko e hā fe'ia pea mo pe foki pe te u lava kuo pau fie mālō 'aupito fai 'alu"
        " 'ilo fiha ni ko ia 'i ki mei ma'a hoku 'eku ho'o mālō e lelei ʻio",
    ),
    "tr": (
        "çğıöşüâîû",
        "ben sen o biz siz onlar bu şu değil ne nasıl neden niye niçin nerede ne zaman ve veya da de sadece ki benim"
        " senin var yok"
        " mı mi mu mü olabilir gerek lazım istiyorum lütfen teşekkür ederim yapmak git biliyorum kaç kadar bir için"
        " ile gibi çok"
        " daha nasıl ederim misin musun hangi olarak yapabilirim nedir bana sana merhaba selam günaydın iyi akşamlar"
        " günler evet hayır naber nasılsın",
    ),
    "az": (
        "çəğıöşü",
        "mən sən o biz siz onlar bu deyil nə necə niyə nə üçün harada nə vaxt və ya da də yalnız ki mənim sənin var"
        " yox mı mi"
        " olar lazım istəyirəm zəhmət olmasa təşəkkür edirəm sağ ol etmək get bilirəm neçə qədər bir üçün ilə kimi çox daha"
        " bilərəm bilərsən hansı mənə sənə nədir haqqında salam sabahınız xeyir bəli yox",
    ),
    "tk": (
        "äçňöşüýž",
        "men sen ol biz siz olar bu däl näme nädip nähili näme üçin nirede haçan we ýa-da hem diňe meniň seniň bar ýok"
        " bolýar gerek"
        " isleýärin haýyş sag bol etmek git bilýärin näçe bir üçin bilen ýaly köp has bilerin bilersiňizmi haýsy maňa"
        " saňa hakda"
        " nirä bolar salam hawa ýok",
    ),
    "uz": (
        "‘’ʻʼўқғҳё",
        "men sen u biz siz ular bu emas nima qanday nega qayerda qachon va yoki ham faqat mening sening bor yoʻq yo'q"
        " mumkin kerak"
        " istayman iltimos rahmat qilish bor bilaman qancha bir uchun bilan kabi koʻp ko'p juda olaman olasizmi qaysi"
        " menga sizga"
        " haqida boʻladi bo'ladi bo‘ladi qilib katta yordam нима қандай нега қаерда қачон ва ёки ҳам фақат бор йўқ"
        " мумкин керак"
        " учун билан жуда мен сиз бўлади менга оласизми раҳмат эмас salom assalomu alaykum ha yoʻq салом",
    ),
    "ku": (
        "çêîşû",
        "ez tu ew em hûn wan ev ne çi çawa çima li ku kengî û an jî tenê ku min te wî wê dikarim dikarî divê dixwazim"
        " ji kerema xwe"
        " spas gelek kirin çûn dizanim çend yek bo bi di de da ji re wek pir heye nîne xwe şîfre biguherim e ye silav"
        " rojbaş erê na",
    ),
    "kk": (
        "әғқңөұүһі",
        "мен сен сіз ол біз олар бұл емес не қалай неге қайда қашан және немесе да де тек менің сенің бар жоқ болады"
        " керек қажет"
        " қалаймын өтінемін рақмет рахмет жасау бару білемін қанша бір үшін мен бен пен сияқты көп өте аламын аласыз"
        " ба ма қандай"
        " маған саған туралы сәлем қайырлы таң иә жоқ",
    ),
    "ky": (
        "ңөү",
        "мен сен сиз ал биз алар бул эмес эмне кантип эмнеге эмне үчүн кайда качан жана же да де гана менин сенин бар"
        " жок болот"
        " керек каалайм сураныч рахмат жасоо баруу билем канча бир үчүн менен сыяктуу көп абдан алам аласызбы кандай"
        " мага сага"
        " жөнүндө болом салам кутман таң ооба жок",
    ),
    "tt": (
        "әөүҗңһ",
        "мин син сез ул без алар бу түгел нәрсә ничек ни өчен кайда кайчан һәм яки да дә гына минем синең бар юк була"
        " кирәк телим"
        " зинһар рәхмәт эшләү бару беләм ничә бер өчен белән кебек күп бик алам аласызмы нинди миңа сиңа турында сәлам"
        " исәнмесез әйе юк",
    ),
    "ba": (
        "әөүҙҫҡғңһ",
        "мин һин һеҙ ул беҙ улар был түгел нимә нисек ни өсөн ҡайҙа ҡасан һәм йәки ла лә генә минең һинең бар юҡ була"
        " кәрәк теләйем"
        " зинһар рәхмәт эшләү барыу беләм нисә бер өсөн менән кеүек күп бик алам аласыҙмы ниндәй миңә һиңә тураһында"
        " сәләм эйе юҡ",
    ),
    "cv": (
        "ӑӗҫӳ",
        "эпӗ эсӗ вӑл эпир эсир вӗсем ку мар мӗн мӗнле мӗншӗн ӑҫта хӑҫан тата е кӑна манӑн санӑн пур ҫук пулать кирлӗ"
        " тав тӑвас пӗр валли пек нумай питӗ пултаратӑп хамӑн",
    ),
    "tg": (
        "ғӣқӯҳҷ",
        "ман ту шумо ӯ мо онҳо ин нест чӣ чӣ тавр чаро дар куҷо кай ва ё ҳам танҳо ки маро метавонам метавонед бояд"
        " мехоҳам лутфан"
        " раҳмат кардан рафтан медонам чанд як барои бо аз ба то монанди бисёр аст ҳаст кадом худро мумкин кунам кунед"
        " ба ман салом субҳ ба хайр ҳа не",
    ),
    "mn": (
        "өү",
        "би чи та тэр бид тэд энэ биш юу яаж яагаад хаана хэзээ ба эсвэл бас зөвхөн миний чиний минь байна байгаа үгүй"
        " болно ёстой"
        " хүсэж гуйя баярлалаа хийх явах мэднэ хэдэн нэг руу аас ээс тай шиг их маш чадах вэ уу үү надад ямар тухай"
        " байдаг хийж"
        " бол хэр сайн байна уу өглөөний мэнд тийм үгүй",
    ),
    "be": (
        "ўіё",
        "я ты ён яна мы вы яны гэта не што як чаму дзе калі і або ці таксама толькі мне мой мая мае свой магу можаш"
        " можна трэба"
        " хачу калі ласка дзякуй рабіць ісці ведаю колькі гэты гэтая з на ў да для пра вельмі ёсць няма быць ад якія"
        " які прывітанне добры дзень так не",
    ),
    "uk": (
        "іїєґ",
        "я ти він вона ми ви вони це не що як чому де коли і й або чи також тільки мені мій моя свій можу можеш можна"
        " треба хочу"
        " будь ласка дякую робити йти знаю скільки цей ця з на в у до для про дуже є немає бути від які який та щоб"
        " привіт добрий день ранок вечір так ні",
    ),
    "ru": (
        "ёъыэ",
        "я ты он она мы вы они это не что как почему где когда и или также только мне мой моя свой могу можешь можно"
        " надо хочу"
        " пожалуйста спасибо делать идти знаю сколько этот эта с на в у до для про очень есть нет быть от какие какой"
        " чтобы ли привет здравствуйте добрый день утро вечер да нет",
    ),
    "bg": (
        "ъ",
        "аз ти той тя ние вие те това не какво как защо къде кога и или също само ми мога можеш може трябва искам моля"
        " благодаря"
        " правя отида знам колко този тази с на в у до за много е са няма съм от кои който да ли си ще най паролата"
        " здравей здравейте добър ден утро да не",
    ),
    "mk": (
        "јљњѓќџѕ",
        "јас ти тој таа ние вие тие ова не што како зошто каде кога и или исто само ми можам можеш може треба сакам"
        " молам благодарам"
        " правам одам знам колку овој оваа со на во од до за многу е се нема сум кои кој да ли си ќе нај го ја ги"
        " лозинката здраво добар ден утро да не",
    ),
    "sr": (
        "јљњђћџ",
        "ја ти он она ми ви они ово не шта како зашто где када и или такође само ми могу можеш може треба желим молим"
        " хвала радити"
        " ићи знам колико овај ова са на у од до за много је су нема сам који ко да ли си ће нај би што смо здраво"
        " добар дан јутро да не",
    ),
    "sr-Latn": (
        "čćđšž",
        "ja ti on ona mi vi oni ovo ne šta kako zašto gde kada i ili takođe samo mogu možeš može treba želim molim"
        " hvala raditi"
        " znam koliko ovaj sa na u od do za mnogo je su nema sam koji ko da li si će naj bi smo promenim uvek negde"
        " neko vreme"
        " mesto reč dete pre posle nedelja hleb voz šifru lepo deo voleo video hteo svet cena mleko ovde pogrešno"
        " zaboravio zdravo dobar dan jutro da ne",
    ),
    "hr": (
        "čćđšž",
        "ja ti on ona mi vi oni ovo ne što kako zašto gdje kada i ili također samo mogu možeš može treba želim molim"
        " hvala raditi"
        " znam koliko ovaj s na u od do za mnogo je su nema sam koji tko da li si će naj bi smo promijeniti uvijek"
        " negdje netko"
        " vrijeme mjesto riječ dijete prije nakon tjedan kruh vlak lijepo dio volio vidio htio svijet cijena mlijeko"
        " ovdje tko"
        " odakle kolovoz tisuća zrak općina računalo bok pozdrav dobar dan jutro da ne",
    ),
    "bs": (
        "čćđšž",
        "ja ti on ona mi vi oni ovo ne šta kako zašto gdje kada i ili također samo mogu možeš može treba želim molim"
        " hvala raditi"
        " znam koliko ovaj sa na u od do za mnogo je su nema sam koji ko da li si će naj bi smo promijeniti promijenim"
        " uvijek"
        " negdje neko vrijeme mjesto riječ dijete prije poslije sedmica hljeb voz šifru lijepo dio volio vidio htio"
        " svijet cijena"
        " mlijeko ovdje kahva zdravo selam dobar dan jutro da ne",
    ),
    "sl": (
        "čšž",
        "jaz ti on ona mi vi oni to ne kaj kako zakaj kje kdaj in ali tudi samo moj moja svoj lahko moram želim prosim"
        " hvala delati"
        " grem vem koliko ta s z na v od do za zelo je so ni sem kateri kdo da bi si bo naj po pri ter bom najlepša"
        " imam potem živjo zdravo dober dan jutro ja ne",
    ),
    "cs": (
        "áčďéěíňóřšťúůýž",
        "já ty on ona my vy oni to ne co jak proč kde kdy a nebo také jen můj moje svůj můžu mohu můžeš musím chci"
        " prosím děkuji"
        " dělat jít vím kolik tento tato s na v z do pro velmi je jsou není jsem který kdo že si se mi mě ale jsi byl"
        " když aby"
        " nemůžu mám jste bych ahoj dobrý den ráno večer ano ne máš",
    ),
    "sk": (
        "áäčďéíľĺňóôŕšťúýž",
        "ja ty on ona my vy oni to nie čo ako prečo kde kedy a alebo tiež len môj moje svoj môžem môžeš musím chcem"
        " prosím ďakujem"
        " robiť ísť viem koľko tento táto s na v z do pre veľmi je sú som ktorý kto že si sa mi mňa ale bol keď aby"
        " nemôžem mám"
        " ste by nastavím heslo zo pri ahoj dobrý deň ráno áno nie máš",
    ),
    "pl": (
        "ąćęłńóśźż",
        "ja ty on ona my wy oni to nie co jak dlaczego gdzie kiedy i lub albo też tylko mój moje swój mogę możesz"
        " można muszę chcę"
        " proszę dziękuję robić iść wiem ile ten ta z na w do dla bardzo jest są jestem który kto że się mi mnie ale"
        " czy był gdy aby"
        " mam jakie od po cześć dzień dobry wieczór tak nie słychać",
    ),
    "hsb": (
        "ćčěłńóřšžź",
        "ja ty wón wona my wy woni to nje što kak čehodla hdźe hdy a abo tež jenož mój swój móžu móžeš dyrbju chcu"
        " prošu dźakuju činić hić wěm kelko tutón z na w do za jara je su sym kotry štó zo so mi",
    ),
    "dsb": (
        "ćčěłńóŕśšžź",
        "ja ty wón wona my wy woni to njej co kak cogodla źo ga a abo teke jano mój swój mógu móžoš musym cocu pšosym"
        " źěkujom cyniś hyś wěm kak wjele toś ten z na w do za wjelgin jo su som kótary chto až se mi",
    ),
    "hu": (
        "áéíóöőúüű",
        "én te ő mi ti ők ez nem mi mit hogyan hogy miért hol mikor és vagy is csak az a egy van nincs lehet kell"
        " akarok szeretnék"
        " kérem köszönöm csinálni menni tudom mennyi melyik nekem neked tudok tudsz tudom ezt azt mert de nagyon"
        " segíteni volt"
        " mennyibe vagyok meg szia jó napot reggelt estét igen nem vagy",
    ),
    "vi": (
        "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
        "tôi bạn anh chị em nó chúng ta là không gì thế nào sao tại vì đâu khi và hoặc cũng chỉ rằng của có thể phải"
        " muốn vui lòng"
        " cảm ơn làm đi biết bao nhiêu này đó một cho với từ ở được đã sẽ đang các những nào mình giúp để trong người"
        " xin chào vâng dạ không",
    ),
    "fa": (
        "پچژگکیآ",
        "من تو شما او ما آنها این نیست چه چی چطور چگونه چرا کجا کی و یا هم فقط که مرا می‌توانم می توانم باید می‌خواهم"
        " لطفا ممنون"
        " متشکرم کردن رفتن می‌دانم چند یک برای با از به تا مثل خیلی است هست کدام را در میشه کنم بکنم است؟ شود دارم آیا"
        " سلام صبح بخیر خوبی بله نه",
    ),
    "ar": (
        "ةىأإآؤئء",
        "أنا أنت هو هي نحن هم هذا هذه ليس ما ماذا كيف لماذا أين متى و أو أيضا فقط أن لي لك يمكنني يمكن يجب أريد من"
        " فضلك شكرا عمل"
        " اذهب أعرف كم في على إلى عن مع التي الذي هل كان أفضل كلمة بين بعد قبل ال مرحبا السلام عليكم صباح الخير نعم لا"
        " اهلا",
    ),
    "ur": (
        "ٹڈڑںھہےۓگچپژکی",
        "میں تم آپ وہ ہم یہ نہیں کیا کیسے کیوں کہاں کب اور یا بھی صرف کہ میرا میری اپنا ہے ہیں ہوں سکتا سکتے سکتی"
        " چاہیے براہ کرم"
        " شکریہ کرنا جانا کتنا کتنے ایک کے کی کا کو سے میں پر نے لیے بہت ہوتا کروں کریں مجھے گا گے تھا السلام علیکم"
        " ہیلو جی ہاں نہیں",
    ),
    "ps": (
        "ټډړڼښږۍېځڅګکی",
        "زه ته هغه موږ تاسو دا نه څه څنګه ولې چېرته کله او یا هم یوازې چې زما ستا شم کولی کولای باید غواړم مهرباني"
        " مننه کول تلل"
        " پوهیږم څو یو د په کې له سره ته لپاره ډېره دی ده دي لري خپل شئ کړم سلام هو نه",
    ),
    "sd": (
        "ٻڀٿٺٽڏڊڌڙڃڄڇڪڳڱڻھےڦپچگ",
        "مان تون توهان هو اسان هي نه ڇا ڪيئن ڇو ڪٿي ڪڏهن ۽ يا به صرف ته منهنجو منهنجي پنهنجو آهي آهن سگهان سگهو گهرجي"
        " مهرباني"
        " ڪرڻ وڃڻ ڪيترو هڪ جو جي جا کي کان ۾ تي لاءِ تمام ڪريان ٿو ٿا سلام ها نه",
    ),
    "ckb": (
        "ڕڵۆێەپچژگکیھ",
        "من تۆ ئەو ئێمە ئێوە ئەوان ئەمە نییە چی چۆن بۆچی لەکوێ کەی و یان هەروەها تەنها کە دەتوانم دەتوانیت پێویستە"
        " دەمەوێت تکایە"
        " سوپاس کردن چوون دەزانم چەند یەک بۆ لە بە لەگەڵ زۆر هەیە کام خۆم شینە ئەم دەبێت بکەم سڵاو بەڵێ نەخێر",
    ),
    "ug": (
        "ېۆۇۈۋەئڭپچگكىژ",
        "مەن سەن سىز ئۇ بىز ئۇلار بۇ ئەمەس نېمە قانداق نېمىشقا قەيەردە قاچان ۋە ياكى پەقەت مېنىڭ سېنىڭ بار يوق بولىدۇ"
        " كېرەك رەھمەت"
        " قىلىش بېرىش بىلىمەن قانچە بىر ئۈچۈن بىلەن دەك كۆپ ناھايىتى كۆك سالام ھەئە ياق",
    ),
    "hi": (
        "",
        "मैं तुम आप वह हम यह ये वे नहीं क्या कैसे क्यों कहाँ कहां कब और या भी सिर्फ केवल कि मेरा मेरी अपना है हैं हूँ"
        " हूं सकता सकते सकती"
        " चाहिए कृपया धन्यवाद करना जाना कितना कितने एक के की का को से में पर ने लिए बहुत होता करूं मुझे बताओ बताइए गया"
        " था कौन नमस्ते हाँ नहीं हैलो",
    ),
    "mr": (
        "ळ",
        "मी तू तुम्ही तो ती आम्ही आपण हे हा ही नाही काय कसे कसा कशी का कुठे कधी आणि किंवा पण फक्त की माझा माझी माझे"
        " आहे आहेत शकतो शकता"
        " शकते पाहिजे कृपया धन्यवाद करणे जाणे किती एक च्या ची चा ला ने साठी खूप असते असतो करू मला सांगा होते मध्ये कोण"
        " करायला बदलू करावे नमस्कार हो नाही",
    ),
    "ne": (
        "",
        "म तिमी तपाईं तपाई ऊ हामी यो होइन के कसरी किन कहाँ कहिले र वा पनि मात्र कि मेरो आफ्नो छ छन् हो सक्छु सक्छ"
        " सक्नुहुन्छ चाहिन्छ"
        " कृपया धन्यवाद गर्न गर्ने जान कति एक को का की लाई ले मा बाट लागि धेरै हुन्छ मलाई छु गर्छ भयो कुन गर्नुहोस्"
        " छैन नमस्ते हजुर",
    ),
    "sa": (
        "ळ",
        "अहं त्वं भवान् सः सा वयं एतत् न किम् कथं किमर्थं कुत्र कदा च वा अपि केवलम् मम तव अस्ति सन्ति शक्नोमि आवश्यकम्"
        " कृपया धन्यवादः कति",
    ),
    "bn": (
        "",
        "আমি তুমি আপনি সে আমরা এটা না কি কী কিভাবে কীভাবে কেন কোথায় কখন এবং বা ও শুধু যে আমার আছে পারি পারেন উচিত চাই"
        " দয়া করে ধন্যবাদ করা করতে কত এক এর কে থেকে জন্য অনেক হয় করব আমাকে নমস্কার হ্যালো হ্যাঁ",
    ),
    "as": (
        "ৰৱ",
        "মই তুমি আপুনি সি আমি এইটো নহয় কি কেনেকৈ কিয় ক'ত কেতিয়া আৰু বা মাত্ৰ যে মোৰ আছে পাৰোঁ পাৰে লাগে বিচাৰো"
        " ধন্যবাদ কৰা কৰিব কিমান এটা ৰ ক পৰা বাবে বহুত হয় মোক নমস্কাৰ হয়",
    ),
    "he": (
        "",
        "אני אתה את הוא היא אנחנו זה לא מה איך למה איפה מתי ו או גם רק ש שלי שלך יכול יכולה צריך רוצה בבקשה תודה לעשות"
        " ללכת יודע כמה של על עם אל מ יש אין האם הכי טוב מי שלום היי בוקר טוב כן לא",
    ),
    "yi": (
        "ײױװ",
        "איך דו ער זי מיר עס דאס איז נישט נאט וואס וואָס ווי אזוי פארוואס וואו ווען און אדער אויך נאר אז מיין דיין קען"
        " קענט דארף וויל ביטע דאנק טאן גיין ווייס וויפיל אַ א די דער דעם פון מיט צו אויף האט שלום גוט מארגן יא ניין",
    ),
    "am": (
        "",
        "እኔ አንተ አንቺ እሱ እሷ እኛ ይህ አይደለም ምን እንዴት ለምን የት መቼ እና ወይም ደግሞ ብቻ የኔ እችላለሁ ይችላሉ አለብኝ እፈልጋለሁ እባክዎ አመሰግናለሁ ማድረግ ስንት"
        " አንድ ነው ናቸው በጣም ውስጥ ከ ወደ ስለ አለ ሰላም አዎ አይ ጤና ይስጥልኝ",
    ),
    "ti": (
        "ቐቑቒቓቔቕቖ",
        "ኣነ ንስኻ ንስኺ ንሱ ንሳ ንሕና እዚ ኣይኮነን እንታይ ብኸመይ ከመይ ስለምንታይ ኣበይ መዓስ ከምኡውን ወይ ጥራይ ናተይ እኽእል ይኽእል ክገብር ይደሊ በጃኹም የቐንየለይ"
        " ምግባር ክንደይ ሓደ እዩ ኮይኑ ብጣዕሚ ውሽጢ ካብ ናብ ብዛዕባ ኣሎ ሰላም ሰላም እወ ኣይፋል",
    ),
    # Languages in Latin letters that are not their own.
    "hi-Latn": (
        "-",
        "hai hain nahi nahin kya kaise kaisa kaisi kyun kyu kyon mujhe tujhe hume humko tumhe aap aapka aapke aapki"
        " aapko mera meri mere tera teri tere hamara tumhara unka uska uski uske iska iski iske inka kuch bahut bohot"
        " accha achha acha theek thik raha rahe rahi hoon hun hua hui hue tha thi karna karo karun karta karte karti"
        " karke kiya kar sakta sakte sakti chahiye batao bataiye bataye bata jaise lekin aur agar phir abhi aaj kahan"
        " kahaan yahan wahan kab kaun kitna kitne kitni wala wale wali samajh gaya gaye gayi diya dijiye kijiye likho"
        " likh bhai yaar matlab mein hota hote hoti jata jaana jana liye saath baad pehle sabse sab dono apna apni"
        " apne kyonki isliye bhi yeh woh kisi koi ghar paas baare dhanyavaad shukriya namaste haan kaun ka ki ke ko se"
        " main",
    ),
    "ja-Latn": (
        "-",
        "desu masu desuka kudasai arigatou arigato gozaimasu sumimasen konnichiwa konbanwa ohayou watashi anata boku"
        " ore kore sore are kono sono doko nani nan naze dou dare itsu ikura totemo sugoi kyou ashita kinou nihongo"
        " nihon deshita mashita masen imasu arimasu shimasu shite suru shitai kara made wa wo ga desho deshou onegai"
        " onegaishimasu hai iie chotto mou ima oshiete tabetai taberu tabete iku ikimasu mimasu nandesu janai kedo"
        " dakara hontou wakarimasen ka ni to de mo ne yo kurete sureba naritai tenki hanasemasu shitara",
    ),
    "el-Latn": (
        "-",
        "pos mporo na allaxo ton tin to tou tis moy mou sou einai den dn ti giati pou pote kai h i me se apo gia mia"
        " enas ena kalimera kalispera geia efxaristo eyxaristw parakalo kaneis kanw kano thelo thelw posso poso kanei"
        " simera avrio ayrio tora twra exo exw exei ola kala pws oti tha mporeis mas sas den xero ksero",
    ),
    "ru-Latn": (
        "-",
        "kak mne chto gde kogda pochemu zachem skolko mozhno nado nuzhno ya ty on ona my vy oni eto i ili moy moya"
        " svoy mogu mozhesh hochu khochu pozhaluysta pozhalujsta spasibo privet zdravstvuyte dela novogo delat ochen"
        " est net byt ot kakie kakoy chtoby dlya pro segodnya zavtra stoit ne na v s u do menya tebya esli",
    ),
    "uk-Latn": (
        "-",
        "yak shcho de koly chomu skilky mozhna treba ya ty vin vona my vy vony tse i abo miy moya sviy mozhu mozhesh"
        " khochu bud laska dyakuyu pryvit robyty duzhe ye nemaye buty vid yaki yakyy shchob dlya pro sohodni zavtra"
        " koshtuye ne na v z u do spravy meni",
    ),
    "bg-Latn": (
        "-",
        "kak kakvo kade kyde koga zashto kolko moga mozhe trqbva az ti toi tq nie vie te tova i ili moq svoq iskam"
        " molq blagodarq zdravei zdraveite da si sam sum e sa ot za na v s do mnogo dnes utre struva shte 6te li koi",
    ),
    "ar-Latn": (
        "-",
        "ana enta enti howa heya ehna ezay ezayak izayak kif kifak keef kayf kayfa shlon shlonak shu sho eh ey leh"
        " lesh laish wein wen fen emta imta w aw bs bas kaman enno bta3i beta3i dyali diali mish mesh msh mafi fi fe"
        " 3ala 3la 3an min men ma3 el al il l ya habibi 7abibi marhaba mar7aba salam shukran shokran yalla inshallah"
        " wallah 3ayez 3awez biddi bidi abgha a3raf 3aref kullu kol akhbarak elyom youm naharda el kidda chno wach"
        " wash bghit nbeddel kifash kifach dial dyal ta3mel sabah kheir hada had hal yumkinuni limadha kitabat"
        " almuroor",
    ),
    "hy-Latn": (
        "-",
        "barev dzez inchpes inch inchu vonc vor ur erb es du na menq duq nranq e em es enq ka chka karox karogh karam"
        " uzum petq shnorhakalutyun merci lav shat im qo iren hamar mej het u ev te ches chem ban xndrum nor sirum",
    ),
    "bn-Latn": (
        "-",
        "ami tumi apni she amra eta ki kemon kibhabe kivabe keno kothay kokhon ebong ba o shudhu je amar tomar apnar"
        " ache acho achen pari paren korte korbo korcho koro korun hobe hoy kichu bhalo valo dhonnobad na theke jonno"
        " onek ekhon bolo bolun amake tomake lagbe chai",
    ),
    "ta-Latn": (
        "-",
        "naan nan nee neenga avan aval naanga idhu athu enna epdi eppadi yen en enga eppo evlo yaru um illa illai"
        " iruku irukku irukka irukeenga panna panra panren pannanum seiya vendum venum mudiyuma sollu sollunga romba"
        " nalla nandri vanakkam ku la oru maathurathu enaku unaku da dei",
    ),
    "te-Latn": (
        "-",
        "nenu nuvvu meeru atanu aame memu idi adi emi enti ela enduku ekkada eppudu entha evaru mariyu leda kuda"
        " matrame na naa mee unna unnaru undi ledu kavali cheyali chestunnaru cheppandi cheppu chala bagundi"
        " dhanyavadalu namaskaram ki lo oka marchali andi",
    ),
    "ml-Latn": (
        "-",
        "njan nee ningal avan aval njangal ithu athu entha enthu engane enthinu evide eppol ethra aaru um alla illa"
        " ente ninte undo und venam cheyyan cheyyanam parayamo valare nalla nanni namaskaram il oru maattam",
    ),
    "kn-Latn": (
        "-",
        "naanu nanu neenu neevu avanu avalu naavu idu adu yenu enu hege yaake yake elli yavaga eshtu yaaru mattu illa"
        " nanna nimma ide beku maadi madodu heli tumba chennagide dhanyavadagalu namaskara ondu",
    ),
    "gu-Latn": (
        "-",
        "hu tu tame te ame aa che chhe cho chho nathi shu su kem kevi rite kyare kya ketla ketlu kon ane ke pan maro"
        " mari maru taro tamaro karvu karo kari saku joie aabhar dhanyavad namaste majama mane ma thi mate",
    ),
    "pa-Latn": (
        "-",
        "main tu tusi oh asi eh ki kiven kiwe kyon kithe kado kinna kinne kaun te ja vi mera meri tera tuhada tuhanu"
        " sadda hai han nahi karna karda chahida dasso das bahut vadhiya vadia shukriya sat sri akal haal da di de nu"
        " ton vich ji paaji",
    ),
    "mr-Latn": (
        "-",
        "mi me tu tumhi to ti te amhi aapan he ha hi nahi kay kaay kasa kase kashi kuthe kadhi ka kiti kon ani kinva"
        " pan majha majhi majhe tujha tumcha aahe ahe aahat ahet sakto pahije karu karaycha sanga saang khup dhanyavad"
        " namaskar la cha chi mala chalu",
    ),
    "ne-Latn": (
        "-",
        "ma timi tapai u hami yo tyo hoina ke kasari kina kaha kahile kati ko ra pani matra mero timro aafno cha chha"
        " chau chan ho sakchu sakchha garna garne garchu gareko parcha dhanyabad namaste lai le ma bata lagi dherai"
        " huncha malai kasto",
    ),
    "fa-Latn": (
        "-",
        "man to shoma oo ma anha in un ine nist chi che chetor chetori chegoone chera koja key kay va ya ham faghat ke"
        " mano mitoonam mitunam mishe mikham bayad lotfan mamnoon merci kheyli kheili salam khoobi khobi hast ast"
        " kodam ro ra dar konam kone kar mikone nemikone nemidoonam az be ba ta khabar avaz chand",
    ),
    "ko-Latn": (
        "-",
        "annyeong annyeonghaseyo annyeonghaseo kamsahamnida gamsahamnida gomawo jeo jeoneun naneun na neo igeo geugeo"
        " mwo mwoyeyo eotteoke eottoke wae eodi eonje eolma nugu geurigo hago eotteon isseoyo eopseoyo haeyo haseyo"
        " hanayo juseyo jwo oneul naeil eottaeyo eul reul eun neun saranghae hangugeo mwohae bwayo",
    ),
    "zh-Latn": (
        "-",
        "ni wo ta women nimen tamen zhe na shi bu shenme shen me zenme zen yang weishenme wei nali nar shenme shihou"
        " he huozhe ye zhi de wo de keyi neng yao xiang qing xiexie xie hao zuo qu zhidao duoshao ge yi you mei ma ba"
        " ne le zai jintian jin tian mingtian hen duo gai ban qi",
    ),
    "he-Latn": (
        "-",
        "ani ata at hu hi anachnu ze zot lo ma eich ech lama eifo matai ve o gam rak she sheli shelcha yachol yechola"
        " tzarich rotze bevakasha toda raba laasot lalechet yodea kama shel al el im yesh ein haim hachi tov shalom"
        " nishma hayom shlomcha boker et mi",
    ),
    "ka-Latn": (
        "-",
        "me shen is chven tkven isini es ara ra rogor rogora ratom sad rodis da an asevas mxolod rom chemi sheni"
        " shemidzlia minda gtxovt gtkhovt madloba gamarjoba khar xar aris var unda ramdeni dzalian kargi dges",
    ),
    "th-Latn": (
        "-",
        "chan phom khun rao man mai arai yang rai yangrai thammai tee nai tinai meua lae rue ko khae waa khong dai"
        " tong yak khrap krub krap kha ka khop khun khob sawasdee sawatdee sabai dee tham pai ruu thao mak nee nan kap"
        " hai ja",
    ),
    "si-Latn": (
        "-",
        "mama oya eya api eka mokakda mokada kohomada ai kohedha kawadda kiyada kauda saha ho witharai mage oyage"
        " puluwan one karanna karanne karaganne istuti ayubowan nathnam eke ta enne kiyala wenas",
    ),
    "am-Latn": (
        "-",
        "ene ante anchi esu esua egna yih aydelem min endet lemin yet meche ena weyim degmo bicha yene echilalehu"
        " efeligalehu ebakih ebakish ebakih ameseginalehu mareg sint and new nachew betam wust ke wede sile selam ale",
    ),
}  # fmt: skip


@cache
def everyday_languages() -> dict[str, Everyday]:
    """The languages, by tag."""
    return {tag: _row(letters, words.split()) for tag, (letters, words) in _ROWS.items()}


def _row(letters: str, words: list[str]) -> Everyday:
    known = None if letters == "-" else frozenset(letters)
    return Everyday(known, frozenset(words) | frozenset(map(fold, words)))
