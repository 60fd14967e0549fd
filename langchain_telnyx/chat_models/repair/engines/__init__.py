"""The markup of tool calls of each engine, one module per engine."""
