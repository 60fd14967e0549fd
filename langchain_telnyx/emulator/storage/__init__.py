"""The account's buckets and objects: what S3 stores, apart from how it is asked (`routes/s3*`)."""
