"""CloudFS: file systems, each on a bucket of the account."""
