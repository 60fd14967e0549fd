"""The emulator's deterministic extractive model.

It is not a neural network. It quotes the sentences of the context that best match a question and
names their sources, selects a function tool by the words of its name and description, and fills
arguments and JSON schemas from the text. When the request contains nothing to answer from, it
states what it is. The same request always gives the same answer. This package is independent of
HTTP; `areas/chat/routes.py` serves it.
"""
