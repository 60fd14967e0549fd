"""The endpoints, one file per area of the API: pydantic results on top, endpoints below."""
