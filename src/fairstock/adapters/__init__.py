"""One file a vendor or model, each behind one port; only bootstrap knows them."""
