"""Types of scripts: Hindley and Milner's, with constraints and the types of dotted values."""
