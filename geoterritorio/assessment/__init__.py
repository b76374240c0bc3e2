"""How far has it come, and how do we know?"""
