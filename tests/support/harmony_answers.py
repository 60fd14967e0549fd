"""Harmony markup of gpt-oss that engines leave in answers, with and without special tokens."""

from __future__ import annotations

from tests.support.engine_answer import OSLO, Sample, unread

HARMONY = [
    # Harmony
    Sample(
        "harmony_call",
        "<|channel|>analysis<|message|>We need the weather.<|end|><|start|>assistant<|channel|>"
        'commentary to=functions.weather <|constrain|>json<|message|>{"city": "Oslo"}<|call|>',
        "",
        [OSLO],
        reasoning="We need the weather.",
    ),
    Sample(
        "harmony_call_without_end",
        '<|channel|>commentary to=functions.weather<|message|>{"city": "Oslo"}',
        "",
        [OSLO],
    ),
    Sample(
        "harmony_recipient_first",
        "<|start|>assistant to=functions.weather<|channel|>commentary json<|message|>"
        '{"city": "Oslo"}<|call|>',
        "",
        [OSLO],
    ),
    Sample(
        "harmony_final",
        "<|channel|>analysis<|message|>Easy.<|end|><|start|>assistant<|channel|>final<|message|>"
        "It is sunny.<|return|>",
        "It is sunny.",
        reasoning="Easy.",
    ),
    Sample(
        "harmony_preamble",
        "<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>commentary "
        'to=functions.weather <|constrain|>json<|message|>{"city": "Oslo"}<|call|>',
        "I look.",
        [OSLO],
    ),
    Sample(
        "harmony_behind_text",
        'I look.<|channel|>commentary to=functions.weather<|message|>{"city": "Oslo"}<|call|>',
        "I look.",
        [OSLO],
    ),
    # Harmony without its special tokens
    Sample(
        "words_call",
        'analysisWe need the weather.assistantcommentary to=functions.weather json{"city": "Oslo"}',
        "",
        [OSLO],
        reasoning="We need the weather.",
    ),
    Sample(
        "words_call_with_blanks",
        "analysisWe need the weather. assistantcommentary to=functions.weather <|constrain|>json "
        '{"city": "Oslo"}\n',
        "",
        [OSLO],
        reasoning="We need the weather. ",
    ),
    Sample(
        "words_final", "analysisEasy.assistantfinalIt is sunny.", "It is sunny.", reasoning="Easy."
    ),
    Sample("words_final_alone", "assistantfinalSunny.", "Sunny."),
    Sample(
        "words_preamble",
        'commentaryI look.assistantcommentary to=functions.weather json{"city": "Oslo"}',
        "I look.",
        [OSLO],
    ),
    Sample(
        "words_two_calls",
        'commentary to=functions.weather json{"city": "Oslo"}assistantanalysisAnd Rome.'
        'assistantcommentary to=functions.weather code{"city": "}Rome"}',
        "",
        [OSLO, ("weather", {"city": "}Rome"})],
        reasoning="And Rome.",
    ),
    Sample(
        "words_recipient_first",
        'to=functions.weathercommentary json{"city": "Oslo"}',
        "",
        [OSLO],
    ),
    Sample("words_glued", 'commentary to=functions.weatherjson{"city": "Oslo"}', "", [OSLO]),
    Sample("words_no_constraint", "commentary to=functions.now{}", "", [("now", {})]),
    Sample(
        "words_in_reasoning",
        reasoning_content="analysisHm.assistantcommentary to=functions.weather json"
        '{"city": "Oslo"}',
        reasoning="Hm.",
        calls=[OSLO],
    ),
    Sample(
        "words_behind_text",
        'I look.assistantcommentary to=functions.weather json{"city": "Oslo"}',
        "I look.",
        [OSLO],
        model="openai/gpt-oss-120b",
    ),
    Sample(
        "words_behind_reasoning",
        "",
        reasoning_content='Hm.assistantcommentary to=functions.weather json{"city": "Oslo"}',
        reasoning="Hm.",
        calls=[OSLO],
        model="openai/gpt-oss-20b",
    ),
    unread(
        "words_behind_text_of_another_model",
        'I look.assistantcommentary to=functions.weather json{"city": "Oslo"}',
    ),
    unread("words_not_offered", "commentary to=functions.delete json{}", warns=True),
    unread("words_cut", 'commentary to=functions.weather json{"city": "Os', warns=True),
    unread("words_without_tools", "commentary to=functions.weather json{}", tools=None, warns=True),
    unread("words_thought_only", "analysisWe need"),
    unread("words_in_prose", "analysis of the assistantfinal words"),
    unread("words_of_an_assistant", "assistants find all", model="openai/gpt-oss-120b"),
    unread("word_alone", "analysis"),
]
