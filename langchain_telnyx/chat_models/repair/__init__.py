"""Repair of answers before they become LangChain messages, without I/O.

vLLM, SGLang and gateways deviate from the protocol. Complete and streamed answers go through the
same steps, in this order:

1. `choice_fields`: unifies choices. A `message` is read as a `delta`, `null` calls are dropped,
   finish reasons are strings.
2. `client.surrogates`: joins surrogate pairs that are split over deltas.
3. `output.thinking`: separates reasoning at the beginning of the text, if `think_tags` is set.
4. `markup_reader`: converts markup of tool calls in text and reasoning to calls, and cuts special
   tokens at the end. `engines` has one module per engine.
5. `tool_calls`: repairs tool calls, also over the deltas of a stream. `offered_tools` corrects the
   name, `arguments` parses the arguments as one JSON object.
6. `json_only`: extracts the JSON from the text, if the request has a schema.
7. `token_usage` and `raw_fields`: token counts, and the fields that LangChain has no place for.

`pipeline` runs steps 2 to 4 and 6. The result does not depend on how an answer is split.
"""
