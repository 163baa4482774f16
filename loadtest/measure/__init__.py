"""What the demo and the benchmarks share: processes that never outlive them, a cheap HTTP client, tables."""
