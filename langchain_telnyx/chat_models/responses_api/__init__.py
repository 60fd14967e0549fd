"""The Responses API in the form of chat completions, so that one code reads both."""
