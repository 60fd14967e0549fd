"""Summaries of files: the sentences that say most, in the form that was asked for."""
