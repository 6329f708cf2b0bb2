"""What a file says and proves about its origin: XMP/IPTC fields and C2PA manifests, written, read and
verified.
"""
