"""Licenses of generated images: the price book, the quote, the grant. Nothing here knows who is paid."""
