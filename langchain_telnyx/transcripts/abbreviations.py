"""What is written with a full stop in the middle of sentences, by language.

The classes say when the full stop also ends a sentence:

- `name`: never; a name follows. With a capital here, only with a capital.
- `number`: not before a number, a letter or a Roman number.
- `inside`: never.
- `last`: before a capital; the words are often the last of a sentence.
- `sticky`: only before a word that begins sentences, as names of more than one word go on.
"""

from dataclasses import dataclass
from functools import cache

_Table = dict[str, dict[str, str]]

_TABLE: _Table = {
    "en": {
        "name": "mr mrs ms mx dr prof messrs mme Sgt Lt Col Gen Capt Cpt Cmdr Adm Maj Pvt Cpl Rev Fr Hon"
        " Gov Sen Rep Pres Supt Det Insp Msgr Mt Ft Ste Sr Asst",
        "number": "no nos fig figs p pp vol vols ch chap sec sect art par para apt ext rm ste tel ph pt"
        " bk eq ver ca est jan feb mar apr jun jul aug sep sept oct nov dec",
        "inside": "e.g i.e eg ie vs cf viz approx esp incl resp et.al c.f w/o",
        "last": "etc a.m p.m am pm inc ltd co corp llc plc bros jr sr esq ph.d m.d b.a m.a m.sc b.sc d.d.s"
        " r.n ft lb lbs oz yd yds mi hr hrs min mins sec secs kg km cm mm dept univ assn mon tue tues wed"
        " thu thur thurs fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec b.c a.d c.e b.c.e",
        "sticky": "st ave blvd rd ln hwy pkwy sq ct pl apt ste u.s u.k u.n e.u u.s.a d.c l.a n.y calif",
    },
    "de": {
        "name": "hr hrn fr frl fa dr prof dipl ing Mag st sr jr geb gebr hl rud",
        "number": "nr nrn s abs art kap bd abb tab tel zi hs § ziff anm str jan feb apr jun jul aug sep"
        " sept okt nov dez max min",
        "inside": "z.b d.h bzw ca gg co inkl exkl zzgl abzgl ggf evtl sog vgl i.d.r u.a u.u z.t z.zt"
        " mind einschl gem bspw insb insbes o.g s.o s.u v.a i.e mtl jährl tgl med rer jur",
        "last": "usw etc u.s.w uvm u.v.m usf o.ä u.ä o.dgl u.dgl mio mrd tsd mwst std min sek n.chr v.chr"
        " a.d a.m p.m jh jhdt stk mo di mi do sa so",
        "sticky": "str pl hbf e.v u.s.a",
    },
    "fr": {
        "name": "m mm mme mmes mlle mlles dr pr prof Me mgr st ste av bd boul",
        "number": "no n p pp vol chap art fig tél janv févr avr juil sept oct nov déc",
        "inside": "p.ex cf c.-à-d env",
        "last": "etc h.t t.t.c a.m p.m j.-c av.j.-c apr.j.-c inc ltée",
        "sticky": "s.a r.d.c",
    },
    "es": {
        "name": "sr sra srta sres sras d dña dr dra dres prof profa lic ing arq gral cnel cap sto sta"
        " av avda avd c/ pza ctra mons fray",
        "number": "n núm nro no pág págs p cap art tel tfno fig vol ext dpto apto ene feb abr jun jul ago"
        " sept oct nov dic",
        "inside": "p.ej ej aprox cf ee",
        "last": "etc a.m p.m s.a s.l cía ltda a.c d.c ud uds vd vds",
        "sticky": "uu ee.uu rr.hh",
    },
    "it": {
        "name": "sig sigg sig.ra sig.na dott dott.ssa dr prof prof.ssa avv ing geom sen mons"
        " ss p.za c.so v.le",
        "number": "n nn pag pagg p art cap fig tel vol gen feb mar apr mag giu lug ago set ott nov dic",
        "inside": "p.es cfr",
        "last": "ecc a.c d.c s.p.a s.r.l a.m p.m",
        "sticky": "",
    },
    "pt": {
        "name": "sr sra srs sras srta dr dra drs prof profa eng av r pe d exmo exma",
        "number": "n no nº pág págs p cap art fig tel vol jan fev mar abr jun jul ago set out nov dez",
        "inside": "p.ex aprox cf",
        "last": "etc ltda s.a cia a.m p.m a.c d.c",
        "sticky": "e.u.a",
    },
    "nl": {
        "name": "dhr mevr mw dr drs prof ir ing mr st ds",
        "number": "nr nrs blz p art hfst tel afb jan feb mrt apr jun jul aug sept okt nov dec",
        "inside": "bijv d.w.z dwz o.a m.a.w i.p.v t.a.v m.b.t t.o.v a.d.h.v ca incl excl evt resp"
        " vgl z.g zgn t.w",
        "last": "enz etc e.d a.u.b n.v b.v v.chr n.chr",
        "sticky": "",
    },
    "sv": {
        "name": "hr fr dr prof st",
        "number": "nr s kap kl tel jan feb apr aug sept okt nov dec",
        "inside": "t.ex bl.a dvs d.v.s ca fr.o.m t.o.m p.g.a s.k t.h i.st m.a.o resp jfr jmf kl ev inkl",
        "last": "etc osv o.s.v m.m m.fl o.d",
        "sticky": "",
    },
    "da": {
        "name": "hr fr dr prof skt",
        "number": "nr s kap kl tlf jan feb apr aug sept okt nov dec",
        "inside": "f.eks bl.a dvs d.v.s ca fx pga p.g.a mht ift jf inkl ekskl evt s.u t.o.m",
        "last": "etc osv o.s.v m.m m.fl mv",
        "sticky": "",
    },
    "fi": {
        "name": "hra rva dr prof tri",
        "number": "nro s puh klo",
        "inside": "esim mm ns noin ks vrt mahd t.s",
        "last": "jne ym yms tms",
        "sticky": "",
    },
    "pl": {
        "name": "dr prof inż mgr hab ks św ul al pl os gen płk p",
        "number": "nr s str art ust pkt poz tel godz rozdz ok",
        "inside": "np tj tzn tzw m.in wg ww por zob wł",
        "last": "itd itp etc r w zł gr tys mln mld n.e p.n.e",
        "sticky": "",
    },
    "cs": {
        "name": "dr prof ing mgr bc judr mudr phdr rndr doc sv ul nám tř p",
        "number": "č čís s str odst kap tel obr",
        "inside": "tj tzn tzv např mj popř resp cca ca vč ap viz",
        "last": "atd apod aj etc s.r.o a.s spol",
        "sticky": "",
    },
    "hu": {
        "name": "dr ifj id özv prof st",
        "number": "sz old tel",
        "inside": "pl ill kb ún vö",
        "last": "stb u kft zrt bt",
        "sticky": "",
    },
    "ro": {
        "name": "dl d-na dna dr prof ing av str sf",
        "number": "nr pag art tel et ap bl sc",
        "inside": "de.ex cca aprox",
        "last": "etc ş.a s.a",
        "sticky": "",
    },
    "tr": {
        "name": "dr prof doç av sn yrd öğr alb",
        "number": "no s tel cad sok mah",
        "inside": "örn bkz m.ö m.s",
        "last": "vb vs vd a.ş ltd şti",
        "sticky": "",
    },
    "ru": {
        "name": "г-н г-жа гр ул просп пер пл наб бул проф акад доц д-р св тов о г гор обл р-н пос с",
        "number": "д кв стр с рис гл п пп ст корп оф тел табл т ч вып эт",
        "inside": "т.е см напр ср т.к т.н т.наз ок прибл и.о в.т.ч",
        "last": "т.д т.п др г гг в вв руб коп тыс млн млрд мин сек час чел шт н.э до.н.э кг км л",
        "sticky": "им пр",
    },
    "uk": {
        "name": "вул просп пров пл бул ім проф акад доц св п м с о обл р-н смт",
        "number": "буд кв стор с рис гл п ст корп оф тел табл т ч вип",
        "inside": "т.зв напр див тобто пор бл т.ін",
        "last": "т.д т.п ін та.ін р рр ст грн коп тис млн млрд хв сек год",
        "sticky": "",
    },
    "el": {
        "name": "κ κα κος δρ καθ οδ λεωφ αγ πλ αρχ",
        "number": "αρ σελ σ τηλ αρθ παρ κεφ",
        "inside": "π.χ δηλ βλ πβ λ.χ π.μ.σ τ.κ",
        "last": "κ.λπ κ.ά κτλ κλπ κ.ο.κ π.μ μ.μ μ.χ π.χρ α.ε",
        "sticky": "η.π.α",
    },
    "ar": {"name": "د م أ أ.د ا ش ج", "number": "ص رقم ت", "inside": "", "last": "", "sticky": ""},
    "he": {"name": "", "number": "עמ מס", "inside": "", "last": "", "sticky": ""},
    "fa": {"name": "د آ", "number": "ص", "inside": "", "last": "", "sticky": ""},
    "hi": {
        "name": "डॉ डा श्री श्रीमती कु प्रो पं मो स्व सुश्री",
        "number": "नं रु पृ क्र",
        "inside": "उदा",
        "last": "कि.मी कि.ग्रा",
        "sticky": "",
    },
    "mr": {
        "name": "डॉ श्री सौ प्रा पं कु",
        "number": "क्र रु पृ",
        "inside": "उदा",
        "last": "",
        "sticky": "",
    },
    "bn": {"name": "ডা ড মো মি মিসেস মোঃ", "number": "নং", "inside": "", "last": "", "sticky": ""},
    "hy": {"name": "դ պ", "number": "էջ", "inside": "", "last": "", "sticky": ""},
    "ta": {"name": "திரு டாக்டர்.திரு", "number": "", "inside": "", "last": "ரூ", "sticky": ""},
    "th": {
        "name": "ดร ผศ รศ ศ นพ พญ ด.ช ด.ญ น.ส พล.อ พ.ต.อ",
        "number": "พ.ศ ค.ศ ร.ศ ม ป โทร",
        "inside": "เช่น",
        "last": "น กทม",
        "sticky": "",
    },
    "lo": {"name": "ດร ທ ນ", "number": "", "inside": "", "last": "", "sticky": ""},
    "vi": {"name": "ts ths gs pgs bs tp q tx p ks ls", "number": "", "inside": "vd", "last": "v.v", "sticky": ""},
    "id": {
        "name": "pt cv bpk sdr sdri dr prof ir jl drs hj h",
        "number": "no hlm tel rt rw",
        "inside": "a.n u.p",
        "last": "dll dsb dst",
        "sticky": "",
    },
}  # fmt: skip
_SIMILAR = {
    "no": ("da",), "ca": ("es", "fr"), "gl": ("es", "pt"), "sk": ("cs",), "be": ("ru",),
    "bg": ("ru",), "ms": ("id",), "ne": ("hi",), "ur": ("ar",), "ps": ("ar",), "et": ("fi",),
    "af": ("nl",), "sr": ("cs",), "hr": ("cs",), "sl": ("cs",), "bs": ("cs",), "mk": ("ru",),
}  # fmt: skip

_CLASSES = ("name", "number", "inside", "last", "sticky")
_COMMON = ("de", "fr", "es", "it", "pt", "ru", "uk", "el", "ar", "he", "hi", "mr", "bn", "th")

# Words that begin sentences, and are no names; pronouns first.
_STARTERS = {
    "en": "i i'm i'll i've i'd he she it they we you he's she's it's they're we're you're we'll this that"
    " these those there here the a an and but or so if when while as because what where why who how which"
    " whose my your his her its our their then now yes no not okay ok well oh please thank thanks hello hi"
    " hey good great sorry sure right let let's do does did is are was were can could will would should may"
    " have has had in on at for from with after before until since by to of only just also however maybe"
    " perhaps some any all both each every many most much next first today tomorrow yesterday call tell"
    " nobody everybody someone nothing everything another one two three that's what's there's",
    "de": "ich er sie es wir ihr du das der die den dem des ein eine einen einem und aber oder denn dann danach"
    " dort da hier jetzt heute morgen gestern ja nein nicht bitte danke vielen wenn weil als ob was wer wie"
    " wo warum wann welche mein meine sein seine unser unsere ihre dieser diese dieses im in am an auf mit"
    " nach vor von zu zum zur bei seit für gegen ohne um durch so also doch nur auch noch schon vielleicht"
    " guten hallo gut alles man jeder alle kein keine ist sind war haben hat kann können möchten sonst",
    "fr": "je j'ai il elle on nous vous ils elles ce cette ces c'est le la les l' un une des et mais ou donc or"
    " si quand comme que qui quoi où pourquoi comment mon ma mes son sa ses notre votre leur puis alors"
    " ensuite oui non merci bonjour très bien ici là dans en à pour avec sans sur après avant aujourd'hui",
    "es": "yo él ella usted nosotros ellos ellas el la los las un una y pero o si cuando como que quién qué"
    " dónde por porque para con sin en de mi su nuestro entonces luego después sí no gracias hola bueno"
    " muy esto esta este ese esa hay es son está trabaja llame aquí hoy mañana ayer también",
    "it": "io lui lei noi voi loro il lo la i gli le un una e ma o se quando come che chi dove perché mio suo"
    " poi allora sì no grazie ciao buongiorno bene questo questa quello è sono in a con per qui oggi",
    "pt": "eu ele ela você nós eles elas o a os as um uma e mas ou se quando como que quem onde porque por para"
    " com sem em de meu seu então depois sim não obrigado obrigada olá bom muito este esta isso é são aqui",
    "nl": "ik hij zij ze het we wij jullie u dat dit de een en maar of als toen wat wie waar waarom hoe mijn"
    " zijn haar ons dan nu ja nee dank hallo goed in op met voor na van er hier daar",
    "ru": "я он она оно мы вы они это этот эта эти и но а или если когда как что кто где почему зачем мой моя"
    " его её их наш ваш потом тогда теперь да нет спасибо здравствуйте хорошо в на с у по для из после до"
    " сегодня завтра вчера здесь там все всё",
    "uk": "я він вона воно ми ви вони це цей ця і й та але а або якщо коли як що хто де чому мій його її їх наш"
    " потім тоді тепер так ні дякую добре у в на з по для після до сьогодні завтра вчора тут там",
    "el": "εγώ αυτός αυτή αυτό εμείς εσείς ο η το οι τα ένας μια και αλλά ή αν όταν πώς τι ποιος πού γιατί μου"
    " του της τότε μετά ναι όχι ευχαριστώ γεια καλά στο στη στην για με από δεν θα τον την",
}  # fmt: skip

# After these a single letter is a label: the sentence may end with it.
_LABELS = (
    "plan vitamin hepatitis grade option section type group team appendix exhibit gate terminal building class"
    " model part point room apartment unit level line letter choice category schedule form block wing zone row"
    " step door floor phase size track platform generation studio channel version variant case annex"
    " klasse gruppe teil typ haus block punkt stufe anlage groupe partie bâtiment vitamine grupo parte opción"
    " vitamina plano gruppo opzione план витамин группа часть класс вариант корпус"
)

MONTHS_AND_DAYS = (
    "january february march april may june july august september october november december monday tuesday"
    " wednesday thursday friday saturday sunday eastern central pacific mountain est edt cst cdt mst mdt pst"
    " pdt gmt utc cet"
)
GERMAN_MONTHS = (
    "januar jänner februar feber märz april mai juni juli august september oktober november dezember"
    " jan feb mär apr jun jul aug sep sept okt nov dez"
)
# What stands before an ordinal in German.
BEFORE_ORDINALS = (
    "am im vom zum zur beim bis ab seit der die das den dem des ein eine einen einem einer eines jeder jede"
    " jedes jeden jedem unser unsere unseren unserem ihr ihre ihren sein seine seinen mein meine meinen dein"
    " deine dieser diese diesen diesem nach vor"
)


@dataclass(frozen=True)
class Abbreviations:
    """The abbreviations of a language, without the last full stop; the module tells the classes.

    Attributes:
        name: A name follows.
        number: A number may follow.
        inside: The sentence goes on.
        last: The sentence may end.
        sticky: The sentence seldom ends.
        starters: Words that begin sentences.
    """

    name: frozenset[str]
    number: frozenset[str]
    inside: frozenset[str]
    last: frozenset[str]
    sticky: frozenset[str]
    starters: frozenset[str]

    def knows(self, kind: frozenset[str], word: str, *, capital: bool) -> bool:
        """Tell whether a word is of a class; `capital` where it is written with one."""
        lower = word.casefold()
        return lower in kind or (capital and lower.capitalize() in kind)


@cache
def abbreviations(code: str | None) -> Abbreviations:
    """Return the abbreviations of a language.

    Args:
        code: Its letters. `None`, or a language that is not listed, takes English with the words
            of the common languages, single letters left out.
    """
    if code not in _TABLE and code not in _SIMILAR:
        return _unknown()
    chosen = (code, *_SIMILAR.get(code, ()))
    return Abbreviations(
        **{name: _words(chosen, name) for name in _CLASSES},
        starters=_starters([each for each in chosen if each in _STARTERS] or list(_STARTERS)),
    )


def _unknown() -> Abbreviations:
    """Return what holds where nobody knows the language: English first, then the common others."""
    english = frozenset().union(*(_words(("en",), name) for name in _CLASSES))
    classes: dict[str, frozenset[str]] = {}
    for name in _CLASSES:
        others = {word for word in _words(_COMMON, name) if len(word) > 1 and word not in english}
        classes[name] = _words(("en",), name) | others
    return Abbreviations(**classes, starters=_starters(list(_STARTERS)))


def _words(languages: tuple[str | None, ...], name: str) -> frozenset[str]:
    return frozenset(
        word for each in languages for word in _TABLE.get(each or "", {}).get(name, "").split()
    )


def _starters(languages: list[str | None]) -> frozenset[str]:
    return frozenset(word for each in languages for word in _STARTERS[each or ""].split())


LABELS = frozenset(_LABELS.split())
PRONOUNS = frozenset(word for text in _STARTERS.values() for word in text.split()[:8])
