"""A deterministic language model that is honest about what it is.

It is no neural network: it quotes the sentences of the context that best match a question and names
their sources, picks a function tool by the words of its name and description, and fills arguments
and JSON schemas from the text. Where it has nothing to go on it says so. The same request always
gives the same answer. Nothing here knows HTTP; `areas/chat/routes.py` puts it on the wire.
"""
