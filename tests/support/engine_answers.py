"""Markup that engines leave in answers, with the expected messages.

The texts follow the models' chat templates and public reports about vLLM, SGLang and llama.cpp;
names and values are invented. The expected values were written by hand.
"""

from __future__ import annotations

from tests.support.engine_answer import OSLO, ROME, Sample, unread
from tests.support.harmony_answers import HARMONY


def kimi(*calls: tuple[str, str]) -> str:
    inner = "".join(
        f"<|tool_call_begin|>{name}<|tool_call_argument_begin|>{args}<|tool_call_end|>"
        for name, args in calls
    )
    return f"<|tool_calls_section_begin|>{inner}<|tool_calls_section_end|>"


KIMI = kimi(("functions.weather:0", '{"city": "Oslo"}'))
DSML = (
    "<｜DSML｜function_calls>\n"
    '<｜DSML｜invoke name="weather">\n'
    '<｜DSML｜parameter name="city" string="true">Oslo</｜DSML｜parameter>\n'
    '<｜DSML｜parameter name="days" string="false">3</｜DSML｜parameter>\n'
    "</｜DSML｜invoke>\n"
    "</｜DSML｜function_calls>"
)
M3 = "]<]minimax[>["
HERMES = '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>'
CODER = (
    "<tool_call>\n<function=weather>\n<parameter=city>\nOslo\n</parameter>\n"
    "<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>"
)
GLM = (
    "<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n"
    "<arg_key>days</arg_key>\n<arg_value>3</arg_value>\n</tool_call>"
)
THREE_DAYS = ("weather", {"city": "Oslo", "days": 3})

SAMPLES = [
    # Kimi
    Sample("kimi", KIMI, "", [OSLO]),
    Sample("kimi_text_before", f"Let me look. {KIMI}", "Let me look. ", [OSLO]),
    Sample("kimi_white_space_before", f"\n\n{KIMI}\n", "", [OSLO]),
    Sample(
        "kimi_two",
        kimi(("functions.weather:0", '{"city": "Oslo"}'), ("functions.now:1", "{}")),
        "",
        [OSLO, ("now", {})],
    ),
    Sample("kimi_no_arguments", kimi(("functions.now:0", "")), "", [("now", {})]),
    Sample("kimi_bare_name", kimi(("weather", '{"city": "Oslo"}')), "", [OSLO]),
    Sample("kimi_singular", KIMI.replace("calls_section", "call_section"), "", [OSLO]),
    Sample("kimi_no_section_end", KIMI.removesuffix("<|tool_calls_section_end|>"), "", [OSLO]),
    Sample(
        "kimi_no_ends",
        KIMI.removesuffix("<|tool_call_end|><|tool_calls_section_end|>"),
        "",
        [OSLO],
    ),
    Sample("kimi_no_section", KIMI.replace("<|tool_calls_section_begin|>", ""), "", [OSLO]),
    Sample("kimi_end_of_turn", f"{KIMI}<|im_end|>", "", [OSLO]),
    Sample("kimi_text_behind", f"{KIMI}\nDone.", "Done.", [OSLO]),
    unread("kimi_not_offered", kimi(("functions.delete:0", "{}")), warns=True),
    Sample(
        "kimi_one_of_two_offered",
        kimi(("functions.weather:0", '{"city": "Oslo"}'), ("functions.delete:1", "{}")),
        "<|tool_call_begin|>functions.delete:1<|tool_call_argument_begin|>{}<|tool_call_end|>",
        [OSLO],
        warns=True,
    ),
    Sample(
        "kimi_broken_arguments",
        kimi(("functions.weather:0", '{"city": "Os')),
        invalid=[("weather", '{"city": "Os')],
    ),
    Sample(
        "hermes_broken_arguments",
        '<tool_call>\n{"name": "weather", "arguments": "{\\"city\\": Os"}\n</tool_call>',
        invalid=[("weather", '{"city": Os')],
    ),
    Sample("kimi_without_tools", KIMI, "", [OSLO], tools=None),
    Sample(
        "kimi_in_reasoning", reasoning_content=f"I look. {KIMI}", reasoning="I look. ", calls=[OSLO]
    ),
    Sample(
        "kimi_thought_about",
        "Sunny.",
        "Sunny.",
        reasoning_content=f"I could {KIMI}",
        reasoning=f"I could {KIMI}",
    ),
    Sample(
        "kimi_thought_about_before_a_call",
        KIMI.replace("Oslo", "Rome"),
        "",
        [ROME],
        reasoning_content=f"I could {KIMI}",
        reasoning=f"I could {KIMI}",
    ),
    Sample(
        "kimi_thought_about_and_rejected",
        reasoning_content=f"I could {KIMI} but no.",
        reasoning=f"I could {KIMI}but no.",
    ),
    Sample(
        "kimi_empty_section", "Hm.<|tool_calls_section_begin|><|tool_calls_section_end|>", "Hm."
    ),
    # Hermes, Qwen
    Sample("hermes", HERMES, "", [OSLO]),
    Sample("hermes_text_before", f"I look.\n{HERMES}", "I look.\n", [OSLO]),
    Sample("hermes_two", f"{HERMES}\n{HERMES.replace('Oslo', 'Rome')}<|im_end|>", "", [OSLO, ROME]),
    Sample("hermes_unclosed", HERMES.removesuffix("\n</tool_call>"), "", [OSLO]),
    Sample(
        "hermes_encoded_twice",
        '<tool_call>{"name": "weather", "arguments": "{\\"city\\": \\"Oslo\\"}"}</tool_call>',
        "",
        [OSLO],
    ),
    Sample(
        "hermes_parameters",
        '<tool_call>{"name": "weather", "parameters": {"city": "Oslo"}}</tool_call>',
        "",
        [OSLO],
    ),
    Sample(
        "hermes_list",
        '<tool_call>[{"name": "weather", "arguments": {"city": "Oslo"}}, {"name": "now"}]'
        "</tool_call>",
        "",
        [OSLO, ("now", {})],
    ),
    Sample(
        "hermes_mark_in_a_string",
        '<tool_call>{"name": "weather", "arguments": {"city": "</tool_call>"}}</tool_call>',
        "",
        [("weather", {"city": "</tool_call>"})],
    ),
    Sample("hermes_without_tools", HERMES, HERMES, tools=None, warns=True),
    unread("hermes_not_offered", HERMES.replace("weather", "news"), warns=True),
    unread("hermes_broken", '<tool_call>{"name": "weather", "arg', warns=True),
    Sample(
        "hermes_in_reasoning", reasoning_content=f"Hm.\n{HERMES}", reasoning="Hm.\n", calls=[OSLO]
    ),
    unread(
        "hermes_in_leaked_thinking",
        f"<think>{HERMES}</think>Sunny.",
    ),
    unread("prose_about_hermes", "Qwen writes `<tool_call>` and then JSON.", warns=True),
    # Qwen3-Coder
    Sample("coder", CODER, "", [THREE_DAYS]),
    Sample(
        "coder_bare",
        CODER.removeprefix("<tool_call>\n").removesuffix("\n</tool_call>"),
        "",
        [THREE_DAYS],
    ),
    Sample(
        "coder_two",
        f"{CODER}\n{CODER.replace('Oslo', 'Rome')}",
        "",
        [THREE_DAYS, ("weather", {"city": "Rome", "days": 3})],
    ),
    Sample(
        "coder_types",
        "<tool_call><function=book_room><parameter=name>\n12\n</parameter><parameter=quiet>True"
        '</parameter><parameter=price>null</parameter><parameter=guests>["Ann"]</parameter>'
        '<parameter=address>{"street": "Main"}</parameter></function></tool_call>',
        "",
        [
            (
                "book_room",
                {
                    "name": "12",
                    "quiet": True,
                    "price": None,
                    "guests": ["Ann"],
                    "address": {"street": "Main"},
                },
            )
        ],
    ),
    Sample(
        "coder_lines_and_tags_in_a_value",
        "<tool_call>\n<function=weather>\n<parameter=city>\n<b>Os\nlo</b>\n</parameter>\n"
        "</function>\n</tool_call>",
        "",
        [("weather", {"city": "<b>Os\nlo</b>"})],
    ),
    Sample(
        "coder_no_arguments", "<tool_call><function=now></function></tool_call>", "", [("now", {})]
    ),
    unread(
        "coder_cut", "<tool_call><function=weather><parameter=city>Os", finish="length", warns=True
    ),
    # GLM
    Sample("glm", GLM, "", [THREE_DAYS]),
    Sample("glm_one_line", GLM.replace("\n", ""), "", [THREE_DAYS]),
    Sample("glm_no_arguments", "<tool_call>now</tool_call>", "", [("now", {})]),
    Sample("glm_unclosed", GLM.removesuffix("</tool_call>"), "", [THREE_DAYS]),
    Sample("glm_end_of_turn", f"Hm. {GLM}<|observation|>", "Hm. ", [THREE_DAYS]),
    # DeepSeek
    Sample(
        "deepseek",
        '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{"city": "Oslo"}'
        "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "",
        [OSLO],
    ),
    Sample(
        "deepseek_fenced",
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n"
        '{"city": "Oslo"}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>'
        'weather\n```json\n{"city": "Rome"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>'
        "<｜end▁of▁sentence｜>",
        "",
        [OSLO, ROME],
    ),
    Sample(
        "deepseek_in_ascii",
        '<|tool_calls_begin|><|tool_call_begin|>weather<|tool_sep|>{"city": "Oslo"}'
        "<|tool_call_end|><|tool_calls_end|>",
        "",
        [OSLO],
    ),
    Sample("dsml", f"I look.\n\n{DSML}", "I look.\n\n", [THREE_DAYS]),
    Sample("dsml_of_v4", DSML.replace("function_calls", "tool_calls"), "", [THREE_DAYS]),
    Sample("dsml_in_ascii", DSML.replace("｜", "|"), "", [THREE_DAYS]),
    Sample("dsml_double_bars", DSML.replace("｜", "｜｜"), "", [THREE_DAYS]),
    Sample("dsml_other_bars", DSML.replace("｜", "‖"), "", [THREE_DAYS]),
    Sample(
        "dsml_bare",
        DSML.removeprefix("<｜DSML｜function_calls>\n").removesuffix("\n</｜DSML｜function_calls>"),
        "",
        [THREE_DAYS],
    ),
    Sample("dsml_unterminated", DSML.removesuffix("</｜DSML｜function_calls>"), "", [THREE_DAYS]),
    unread("dsml_not_offered", DSML.replace("weather", "news"), warns=True),
    # MiniMax
    Sample(
        "minimax",
        '<minimax:tool_call>\n<invoke name="weather">\n<parameter name="city">Oslo</parameter>\n'
        '<parameter name="days">3</parameter>\n</invoke>\n<invoke name="now">\n</invoke>\n'
        "</minimax:tool_call>",
        "",
        [THREE_DAYS, ("now", {})],
    ),
    Sample(
        "minimax_3",
        f'I look.{M3}<tool_call>\n{M3}<invoke name="weather">\n{M3}<city>Oslo{M3}</city>\n'
        f"{M3}<days>3{M3}</days>\n{M3}</invoke>\n{M3}</tool_call>",
        "I look.",
        [THREE_DAYS],
    ),
    Sample(
        "minimax_3_nested",
        f'{M3}<tool_call>{M3}<invoke name="book_room">{M3}<guests>{M3}<item>Ann{M3}</item>'
        f"{M3}<item>Bob{M3}</item>{M3}</guests>{M3}<address>{M3}<street>Main{M3}</street>{M3}<no>7"
        f"{M3}</no>{M3}</address>{M3}</invoke>{M3}</tool_call>",
        "",
        [("book_room", {"guests": ["Ann", "Bob"], "address": {"street": "Main", "no": 7}})],
    ),
    unread(
        "minimax_prose",
        "MiniMax opens by `<minimax:tool_call>`.",
    ),
    *HARMONY,
    # Special tokens, and text that only looks like them
    Sample("end_of_turn", "Sunny.<|im_end|>", "Sunny."),
    Sample("several_ends", "Sunny.<|im_end|>\n<|endoftext|>\n", "Sunny."),
    Sample("end_of_sentence", "Sunny.<｜end▁of▁sentence｜>", "Sunny."),
    Sample("end_of_llama", "Sunny.</s>", "Sunny."),
    unread(
        "token_in_the_middle",
        "The token <|im_end|> ends a turn.",
    ),
    Sample("half_a_token", "Sunny.<|im_e", "Sunny.<|im_e"),
    Sample("comparison", "1 < 2 and a <b> c </b> <", "1 < 2 and a <b> c </b> <"),
    Sample("brackets", "see [1]<br> and [2]", "see [1]<br> and [2]"),
    Sample("page", "<html><body><p>x</p></body></html>", "<html><body><p>x</p></body></html>"),
    Sample("white_space_only", " \n", " \n"),
    unread("prose_about_kimi", "It opens by <|tool_calls_section_begin|>, then calls.", warns=True),
]
