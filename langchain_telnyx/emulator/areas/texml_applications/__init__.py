"""TeXML applications: voice URLs of phone numbers."""
