"""What a LangGraph store is made of: names, items, filters, and the flows that keep them."""
