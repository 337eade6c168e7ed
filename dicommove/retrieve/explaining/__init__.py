"""SAY WHY: evidence, causes and the next step, in plain words."""
