"""The command line: typed options, words and tables around the engine, its store and its gateway.

Modules of this folder import trading code inside their functions, so that ``--help`` stays quick.
"""
