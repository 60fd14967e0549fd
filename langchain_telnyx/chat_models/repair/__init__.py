"""Repairs of what engines answer, between the wire and LangChain's messages. Pure.

vLLM, SGLang and the gateways before them answer in more forms than the protocol has. Whole answers
and streams take the same steps, in this order:

1. `wire`: one form of choice. A `message` stands for a `delta`, calls that are null are left out,
   a finish reason is a word.
2. `client.surrogates`: halves of a character are joined over the deltas that they came in.
3. `thinking`: thinking at the beginning of the text is divided off, where `think_tags` is set.
4. `markup`: markup of tool calls in text and reasoning becomes calls, special tokens at the end are
   cut. One module an engine: `kimi`, `deepseek`, `harmony`, `minimax`, `qwen`, `glm`, `hermes`.
5. `names` and `arguments`, by `calls`: the name is the one of a tool that was offered, the
   arguments are one JSON object.
6. `json_only`: where the request has a schema, the text is the JSON alone.
7. `usage` and `raw_fields`: counts of tokens, and every field without a place of its own.

Each step takes pieces of any size: any split of an answer gives what the whole answer gives.
"""
