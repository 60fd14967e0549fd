"""Words of questions: of little weight, in irregular forms, and without meaning of their own."""

from langchain_telnyx.emulator.model import words

_LIGHT = """
    able about add allow answer appear apply ask become begin belong bring call case cause
    change come contain concern consist current day default defined describe develop different
    do document end exist fact fail file first follow form general get give go great happen
    have help include information keep kind know last lead learn leave let list live long look
    lot made main maintain make many mean means mention much name need new next note number
    occur old offer open order part page people person place point possible produce provide put
    read reason receive related result return right run said say see seem set show side small
    sort start state stay step stop support take tell text thing think time turn type use used
    value various version want way word work write year
"""
LIGHT_STEMS = frozenset(words.stem(word) for word in words.word_list(_LIGHT))
"""Stems of words that fit any topic."""

_IRREGULAR_FORMS = """
    be:been beat:beaten become:became begin:began,begun bend:bent bind:bound bite:bit,bitten
    blow:blew,blown break:broke,broken bring:brought build:built burn:burnt buy:bought
    catch:caught choose:chose,chosen come:came deal:dealt dig:dug draw:drew,drawn dream:dreamt
    drink:drank,drunk drive:drove,driven eat:ate,eaten fall:fell,fallen feed:fed feel:felt
    fight:fought find:found fly:flew,flown forbid:forbade,forbidden forget:forgot,forgotten
    forgive:forgave,forgiven freeze:froze,frozen get:got,gotten give:gave,given go:went,gone
    grow:grew,grown hang:hung hear:heard hide:hid,hidden hold:held keep:kept know:knew,known
    lay:laid lead:led learn:learnt leave:left lend:lent lie:lay,lain lose:lost make:made
    mean:meant meet:met pay:paid ride:rode,ridden ring:rang,rung rise:rose,risen run:ran
    say:said see:saw,seen seek:sought sell:sold send:sent shake:shook,shaken shine:shone
    shoot:shot shrink:shrank,shrunk sing:sang,sung sink:sank,sunk sit:sat sleep:slept
    speak:spoke,spoken spend:spent spin:spun stand:stood steal:stole,stolen stick:stuck
    strike:struck swear:swore,sworn swim:swam,swum swing:swung take:took,taken teach:taught
    tear:tore,torn tell:told think:thought throw:threw,thrown understand:understood
    wake:woke,woken wear:wore,worn win:won write:wrote,written child:children foot:feet man:men
    mouse:mice person:people tooth:teeth wife:wives woman:women
    deep:depth high:height long:length strong:strength wide:width
"""
BASES = {
    words.stem(form): words.stem(base)
    for base, _, forms in (entry.partition(":") for entry in _IRREGULAR_FORMS.split())
    for form in forms.split(",")
}
"""The stem of an irregular form, and that of its base; stems alone do not join them."""

FOREIGN_STOP_WORDS = words.word_set(
    """
    aber als auf auch aus bei bin bist dem der des das dein deine du ein eine einem einen einer
    eines er es euer für gibt habe haben hatte heißt ich ihr ihre im ist kann können mein meine
    meinen mit muss nach nicht oder sein sich sie sind soll über um und unser vom von wann
    warum wegen welche welchem welchen welcher welches wem wen wer werden wessen wie wieviel
    wieso wir wird wo wohin zu zum zur à au aux avec c'est ce cette combien comment dans de
    elle elles en est et il ils je la le les leur mes mon ma ne nous où par pas pour pourquoi
    qu que quel quelle quelles quels qui quoi sa se ses sont sur tu un une vous al como con
    cómo cuál cuáles cuando cuándo cuánto dónde del desde donde el ella ellos eres esta está
    estas este esto hay las lo los más mi mis muy no para pero por qué quien quién su sus una
    unos unas y che chi come cosa da dei della delle di dove è gli ho i nel nella per perché
    più quale quali quando quanto sono sulla ai ao as com do dos e em foi isso mas na nas nos
    onde os pela pelo quem são uma het een van wat waar wanneer waarom hoe welk welke ik jij
    hij zij wij zijn heeft
    """
)
"""Function words of other languages that are no English words of content."""
