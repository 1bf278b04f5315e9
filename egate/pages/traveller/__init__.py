"""The traveller's screen: pictures first, one short line, and nothing of a person or a finding.

    lines/*.toml        what is read and heard, one file a language
    pictograms/*.svg    our own drawings, in one style that a test keeps
    lines.py            the lines, loaded and bounded
    shown.py            what a lane shows -> which sign, which part of the way, which language
    sheet.py            what the page is filled with
    voices.py           the lines rendered to sound

What each prompt and state looks and sounds like is egate/domain/signs.py, the board's lamps too.
"""
