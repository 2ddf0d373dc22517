"""The watch language and the decider of rules. Pure."""
