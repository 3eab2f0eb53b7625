"""cospec from Python: scripts, processes, checks. `import cospec` has it all."""
