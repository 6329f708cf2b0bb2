"""The contributor fund: what flows in (sales and deals), how a month is divided, and its close."""
