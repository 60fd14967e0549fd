"""The areas of the API: HTTP types in `routes.py`, rules in `state.py`."""
