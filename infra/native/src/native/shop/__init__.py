"""The real shop behind the demo: its data file read, imported and replayed.

`lines` and `reader` turn a month of the Online Retail data set into a catalogue and orders, and
touch nothing but the file; `importer` and `replayer` send those through the public API as
`./souk import` and `./souk replay`. The rules are those of data/online-retail/README.md.
"""
