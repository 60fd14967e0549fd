"""The account's database, and its buckets and objects; `areas/s3` serves them."""
