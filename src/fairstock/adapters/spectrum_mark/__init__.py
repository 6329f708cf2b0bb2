"""The house's watermark: a periodic pattern of faint waves whose phases come from a secret key.

``carriers`` (key → waves), ``code`` (48 bits → signs, and back), ``fields`` (picture → responses of the
waves), ``search`` (scale and shift by the pilot waves), ``embed``. The port's class is
``adapters.watermark.SpectrumWatermark``.

The idea. One period of the pattern is a third of the picture, so that three times three copies lie in it and
any large enough part holds whole ones. A part of the waves is a pilot: it says how large the picture once was
and where the part was cut out. The others carry the payload, guarded by a convolutional code and a checksum.
The reader looks at the slopes of the brightness, from which steep ones (the edges of shapes) are left out:
what remains of a drawing's flat areas is the pattern alone.
"""
