"""The order of passages after a search: fused ranks, reranking, diversity, places in documents."""
