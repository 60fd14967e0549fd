"""What `TelnyxEmbeddings` is made of: texts into batches, answers into vectors, an idea a file."""
